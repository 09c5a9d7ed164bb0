package exchange

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Context is the context of one request. It ends when the client is gone, when the handler has
// returned, and with the context around it.
//
// Most handlers never ask for the end. Only for one that does is the client watched, which costs
// a goroutine, and is the context registered with the one around it, which all requests share.
type Context struct {
	parent  context.Context
	watcher Watcher              // nil: nobody to ask
	live    atomic.Pointer[live] // nil until somebody asks for the end

	mu       sync.Mutex
	gone     bool // the client is
	over     bool // the handler has returned
	bodyRead bool
	watching bool
}

// live is the standard context that stands in for a Context of which somebody asks the end.
type live struct {
	context.Context
	cancel context.CancelFunc
}

// NewContext returns a context within parent. w, which may be nil, is asked to watch the client
// once the request's body was read and somebody wants to know.
func NewContext(parent context.Context, w Watcher) *Context {
	c := new(Context)
	c.Init(parent, w)
	return c
}

// Init is [NewContext] for one that is a part of something else.
func (c *Context) Init(parent context.Context, w Watcher) { c.parent, c.watcher = parent, w }

// Cancel ends the context: the client is known to be gone. It may be called more than once and
// from any goroutine.
func (c *Context) Cancel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = true
	if l := c.live.Load(); l != nil {
		l.cancel()
	}
}

// Deadline implements [context.Context].
func (c *Context) Deadline() (time.Time, bool) { return c.parent.Deadline() }

// Done implements [context.Context].
func (c *Context) Done() <-chan struct{} { return c.ask().Done() }

// Err implements [context.Context].
func (c *Context) Err() error { return c.ask().Err() }

// Value implements [context.Context]. Where there is a standard context it is asked, so that
// package context finds it and needs no goroutine for contexts within this one.
func (c *Context) Value(key any) any {
	if l := c.live.Load(); l != nil {
		return l.Value(key)
	}
	return c.parent.Value(key)
}

func (c *Context) ask() *live {
	if l := c.live.Load(); l != nil {
		return l
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.live.Load(); l != nil {
		return l
	}
	l := new(live)
	l.Context, l.cancel = context.WithCancel(c.parent)
	if c.gone || c.over {
		l.cancel()
	}
	c.live.Store(l)
	c.watch()
	return l
}

// readBody says that the request's body was read to its end: from now on the watcher may read.
func (c *Context) readBody() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bodyRead = true
	c.watch()
}

// watch starts the watch as soon as it is wanted and possible.
func (c *Context) watch() {
	if c.watcher == nil || c.watching || c.over || c.gone || !c.bodyRead || c.live.Load() == nil {
		return
	}
	c.watching = true
	c.watcher.Watch(c.Cancel)
}

// finish ends the context and the watch: the handler has returned.
func (c *Context) finish() {
	c.mu.Lock()
	watching := c.watching && !c.over
	c.over = true
	if l := c.live.Load(); l != nil {
		l.cancel()
	}
	c.mu.Unlock()
	if watching { // not under the lock, for which the watch may be waiting
		c.watcher.Unwatch()
	}
}

// clientGone reports whether the client left before the handler returned.
func (c *Context) clientGone() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gone
}
