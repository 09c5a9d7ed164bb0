// Package dev is surcoat dev: it builds a program, runs it, and does both again when its
// sources change, while the address at which it is reached stays open.
//
// The rooms: gobuild builds and says what from, watch finds out what changed, program runs
// and ends processes, front holds the public address and passes connections on, sockets
// knows when the program listens, report answers when there is none.
package dev

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/front"
	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/gobuild"
	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/program"
	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/report"
	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/watch"
)

// Config is what the command line says.
type Config struct {
	Packages []string // the package, or Go files of one
	Args     []string // of the program
	Listen   string   // the public address
	Build    gobuild.Options
	Watch    []string      // more files and folders to watch
	Ignore   []string      // files and folders not to watch
	Grace    time.Duration // for requests in flight to be answered, and then for the program to end
	Stale    bool          // the old program answers until there is a new one
	Editor   string        // the URL that opens a file
	Stdout   *os.File      // the program's
	Stderr   io.Writer     // the program's, and our own lines
}

// developer is one run of surcoat dev.
type developer struct {
	Config
	hurry    <-chan struct{}
	term     *terminal
	here     string // the current folder
	work     string // a temporary one
	tools    *gobuild.Toolchain
	target   *gobuild.Target
	overlay  string // "": none
	listener *net.TCPListener
	public   netip.AddrPort
	front    *front.Front
	watcher  *watch.Watcher
	builds   int
	crashes  int // in a row, soon after the start

	// Those below are only the loop's.
	program *program.Program // nil: none was started
	exe     string
	private netip.AddrPort // where it may listen
	passed  netip.AddrPort // where the socket listens that it was given; invalid: none was
	hinted  bool

	mu      sync.Mutex
	serving bool      // the program answers
	pending []string  // what has changed since the last build began
	retry   time.Time // from when on a request starts the program again; zero: none does
	asked   bool      // one did
	wake    chan struct{}
}

// Run develops until ctx ends, which is no error. When hurry is closed after that, the
// program is not waited for.
func Run(ctx context.Context, hurry <-chan struct{}, c Config) error {
	d := &developer{Config: c, hurry: hurry, term: newTerminal(c.Stderr), wake: make(chan struct{}, 1)}
	if err := d.prepare(ctx); err != nil {
		return err
	}
	defer os.RemoveAll(d.work)
	d.watcher = watch.New(d.changed)
	d.front = front.New(d.listener, d.before)
	watching, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	d.watcher.Watch(d.sources(false), time.Now())
	running.Go(func() { d.watcher.Run(watching) })
	d.term.say("%s is kept open for %s; Ctrl-C stops it", d.url(), d.target.Name)

	err := d.loop(ctx)

	stop()
	d.front.Hold()
	if ctx.Err() != nil {
		d.term.say("stopping; Ctrl-C once more does not wait for the program")
	}
	d.end()
	d.front.Close()
	running.Wait()
	return err
}

// prepare does what can fail for good.
func (d *developer) prepare(ctx context.Context) (err error) {
	if d.here, err = os.Getwd(); err != nil {
		return err
	}
	if d.tools, err = gobuild.Find(ctx); err != nil {
		return err
	}
	if d.target, err = d.tools.List(ctx, d.Build, d.Packages); err != nil {
		return err
	}
	if d.listener, err = listen(d.Listen); err != nil {
		return err
	}
	d.public = d.listener.Addr().(*net.TCPAddr).AddrPort()
	if d.work, err = os.MkdirTemp("", "surcoat-dev-"); err != nil {
		return err
	}
	if !d.told() {
		if d.overlay, err = d.tools.WriteOverlay(d.work); err != nil {
			d.term.say("%v; if the program does not listen at $PORT by itself, say -- -addr {addr}, or whatever its flag is", err)
		}
	}
	return nil
}

func listen(addr string) (*net.TCPListener, error) {
	l, err := net.Listen("tcp", addr)
	var malformed *net.AddrError
	switch {
	case errors.As(err, &malformed):
		return nil, fmt.Errorf("--listen %s: %s; an address is HOST:PORT, such as localhost:3000", addr, malformed.Err)
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use: stop what listens there, or choose another address with --listen", addr)
	case err != nil:
		return nil, fmt.Errorf("--listen: %w", err)
	}
	return l.(*net.TCPListener), nil
}

// url is the public address as people open it.
func (d *developer) url() string {
	host := d.public.Addr().Unmap()
	if host.IsLoopback() || host.IsUnspecified() {
		return fmt.Sprintf("http://localhost:%d", d.public.Port())
	}
	return "http://" + d.public.String()
}

// told reports whether an argument tells the program its address.
func (d *developer) told() bool {
	all := strings.Join(d.Args, " ")
	return strings.Contains(all, "{addr}") || strings.Contains(all, "{port}")
}

// changed is told by the watcher what has.
func (d *developer) changed(paths []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pending = append(d.pending, paths...)
	if !d.Stale || !d.serving {
		d.front.Hold()
	}
	d.rouse()
}

// before is called before each exchange: none is answered by what a change has outdated.
func (d *developer) before() {
	d.watcher.Check()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.retry.IsZero() && !time.Now().Before(d.retry) {
		d.retry, d.asked = time.Time{}, true
		d.front.Hold()
		d.rouse()
	}
}

// rouse wakes the loop. Its caller holds mu.
func (d *developer) rouse() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// outdated reports whether something has changed since the last build began.
func (d *developer) outdated() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.pending) > 0
}

// take returns what has changed, once.
func (d *developer) take() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	paths := d.pending
	d.pending, d.retry, d.asked = nil, time.Time{}, false
	return paths
}

// forward lets the program at addr answer, unless it is outdated.
func (d *developer) forward(addr netip.AddrPort) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.pending) == 0 || d.Stale {
		d.serving = true
		d.front.Forward(addr.String())
	}
}

// answer lets a report answer, unless it is outdated. From retry on a request starts the
// program again; zero: none does.
func (d *developer) answer(r *report.Report, retry time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.serving = false
	if len(d.pending) > 0 {
		return
	}
	d.retry = retry
	host, _, _ := net.SplitHostPort(d.Listen)
	d.front.Answer(report.Handler{Report: r, Editor: d.Editor, Access: report.Access{Host: host}})
}

// hold lets requests wait, for something new.
func (d *developer) hold() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.serving = false
	d.front.Hold()
}
