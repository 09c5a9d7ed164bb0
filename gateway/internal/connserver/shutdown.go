package connserver

import (
	"context"
	"maps"
	"slices"
	"time"
)

const (
	// newGrace is how long a shutdown waits for the first byte on a connection that has had none:
	// it was opened for a request.
	newGrace = time.Second
	// lastLook is how long a connection that would be closed as idle is still looked at: the
	// server in front may just have sent a request on it.
	lastLook = time.Millisecond
	// lastLooks is how long after a shutdown began such looks are taken. A busy server in front
	// would keep its connections for ever otherwise.
	lastLooks = time.Second
	// shutdownPoll is how often a shutdown looks at what is left, besides when a connection has
	// ended.
	shutdownPoll = 100 * time.Millisecond
)

// Shutdown closes the listeners and the idle connections and waits until the others have had
// their answers, or ctx ends; then it returns ctx's error, and Close ends what is left. The
// server cannot be used again.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.stop()
	ticker := time.NewTicker(shutdownPoll)
	defer ticker.Stop()
	for {
		left, accepting := s.left()
		if len(left) == 0 && accepting == 0 {
			break
		}
		for _, c := range left {
			c.wind()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.freed:
		case <-ticker.C:
		}
	}
	s.cancel()
	return err
}

// Close closes listeners and connections at once, ends the requests' contexts and does not wait
// for handlers. The server cannot be used again.
func (s *Server) Close() error {
	err := s.stop()
	s.mu.Lock()
	s.killed = true
	s.mu.Unlock()
	left, _ := s.left()
	for _, c := range left {
		_ = c.Conn.Close()
	}
	s.cancel() // afterwards: what a handler makes of it is no answer
	return err
}

// stop closes the listeners, the first time.
func (s *Server) stop() (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.init()
	now := time.Now()
	if !s.closing.CompareAndSwap(nil, &now) {
		return nil
	}
	close(s.done)
	for l := range s.listeners {
		if e := l.Close(); err == nil {
			err = e
		}
	}
	return err
}

// cancel ends the contexts of requests.
func (s *Server) cancel() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, cancel := range s.listeners {
		cancel()
	}
}

func (s *Server) left() (conns []*Conn, accepting int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.conns)), s.accepting
}
