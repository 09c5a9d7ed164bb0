package dev

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/gobuild"
	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/report"
)

// errChanged says that sources changed in the middle of a build.
var errChanged = errors.New("sources have changed")

// loop builds and runs until ctx ends.
func (d *developer) loop(ctx context.Context) error {
	d.term.say("building")
	for {
		if paths := d.take(); len(paths) > 0 {
			d.watcher.Settle(ctx)
			d.term.say("%s changed: building", d.shown(append(paths, d.take()...)))
		}
		begun := time.Now()
		err := d.build(ctx)
		var failure *gobuild.Failure
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, errChanged):
			continue
		case errors.As(err, &failure):
			d.failed(ctx, failure)
		case err != nil:
			return err
		default:
			d.term.say("built in %s", time.Since(begun).Round(10*time.Millisecond))
			if err := d.run(ctx); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			return nil
		}
	}
}

// build builds the sources as they are, and finds out anew what they are.
func (d *developer) build(ctx context.Context) error {
	begun := time.Now()
	listed := make(chan *gobuild.Target, 1)
	built := make(chan error, 1)
	building, cancel := context.WithCancel(ctx)
	defer cancel()
	go func(t *gobuild.Target) {
		exe, err := d.tools.Build(building, d.Build, t, filepath.Join(d.work, "build"), d.overlay)
		if err == nil {
			err = d.install(exe)
		}
		built <- err
	}(d.target)
	go func() {
		t, _ := d.tools.List(building, d.Build, d.Packages) // what is wrong with them, the build says
		listed <- t
	}()
	err := d.finish(built, cancel)
	if t := <-listed; t != nil {
		d.target = t
	}
	var failure *gobuild.Failure
	d.watcher.Watch(d.sources(errors.As(err, &failure)), begun)
	if d.outdated() {
		return errChanged
	}
	return err
}

// finish waits for the end of a build, which it cancels when that is outdated.
func (d *developer) finish(built <-chan error, cancel func()) error {
	for {
		select {
		case <-d.wake:
			if d.outdated() {
				cancel()
			}
		case err := <-built:
			return err
		}
	}
}

// install copies a program to where it is run: go build does nothing where its result is
// up to date, and a running program reads its variables' names and types from its file.
func (d *developer) install(exe string) error {
	d.builds++
	dir := filepath.Join(d.work, strconv.Itoa(d.builds))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	from, err := os.Open(exe)
	if err != nil {
		return err
	}
	defer from.Close()
	d.exe = filepath.Join(dir, filepath.Base(exe))
	to, err := os.OpenFile(d.exe, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}

// failed shows a build's failure in place of the program, until something has changed or
// ctx ends.
func (d *developer) failed(ctx context.Context, f *gobuild.Failure) {
	d.term.pass(f.Output)
	if d.Stale && d.program != nil {
		d.term.say("the build failed; the old program goes on answering")
		d.await(ctx, d.program.Done())
		if ctx.Err() != nil || d.outdated() {
			return
		}
	}
	d.term.say("the build failed; %s shows it", d.url())
	d.answer(&report.Report{
		Kind: "build", Title: "The build failed", Heading: "What the go command says", Output: f.Output,
		Dir: d.here, Command: f.Command, At: time.Now(),
		Ours: func(string) bool { return true },
	}, time.Time{})
	d.drain(ctx)
	d.end()
	d.await(ctx, nil)
}

// await returns when something has changed, ctx ends, or done is closed.
func (d *developer) await(ctx context.Context, done <-chan struct{}) {
	for !d.outdated() {
		select {
		case <-ctx.Done():
			return
		case <-done:
			return
		case <-d.wake:
		}
	}
}

// shown names files to people.
func (d *developer) shown(paths []string) string {
	name := paths[0]
	if rel, err := filepath.Rel(d.here, name); err == nil {
		name = rel
	}
	distinct := make(map[string]bool)
	for _, p := range paths {
		distinct[p] = true
	}
	if more := len(distinct) - 1; more > 0 {
		return fmt.Sprintf("%s and %d more", name, more)
	}
	return name
}
