package pool

import "slices"

// Hungry says that a request on a new connection waits so long for its answer that the application
// may not have accepted the connection: one with few processes, each of which serves a connection
// until its end (PHP-FPM), does not while all of them hold connections that are kept unused.
// So one of those is closed: now, or the next that is given back.
func (c *Conn) Hungry() {
	p, at := c.pool, c.place
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case c.Used || slices.Contains(at.hungry, c):
	case len(at.idle) == 0:
		at.hungry = append(at.hungry, c)
	default:
		u := at.idle[0]
		at.idle = slices.Delete(at.idle, 0, 1)
		u.timer.Stop()
		_ = u.Conn.Close()
	}
}

// Fed says that the application has begun to answer.
func (c *Conn) Fed() {
	c.pool.mu.Lock()
	defer c.pool.mu.Unlock()
	c.place.fed(c)
}

// fed takes back that c waits for another to be closed. The pool's mutex is held, here and below.
func (at *place) fed(c *Conn) {
	if i := slices.Index(at.hungry, c); i >= 0 {
		at.hungry = slices.Delete(at.hungry, i, i+1)
	}
}

// feed reports whether the connection that is given back is to be closed for one that waits.
func (at *place) feed() bool {
	if len(at.hungry) == 0 {
		return false
	}
	at.hungry = slices.Delete(at.hungry, 0, 1)
	return true
}
