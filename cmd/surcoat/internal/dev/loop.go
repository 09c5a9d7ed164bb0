package dev

import (
	"context"
	"errors"
	"fmt"
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
	d.builds++
	dir := filepath.Join(d.work, strconv.Itoa(d.builds))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	listed := make(chan *gobuild.Target, 1)
	go func() {
		t, _ := d.tools.List(ctx, d.Build, d.Packages) // what is wrong with them, the build says
		listed <- t
	}()
	built := make(chan error, 1)
	var exe string
	go func() {
		var err error
		exe, err = d.tools.Build(ctx, d.Build, d.target, dir, d.overlay)
		built <- err
	}()
	var err error
	for waiting := true; waiting; {
		select {
		case <-d.wake:
			if d.outdated() {
				cancel()
			}
		case err = <-built:
			waiting = false
		}
	}
	if t := <-listed; t != nil {
		d.target = t
	}
	d.watcher.Watch(d.sources(err != nil), begun)
	if d.outdated() {
		err = errChanged
	}
	if err != nil {
		_ = os.RemoveAll(dir)
		return err
	}
	d.exe = exe
	return nil
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
		Dir: d.here, Command: f.Command, At: time.Now(), Lead: true,
	}, time.Time{})
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
