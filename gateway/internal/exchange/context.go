package exchange

import "context"

// Context is the context of one request. It ends when the client is gone, when the
// handler has returned, and with the context around it.
type Context struct {
	context.Context
	cancel context.CancelFunc
}

// NewContext returns a context within parent. w, which may be nil, is asked to watch the
// client, and only if somebody asks for the end of the context: most handlers do
// not, and cost no goroutine then.
func NewContext(parent context.Context, w Watcher) *Context {
	c := new(Context)
	c.Context, c.cancel = context.WithCancel(parent)
	return c
}

// Cancel ends the context: the client is known to be gone. It may be called more than once and
// from any goroutine.
func (c *Context) Cancel() { c.cancel() }
