package main

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev"
	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/gobuild"
	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/report"
)

var devCommand = command{
	name:    "dev",
	summary: "build and run a program, again after each change, with its address open",
	run:     develop,
	usage: `
Usage: surcoat dev [options] [PACKAGE] [-- ARGUMENTS]

Builds the package (the current folder's when none is named; Go files do as well) with
-tags dev and all variables for cgitrace's tracebacks, runs it with the arguments, and
does both again when a source changes: Go files, go.mod, embedded files and templates of
the package and of what it imports from modules under development.

The address of --listen is open all the time. A request that comes after a change waits
for the changed program; one in flight is answered by the old one, which then gets SIGTERM.
Where there is no program, since it does not compile or has crashed, that is what a
browser shows, and what an API answers with status 503. Clients on other machines are not
told why.

The program needs no change and no argument for it:

  surcoat dev ./cmd/shop                             where it listens at port 8080
  surcoat dev --listen localhost:3000 ./cmd/shop     where it listens at port 3000

as its net.Listen of that port is quietly given another. A program that listens by other
means is told the other address, by {addr} or {port} in its arguments, or ADDR and PORT in
its environment, and is then built without that change to package net:

  surcoat dev ./cmd/shop -- -addr {addr}

One that takes sockets from systemd, as gateway.Serve does, finds one as its file
descriptor 3 (LISTEN_FDS; on Linux).

  --listen ADDRESS  the public address (127.0.0.1:8080)
  --tags LIST       more build tags, separated by commas
  --race            find data races
  --watch PATH      another file or folder to watch; may be repeated
  --ignore PATH     a file or folder not to watch; may be repeated
  --grace TIME      how long requests in flight, and then the program after SIGTERM, may
                    take to end (5s)
  --stale           while it is built, or does not compile, the old program answers
  --editor URL      what a link to a source opens (` + report.DefaultEditor + `)

GOFLAGS holds other flags of the build. The program has no standard input. On Windows it is
not asked to end but ended.
`,
}

const (
	defaultListen = "127.0.0.1:8080"
	defaultGrace  = 5 * time.Second
)

func develop(c *call, args []string) error {
	args, program := cut(args)
	config := dev.Config{Args: program, Stdout: os.Stdout, Stderr: c.err}
	var tags string
	c.flags.StringVar(&config.Listen, "listen", defaultListen, "")
	c.flags.StringVar(&tags, "tags", "", "")
	c.flags.BoolVar(&config.Build.Race, "race", false, "")
	c.flags.Func("watch", "", appendTo(&config.Watch))
	c.flags.Func("ignore", "", appendTo(&config.Ignore))
	config.Grace = defaultGrace
	c.flags.Func("grace", "", func(s string) (err error) { // DurationVar does not say that a unit is missing
		config.Grace, err = time.ParseDuration(s)
		return err
	})
	c.flags.BoolVar(&config.Stale, "stale", false, "")
	c.flags.StringVar(&config.Editor, "editor", report.DefaultEditor, "")
	args, err := c.parse(args)
	if unknownOption(err) {
		return usageError(err.Error() + "; the program's own arguments come after --")
	}
	if err != nil {
		return err
	}
	config.Build.Tags = strings.FieldsFunc(tags, func(r rune) bool { return r == ',' || r == ' ' })
	if config.Packages, err = packages(args); err != nil {
		return err
	}
	if config.Grace < 0 {
		return usageError("--grace is negative")
	}
	if err := report.CheckEditor(config.Editor); err != nil {
		return usageError("--editor: " + err.Error())
	}
	ctx, hurry, stop := interrupts()
	defer stop()
	return dev.Run(ctx, hurry, config)
}

// cut separates the program's arguments from ours.
func cut(args []string) (ours, program []string) {
	if i := slices.Index(args, "--"); i >= 0 {
		return args[:i], args[i+1:]
	}
	return args, nil
}

// unknownOption reports whether err says that there is no such option, for which package
// flag has no value.
func unknownOption(err error) bool {
	return err != nil && strings.HasPrefix(err.Error(), "flag provided but not defined")
}

func packages(args []string) ([]string, error) {
	switch {
	case len(args) == 0:
		return []string{"."}, nil
	case len(args) == 1, gobuild.AreFiles(args):
		return args, nil
	}
	return nil, usageError("it takes one package; the program's own arguments come after --")
}

func appendTo(list *[]string) func(string) error {
	return func(s string) error {
		*list = append(*list, s)
		return nil
	}
}

// interrupts returns a context that the first signal to end cancels, and a channel that
// the second closes.
func interrupts() (ctx context.Context, hurry <-chan struct{}, stop func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	ctx, cancel := context.WithCancel(context.Background())
	second, done := make(chan struct{}), make(chan struct{})
	go func() {
		for _, then := range []func(){cancel, func() { close(second) }} {
			select {
			case <-signals:
				then()
			case <-done:
				return
			}
		}
	}()
	return ctx, second, func() {
		signal.Stop(signals)
		close(done)
		cancel()
	}
}
