// Package deadline bounds calls with a context that sets no timer before somebody waits for
// its end: what is answered from memory then costs one allocation instead of four.
//
// It is of no use where every call waits, as on a connection to a server: there one timer for
// many calls is cheaper, which package redisstore has.
package deadline

import (
	"context"
	"sync"
	"time"
)

// Context ends with the context around it, or when its time is up.
type Context struct {
	context.Context
	at time.Time

	mu      sync.Mutex
	timer   context.Context // nil until somebody waits
	cancel  context.CancelFunc
	stopped bool
}

// After returns a context that ends after d, if the one around it does not end before. The
// caller calls Stop.
func After(ctx context.Context, d time.Duration) *Context { return At(ctx, time.Now().Add(d)) }

// At is After for who knows the time already, and has the end.
func At(ctx context.Context, end time.Time) *Context { return &Context{Context: ctx, at: end} }

// Deadline implements [context.Context].
func (c *Context) Deadline() (time.Time, bool) {
	if at, ok := c.Context.Deadline(); ok && at.Before(c.at) {
		return at, true
	}
	return c.at, true
}

// Done implements [context.Context].
func (c *Context) Done() <-chan struct{} { return c.wait().Done() }

func (c *Context) wait() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer == nil {
		c.timer, c.cancel = context.WithDeadline(c.Context, c.at)
		if c.stopped {
			c.cancel()
		}
	}
	return c.timer
}

// Err implements [context.Context]. It is not nil exactly when Done's channel is closed, which
// package context relies on.
func (c *Context) Err() error {
	c.mu.Lock()
	timer := c.timer
	c.mu.Unlock()
	switch {
	case timer != nil:
		return timer.Err()
	case !time.Now().Before(c.at):
		return c.wait().Err()
	}
	return c.Context.Err()
}

// Stop ends the context and releases its timer, if there is one.
func (c *Context) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	if c.cancel != nil {
		c.cancel()
	}
}
