package fcgi

import "time"

// turn says who reads from a connection.
//
// Somebody always does, so that requests that come while others are answered are seen, and so is
// the server in front going away. But a small request that is alone on its connection is answered
// by the goroutine that has read it, without waking another: only if the handler takes longer than
// handOver, or asks for the end of its context, does another goroutine begin to read.
type turn uint8

const (
	reading turn = iota // a goroutine reads, or is about to
	lent                // the goroutine that reads is running a handler
	nobodys             // the connection has ended
)

// handOver is how long nobody reads because of a handler, or up to twice that.
const handOver = time.Millisecond

// start begins to answer what is ready. It reports false if another goroutine reads now.
func (c *conn) start() bool {
	if q := c.ready[0]; len(c.ready) == 1 && !q.aborted && c.alone(q) {
		c.started() // before another goroutine reads
		return c.serveHere(q)
	}
	for _, q := range c.ready {
		if q.aborted {
			c.finish(q)
			continue
		}
		c.spawn(q.serve)
	}
	c.started()
	return true
}

func (c *conn) started() {
	clear(c.ready)
	c.ready = c.ready[:0]
}

// alone reports whether q is complete and all there is.
func (c *conn) alone(q *request) bool {
	if c.r.Buffered() > 0 || !q.body.ended() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open == 1
}

// serveHere answers q in this goroutine.
func (c *conn) serveHere(q *request) bool {
	c.mu.Lock()
	c.turn = lent
	c.mu.Unlock()
	c.server.lookout.add(q)
	q.serve()
	c.server.lookout.remove(q)
	c.mu.Lock()
	defer c.mu.Unlock()
	mine := c.turn == lent
	if mine {
		c.turn = reading
	}
	return mine
}

// readOn lets another goroutine read if nobody does.
func (c *conn) readOn() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.turn == lent {
		c.turn = reading
		c.spawnLocked(c.read)
	}
}

// Watch implements exchange.Watcher: whoever reads sees the server in front go, and ends all
// contexts.
func (c *conn) Watch(func()) { c.readOn() }

// Unwatch implements exchange.Watcher.
func (*conn) Unwatch() {}
