package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/crypto/bcrypt"

	"github.com/surcoat/surcoat/middleware/auth/htpasswd"
	"github.com/surcoat/surcoat/middleware/auth/password"
)

var passwdCommand = command{
	name:    "passwd",
	summary: "set, check and remove passwords in a file as Apache and nginx read it",
	run:     passwd,
	usage: `
Usage: surcoat passwd [options] FILE USER

Sets the password of USER in FILE, and adds the user where there is none. A file that is
not there is made, readable by its owner alone. It is replaced in one step, and keeps its
other lines, mode and owner.

The password is asked for twice. Its hash is bcrypt's, which Apache reads as well, and nginx
where crypt(3) does, as on most systems. They compute it anew for every request: --cost 10
takes a quarter of the time.

  --stdin       read the password from the first line of standard input
  --verify      say whether the password is the user's; the exit status is 0 or 1
  -D, --delete  remove the user
  --argon2id    hash with argon2id: costs a guesser most, but Apache and nginx cannot read it
  --cost N      the cost of bcrypt, from 10 to 17; each further one takes twice the time (12)
`,
}

const (
	defaultCost      = 12
	minCost, maxCost = 10, 17 // OWASP's least; the most that package password reads
)

func passwd(c *call, args []string) error {
	var remove, verify, stdin, argon bool
	c.flags.BoolVar(&remove, "delete", false, "")
	c.flags.BoolVar(&remove, "D", false, "")
	c.flags.BoolVar(&verify, "verify", false, "")
	c.flags.BoolVar(&stdin, "stdin", false, "")
	c.flags.BoolVar(&argon, "argon2id", false, "")
	cost := c.flags.Int("cost", defaultCost, "")
	args, err := c.parse(args)
	switch {
	case err != nil:
		return err
	case len(args) != 2:
		return usageError("it takes a file and a user")
	case remove && (verify || stdin || argon), verify && argon:
		return usageError("these options do not go together")
	case *cost < minCost || *cost > maxCost:
		return usageError(fmt.Sprintf("the cost is not from %d to %d", minCost, maxCost))
	}
	file, user := args[0], args[1]
	switch {
	case remove:
		return removeUser(c, file, user)
	case verify:
		return verifyPassword(c, file, user, stdin)
	case argon:
		*cost = 0
	}
	return setPassword(c, file, user, stdin, *cost)
}

func removeUser(c *call, file, user string) error {
	if err := htpasswd.Delete(file, user); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s was removed from %s\n", user, file)
	return nil
}

func verifyPassword(c *call, file, user string, stdin bool) error {
	f, err := htpasswd.Open(htpasswd.Config{Users: file})
	if err != nil {
		return err
	}
	u, err := f.Lookup(context.Background(), user)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	pass, err := c.password(stdin, "Password of "+user)
	if err != nil {
		return err
	}
	var h password.Hasher
	switch _, err := h.Verify(context.Background(), u.Hash, pass); {
	case errors.Is(err, password.ErrMismatch):
		fmt.Fprintln(c.out, "wrong")
		return errNo
	case err != nil:
		return err
	}
	fmt.Fprintln(c.out, "right")
	return nil
}

// setPassword hashes with bcrypt, or with argon2id where cost is 0.
func setPassword(c *call, file, user string, stdin bool, cost int) error {
	pass, err := c.newPassword(stdin, user)
	if err != nil {
		return err
	}
	hash, err := hashed(pass, cost)
	if err != nil {
		return err
	}
	_, before := os.Stat(file)
	if err := htpasswd.Set(file, user, hash); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "the password of %s was set in %s\n", user, file)
	if errors.Is(before, fs.ErrNotExist) {
		fmt.Fprintf(c.err, "%s is new, and readable by you alone; for a server that runs as another user,\n"+
			"chgrp it to a group of that user, and chmod 640\n", file)
	}
	return nil
}

func hashed(pass string, cost int) (string, error) {
	if cost == 0 {
		var h password.Hasher
		return h.Hash(context.Background(), pass)
	}
	b, err := bcrypt.GenerateFromPassword([]byte(pass), cost)
	if errors.Is(err, bcrypt.ErrPasswordTooLong) {
		return "", errors.New("bcrypt does not take more than 72 bytes; --argon2id does")
	}
	if err != nil {
		return "", err
	}
	b[2] = 'y' // the same as $2a$ here, and what Apache itself writes
	return string(b), nil
}

// newPassword reads a password that is to be set, and asks again on a terminal.
func (c *call) newPassword(stdin bool, user string) (string, error) {
	pass, err := c.password(stdin, "New password of "+user)
	if err != nil {
		return "", err
	}
	if pass == "" {
		return "", errors.New("the password is empty; nothing was changed")
	}
	if !stdin {
		again, err := c.password(false, "Again")
		if err != nil {
			return "", err
		}
		if again != pass {
			return "", errors.New("these are not the same; nothing was changed")
		}
	}
	switch err := new(password.Policy).Check(context.Background(), pass, user); {
	case errors.Is(err, password.ErrTooLong):
		return "", err
	case err != nil:
		fmt.Fprintf(c.err, "a warning: %v\n", err)
	}
	return pass, nil
}
