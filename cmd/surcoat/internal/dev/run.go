package dev

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/gobuild"
	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/program"
	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/report"
	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/sockets"
)

// puzzling is how long after the program's start somebody may wonder why it does not listen.
const puzzling = 3 * time.Second

// run replaces the program by the one that was just built, and returns when that is
// outdated or ctx has ended. Its error is that the program cannot be started at all.
func (d *developer) run(ctx context.Context) error {
	d.hold()
	d.drain(ctx)
	d.end()
	d.crashes = 0
	for {
		if err := d.start(); err != nil {
			return err
		}
		d.attend(ctx)
		switch {
		case ctx.Err() != nil, d.outdated():
			return nil
		}
		d.crashed(d.program.Exit())
		if !d.again(ctx) {
			return nil
		}
		d.hold()
		d.term.say("a request came: starting again")
	}
}

// start starts the program.
func (d *developer) start() error {
	var err error
	if d.private, err = sockets.Free(); err != nil {
		return err
	}
	passed, err := sockets.Pass()
	if err != nil {
		return err
	}
	defer passed.Close() // it is the program's alone, and ends with it
	d.passed, d.hinted = passed.Addr, false
	d.program, err = program.Start(program.Config{
		Path: d.exe, Args: d.arguments(), Env: d.environment(),
		Stdout: d.Stdout, Stderr: d.term, Socket: passed.File,
	})
	return err
}

// arguments are the program's, with its address in them where they ask for it.
func (d *developer) arguments() []string {
	address := strings.NewReplacer("{addr}", d.private.String(), "{port}", strconv.Itoa(int(d.private.Port())))
	var args []string
	for _, arg := range d.Args {
		args = append(args, address.Replace(arg))
	}
	return args
}

// environment is the program's. Where its net.Listen is moved, it believes that it listens
// at the public address.
func (d *developer) environment() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"ADDR", "PORT", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", gobuild.Moved}, name)
	})
	at := d.private
	if d.overlay != "" {
		at = netip.AddrPortFrom(d.public.Addr().Unmap(), d.public.Port())
		env = append(env, fmt.Sprintf("%s=%d=%s", gobuild.Moved, d.public.Port(), d.private))
	}
	return append(env, "ADDR="+at.String(), "PORT="+strconv.Itoa(int(at.Port())))
}

// attend forwards to the program once it listens, and returns when it has ended or is
// outdated, or ctx has ended.
func (d *developer) attend(ctx context.Context) {
	begun := time.Now()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for !d.outdated() {
		select {
		case <-ctx.Done():
			return
		case <-d.program.Done():
			return
		case <-d.wake:
		case <-poll.C:
			if addr := d.listening(); addr.IsValid() {
				poll.Stop()
				d.forward(addr)
			} else if time.Since(begun) > puzzling {
				d.hint()
			}
		}
	}
}

// listening returns where the program listens, of the addresses that it may; invalid:
// nowhere.
func (d *developer) listening() netip.AddrPort {
	switch {
	case sockets.Listening(d.private):
		return d.private
	case sockets.Taken(d.program.PID(), d.passed):
		return d.passed
	}
	return netip.AddrPort{}
}

// hint says, once, why requests hang. Where the program listens elsewhere that is the
// answer to them.
func (d *developer) hint() {
	if d.hinted || !d.front.Waiting() {
		return
	}
	d.hinted = true
	for _, addr := range sockets.Of(d.program.PID()) {
		if addr != d.passed && addr != d.private { // there it may have begun to listen just now
			elsewhere := net.JoinHostPort("localhost", strconv.Itoa(int(addr.Port())))
			d.term.say("requests wait, as the program listens at %s; say --listen %s", addr, elsewhere)
			d.answer(&report.Report{
				Kind: "elsewhere", Title: "The program listens at " + addr.String(), Dir: d.here, At: time.Now(),
				Advice: []string{"It is expected at " + d.public.String() + ". Say --listen " + elsewhere + ", or put {addr} where the program's arguments have its address."},
			}, time.Time{})
			return
		}
	}
	d.term.say("requests wait, as the program does not listen at port %d yet", d.public.Port())
}

// drain waits until the requests in flight have been answered, but no longer than d.Grace.
// What is in flight when the program ends is over as well.
func (d *developer) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, d.Grace)
	defer cancel()
	_ = d.front.Drain(ctx) // its error is that the time is over
}

// end ends the program, if there is one.
func (d *developer) end() {
	if d.program == nil {
		return
	}
	if !d.program.Stop(d.Grace, d.hurry) {
		d.term.say("the program did not end by itself after SIGTERM: killed")
	}
	d.program = nil
	d.clean()
}

// clean removes programs that are no longer run.
func (d *developer) clean() {
	dirs, _ := filepath.Glob(filepath.Join(d.work, "[0-9]*"))
	for _, dir := range dirs {
		if dir != filepath.Dir(d.exe) {
			_ = os.RemoveAll(dir)
		}
	}
}
