package connserver

import "time"

const (
	// slowHead is after how long a request that is still arriving is slow.
	slowHead = time.Second
	// lookAgain is how often a full server looks for one that has become slow.
	lookAgain = 100 * time.Millisecond
)

// makeRoom dismisses the connection that is needed least, if there is one, and waits for any to
// end.
//
// A server in front keeps connections that it does not use, and an attacker opens some that send
// nothing: neither keeps a new one out. One that is being answered is never ended.
func (s *Server) makeRoom() {
	if c := s.dispensable(time.Now()); c != nil {
		c.dismiss()
	}
	timer := time.NewTimer(lookAgain)
	defer timer.Stop()
	select {
	case <-s.freed:
	case <-timer.C:
	}
}

// dispensable returns the connection that has been idle for longest or, without one, that has
// been sending its first or next head for longest.
func (s *Server) dispensable(now time.Time) (least *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var leastIdle bool
	var leastSince time.Time
	for c := range s.conns {
		idle, since, ok := c.dispensable()
		switch {
		case !ok, !idle && now.Sub(since) < slowHead:
		case least == nil, idle && !leastIdle, idle == leastIdle && since.Before(leastSince):
			least, leastIdle, leastSince = c, idle, since
		}
	}
	return least
}

// dispensable reports whether nothing is being answered on the connection, nor has it been
// dismissed, and since when it has been idle or sending a head.
func (c *Conn) dispensable() (isIdle bool, since time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state == idle, c.since, c.state != answering && !c.woken
}
