package main

import (
	"fmt"

	"github.com/surcoat/surcoat/middleware/session"
)

var keysCommand = command{
	name:    "keys",
	summary: "make and rotate the keys that seal session cookies",
	run:     keys,
	usage: `
Usage: surcoat keys FILE
       surcoat keys rotate [--keep N] FILE
       surcoat keys new

The first reads a key file, or makes one with a new key where there is none, and prints
the names of its keys, the one that seals first. The names are no secret.

The second puts a new key in front, and keeps the first N of the others, which go on
opening cookies. Keep enough that the oldest has been out of use for as long as a session
lasts when it goes; with --keep 0 everybody is signed out. Do not run two at once.

Servers that have the file open go over to the new keys by themselves, within a second of
the next cookie.

The third prints a new key, for an environment variable. A file with one of these names
is ./rotate or ./new.

  --keep N  how many of the old keys are kept (2)
`,
}

const defaultKeep = 2

func keys(c *call, args []string) error {
	keep := c.flags.Int("keep", defaultKeep, "")
	args, err := c.parse(args)
	if err != nil {
		return err
	}
	rotate := len(args) > 0 && args[0] == "rotate"
	switch {
	case !rotate && c.flags.NFlag() > 0:
		return usageError("--keep goes with rotate")
	case *keep < 0:
		return usageError("--keep is negative")
	case rotate && len(args) == 2:
		if err := session.RotateKeys(args[1], *keep); err != nil {
			return err
		}
		return c.nameKeys(args[1])
	case rotate:
		return usageError("rotate takes a file")
	case len(args) != 1:
		return usageError("it takes a file, or one of the words rotate and new")
	case args[0] == "new":
		fmt.Fprintln(c.out, session.GenerateKey())
		return nil
	}
	return c.nameKeys(args[0])
}

func (c *call) nameKeys(file string) error {
	k, err := session.OpenKeyring(file)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s: %v\n", file, k)
	return nil
}
