package gateway

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// newcomers are the connections of an http.Server of which no request has reached the handler
// yet. Shutdown of net/http closes such a connection without an answer when it has read the
// request (net/http.(*conn).serve asks whether it is shutting down before it calls the handler), so
// that they have to be waited for before.
type newcomers struct {
	mu    sync.Mutex
	conns map[net.Conn]*newcomer
}

type newcomer struct{ seen atomic.Bool }

type newcomerKey struct{}

const (
	// newcomerGrace is how long a shutdown waits for a request on a connection that has had none.
	newcomerGrace = time.Second
	newcomerPoll  = time.Millisecond
)

// watch makes s tell n of its connections. It goes around what s has.
func (n *newcomers) watch(s *http.Server) {
	n.conns = make(map[net.Conn]*newcomer)
	told := s.ConnState
	s.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateClosed || state == http.StateHijacked {
			n.left(c)
		}
		if told != nil {
			told(c, state)
		}
	}
	base := s.ConnContext
	s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if base != nil {
			ctx = base(ctx, c)
		}
		return context.WithValue(ctx, newcomerKey{}, n.entered(c))
	}
	next := s.Handler
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(newcomerKey{}).(*newcomer); ok && !c.seen.Load() {
			c.seen.Store(true)
		}
		next.ServeHTTP(w, r)
	})
}

func (n *newcomers) entered(c net.Conn) *newcomer {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.conns[c] = new(newcomer)
	return n.conns[c]
}

func (n *newcomers) left(c net.Conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.conns, c)
}

// some reports whether there are any.
func (n *newcomers) some() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.conns {
		if !c.seen.Load() {
			return true
		}
	}
	return false
}

// wait waits until there are none, at most for newcomerGrace.
func (n *newcomers) wait(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, newcomerGrace)
	defer cancel()
	ticker := time.NewTicker(newcomerPoll)
	defer ticker.Stop()
	for n.some() {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}
