package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
)

var tokenCommand = command{
	name:    "token",
	summary: "make and recognise bearer tokens",
	run:     token,
	usage: `
Usage: surcoat token new [options] USER
       surcoat token check

The first prints a new token with which a program can act for USER, and in a second line
the JSON of what a store keeps of it: one of the Secrets of the user. It gives that to no
store itself; applications make tokens with auth.Accounts.NewToken.

  --label TEXT     what the token is called in lists
  --scope WORDS    what the token is limited to, separated by blanks; without it there is no limit
  --expires TIME   how long it is good: 720h, 90d (for ever)
  --prefix WORD    what tokens of the site begin with (surcoat)

The second says whether the first line of standard input has the form and checksum of a
token, and prints its prefix. Whether it is still good only the site knows.
`,
}

func token(c *call, args []string) error {
	label := c.flags.String("label", "", "")
	scope := c.flags.String("scope", "", "")
	expires := c.flags.String("expires", "", "")
	prefix := c.flags.String("prefix", "", "")
	args, err := c.parse(args)
	switch {
	case err != nil:
		return err
	case len(args) == 1 && args[0] == "check":
		if c.flags.NFlag() > 0 {
			return usageError("check takes no options")
		}
		return checkToken(c)
	case len(args) != 2 || args[0] != "new":
		return usageError("it takes new and a user, or check")
	}
	var until time.Time
	if *expires != "" {
		life, err := lifetime(*expires)
		if err != nil {
			return err
		}
		until = time.Now().Add(life).UTC().Truncate(time.Second)
	}
	return newToken(c, args[1], *prefix, *label, until, strings.Fields(*scope))
}

// maxDays is a hundred years, which no token lasts.
const maxDays = 36500

// lifetime reads a duration, in which a number of days may stand for one of hours.
func lifetime(s string) (time.Duration, error) {
	if digits, ok := strings.CutSuffix(s, "d"); ok {
		if days, err := strconv.Atoi(digits); err == nil && days > 0 && days <= maxDays {
			return time.Duration(days) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, usageError(fmt.Sprintf("--expires %q is not a time such as 720h or 90d", s))
	}
	return d, nil
}

func newToken(c *call, user, prefix, label string, until time.Time, scopes []string) error {
	ctx := context.Background()
	users := &auth.MemoryUsers{}
	if err := users.Create(ctx, auth.User{Name: user}); err != nil {
		return err
	}
	accounts := &auth.Accounts{Users: users, TokenPrefix: prefix}
	made, kept, err := accounts.NewToken(ctx, user, label, until, scopes...)
	if err != nil {
		return err
	}
	if _, ok := auth.CheckToken(made); !ok { // what is no name for package auth
		return usageError(fmt.Sprintf("%q cannot be a user's name", user))
	}
	secret, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s\n%s\n", made, secret)
	return nil
}

func checkToken(c *call) error {
	line, err := c.line()
	if err != nil {
		return err
	}
	prefix, ok := auth.CheckToken(strings.TrimSpace(line))
	if !ok {
		fmt.Fprintln(c.out, "no token")
		return errNo
	}
	fmt.Fprintf(c.out, "a token of %s\n", prefix)
	return nil
}
