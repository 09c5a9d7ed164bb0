// Package front keeps the public address of a program under development open while the
// program comes and goes.
//
// A [Front] has the listening socket. What it accepts it passes on to the program, byte
// for byte: nothing is added to a request, and a WebSocket, a stream of events, HTTP/2
// and TLS pass as they are. It only watches where the messages of HTTP/1 end (package
// http1). So it knows which connections are at rest, and can give the next request on one
// of them to the next program: a browser's connection outlives the program that served it.
// Connections whose messages it cannot tell apart stay with one program and end with it.
//
//	f := front.New(listener, nil)
//	f.Forward("127.0.0.1:40001")
//	f.Hold()                     // from here on requests wait
//	_ = f.Drain(ctx)             // those in flight have been answered
//	f.Forward("127.0.0.1:40002") // those that waited go on
//
// It is for one machine: it has no limits and no timeouts against its clients.
package front

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// Front passes connections on. Its methods may be called from any goroutine.
type Front struct {
	listener *net.TCPListener
	before   func()
	gate     gate
	answers  *answers

	mu       sync.Mutex
	sessions map[*session]struct{}
	closed   bool
	running  sync.WaitGroup
}

// New returns a front that accepts from l, and holds. Before is called before each exchange,
// in time to call Hold for it; nil: nothing is. L is closed by Close.
func New(l *net.TCPListener, before func()) *Front {
	if before == nil {
		before = func() {}
	}
	f := &Front{
		listener: l,
		before:   before,
		answers:  serveAnswers(l.Addr()),
		sessions: make(map[*session]struct{}),
	}
	f.gate.init()
	f.running.Go(f.accept)
	return f
}

// Hold makes exchanges that begin wait. Those in flight go on.
func (f *Front) Hold() {
	f.gate.set(mode{what: held})
	f.detach()
}

// Forward passes exchanges on to the program at addr.
func (f *Front) Forward(addr string) { f.gate.set(mode{what: forwarded, addr: addr}) }

// Answer answers exchanges with h. Connections of HTTP/1 and of HTTP/2 without TLS get
// one answer and are closed; others are closed without.
func (f *Front) Answer(h http.Handler) { f.gate.set(mode{what: answered, handler: h}) }

// Drain returns when no exchange is in flight with a program, or with ctx's error. It is
// for use after Hold. Streams of events and connections that are not known to carry
// exchanges are not waited for: they end with the program.
func (f *Front) Drain(ctx context.Context) error { return f.gate.drained(ctx) }

// Waiting reports whether exchanges are held that have begun.
func (f *Front) Waiting() bool { return f.gate.waits() }

// Close closes the listening socket and all connections, and returns when nothing of
// them runs any more.
func (f *Front) Close() {
	f.gate.set(mode{what: closed})
	shutdown(f.listener)
	_ = f.listener.Close()
	f.mu.Lock()
	f.closed = true
	for s := range f.sessions {
		s.abort()
	}
	f.mu.Unlock()
	f.answers.close()
	f.running.Wait()
}

func (f *Front) accept() {
	for {
		c, err := f.listener.AcceptTCP()
		switch {
		case err == nil:
			f.serve(c)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			time.Sleep(10 * time.Millisecond) // too many open files, most likely
		}
	}
}

func (f *Front) serve(c *net.TCPConn) {
	s := newSession(f, c)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		s.abort()
		return
	}
	f.sessions[s] = struct{}{}
	f.running.Go(func() {
		s.run()
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.sessions, s)
	})
}

// detach takes the connections at rest away from the program.
func (f *Front) detach() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for s := range f.sessions {
		s.detach()
	}
}
