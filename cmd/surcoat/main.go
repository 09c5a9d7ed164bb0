package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
)

// command is one of the words that can follow surcoat.
type command struct {
	name    string
	summary string // for the list of commands
	usage   string // its lines in the help of the command
	run     func(c *call, args []string) error
}

var commands = []command{serveCommand, devCommand, doctorCommand, passwdCommand, keysCommand, tokenCommand}

// call is one run of the program.
type call struct {
	in       *os.File
	out, err io.Writer
	flags    *flag.FlagSet // of the command
}

var (
	// errNo is an answer, which was printed already.
	errNo = errors.New("no")

	// errHelp says that the help of the command was asked for.
	errHelp = flag.ErrHelp
)

// usageError is a fault in the command line.
type usageError string

func (e usageError) Error() string { return string(e) }

func main() {
	os.Exit(run(os.Args[1:], &call{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}

// run returns the exit status.
func run(args []string, c *call) int {
	if wordsOfQuery(args) {
		fmt.Fprintln(c.err, "surcoat: these arguments are the query of a request, which any client chooses; a CGI program that runs surcoat is a script with the arguments in it")
		return 2
	}
	if len(args) == 0 {
		writeHelp(c.err)
		return 2
	}
	switch args[0] {
	case "-h", "-help", "--help", "help":
		writeHelp(c.out)
		return 0
	}
	for _, cmd := range commands {
		if cmd.name == args[0] {
			return cmd.call(args[1:], c)
		}
	}
	fmt.Fprintf(c.err, "surcoat: there is no command %q; surcoat --help lists them\n", args[0])
	return 2
}

// wordsOfQuery reports whether the arguments are what a web server makes of a query without "=" (RFC
// 3875 §4.4) for a CGI program that it was told surcoat is.
func wordsOfQuery(args []string) bool {
	query := os.Getenv("QUERY_STRING")
	if len(args) == 0 || os.Getenv("GATEWAY_INTERFACE") == "" || query == "" || strings.Contains(query, "=") {
		return false
	}
	words := strings.Split(query, "+")
	first, err := url.PathUnescape(words[0])
	return err == nil && len(words) == len(args) && strings.ReplaceAll(args[0], `\`, "") == strings.ReplaceAll(first, `\`, "")
}

func (cmd *command) call(args []string, c *call) int {
	c.flags = newFlags(cmd.name)
	err := cmd.run(c, args)
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errNo):
		return 1
	case errors.Is(err, errHelp):
		fmt.Fprint(c.out, strings.TrimPrefix(cmd.usage, "\n"))
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(c.err, "surcoat %s: %v; see surcoat %s --help\n", cmd.name, err, cmd.name)
		return 2
	}
	fmt.Fprintf(c.err, "surcoat %s: %v\n", cmd.name, err)
	return 1
}

func newFlags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

func writeHelp(w io.Writer) {
	fmt.Fprint(w, "Usage: surcoat COMMAND …\n\n")
	for _, cmd := range commands {
		fmt.Fprintf(w, "  %-8s %s\n", cmd.name, cmd.summary)
	}
	fmt.Fprint(w, "\nsurcoat COMMAND --help tells more.\n")
}

// parse takes the command's options out of args, wherever they stand, and returns the rest.
func (c *call) parse(args []string) (rest []string, err error) {
	for {
		if err := c.flags.Parse(args); errors.Is(err, errHelp) {
			return nil, err
		} else if err != nil {
			return nil, usageError(err.Error())
		}
		left := c.flags.Args()
		if done := len(args) - len(left); len(left) == 0 || done > 0 && args[done-1] == "--" {
			return append(rest, left...), nil
		}
		rest, args = append(rest, left[0]), left[1:]
	}
}
