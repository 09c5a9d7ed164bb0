package connserver

import (
	"errors"
	"os"
	"time"
)

// watch is a goroutine that reads while nobody else does, to see the other end go.
type watch struct {
	ended bool          // by Unwatch
	done  chan struct{} // closed when the goroutine reads no more
}

// Watch waits in a goroutine for the other end to go away, and calls gone if it does. An end of
// what it sends counts: as net/http's server, we take a half-closed connection for a closed one.
// Nobody may read meanwhile. A byte that comes is kept for the reader, and ends the watch.
func (c *Conn) Watch(gone func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watch != nil || c.r.Buffered() > 0 || len(c.ahead) > 0 {
		return
	}
	c.watch = &watch{done: make(chan struct{})}
	go c.watching(c.watch, gone)
}

func (c *Conn) watching(w *watch, gone func()) {
	defer close(w.done)
	buf := make([]byte, 1)
	for {
		n, err := c.Conn.Read(buf)
		if n > 0 {
			c.ahead = buf
			return
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			gone()
			return
		}
		c.mu.Lock()
		if !w.ended {
			// The deadline was for the request's body, which has been read.
			_ = c.setReadDeadline(time.Time{})
		}
		ended := w.ended
		c.mu.Unlock()
		if ended {
			return
		}
	}
}

// Unwatch ends Watch and returns when reading is possible again. Without Watch it does nothing.
func (c *Conn) Unwatch() {
	c.mu.Lock()
	w := c.watch
	if w == nil {
		c.mu.Unlock()
		return
	}
	w.ended = true
	was := c.readDeadline
	_ = c.setReadDeadline(past)
	c.mu.Unlock()
	<-w.done
	c.mu.Lock()
	c.watch = nil
	_ = c.setReadDeadline(was)
	c.mu.Unlock()
}
