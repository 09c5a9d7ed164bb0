package front

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// notice is how long it may take until the end of a program is known here, whose
// connections ended with it.
const notice = 500 * time.Millisecond

// what happens to exchanges.
type what int

const (
	held what = iota
	forwarded
	answered
	closed
)

// mode is what happens to exchanges, and with whom.
type mode struct {
	what    what
	addr    string       // the program's, where it is forwarded
	handler http.Handler // where it is answered
}

// gate lets exchanges through, or not, and counts them.
type gate struct {
	mu      sync.Mutex
	mode    mode
	flying  int           // exchanges that are with a program
	waiting int           // exchanges that are held
	changed chan struct{} // closed at the next change of the above
}

func (g *gate) init() { g.changed = make(chan struct{}) }

func (g *gate) set(m mode) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.mode.what == closed {
		return
	}
	g.mode = m
	g.tell()
}

// tell wakes those who wait for a change. Its caller holds mu.
func (g *gate) tell() {
	close(g.changed)
	g.changed = make(chan struct{})
}

func (g *gate) now() (mode, <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.mode, g.changed
}

// enter waits until an exchange need not, and returns what happens to it. Where it is
// forwarded it counts as in flight until leave.
func (g *gate) enter() mode {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.mode.what == held {
		changed := g.changed
		g.waiting++
		g.mu.Unlock()
		<-changed
		g.mu.Lock()
		g.waiting--
	}
	if g.mode.what == forwarded {
		g.flying++
	}
	return g.mode
}

func (g *gate) waits() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.waiting > 0
}

// leave ends an exchange that entered.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.flying--
	g.tell()
}

func (g *gate) drained(ctx context.Context) error {
	for {
		g.mu.Lock()
		flying, changed := g.flying, g.changed
		g.mu.Unlock()
		if flying == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// afterEnd returns what answers an exchange that the program at addr dropped. Nil: the
// program seems to run, and did so on purpose.
func (g *gate) afterEnd(addr string) http.Handler {
	unnoticed := time.After(notice)
	for {
		m, changed := g.now()
		switch {
		case m.what == answered:
			return m.handler
		case m.what != forwarded || m.addr != addr:
			return http.HandlerFunc(stopped)
		}
		select {
		case <-changed:
		case <-unnoticed:
			return nil
		}
	}
}
