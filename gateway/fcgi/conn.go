package fcgi

import (
	"bufio"
	"io"
	"runtime/debug"
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/connserver"
)

// conn is one connection and the requests on it.
type conn struct {
	*connserver.Conn
	server *Server
	out    sender

	// Of whoever reads, see read.
	r        *bufio.Reader
	streams  streams
	ready    []*request // their variables are complete, they wait to be started
	heads    int        // requests whose variables are not complete
	headSize int        // bytes of those
	timed    bool       // the read deadline is for them
	useless  int        // records since the last that was of use
	shared   bool       // several requests at once have been seen, or were asked for

	mu         sync.Mutex
	requests   map[uint16]*request // begun and not ended
	open       int                 // those, and those whose handlers still run
	torn       int                 // of those, the ones that wait for the connection's end
	last       bool                // the connection ends when open is 0
	closing    time.Time           // when the server was seen to shut down
	turn       turn
	goroutines int // beside the one that serves the connection
	left       sync.Cond
}

// serve serves a connection until its end.
func (s *Server) serve(sc *connserver.Conn) {
	c := &conn{Conn: sc, server: s, r: sc.Reader(), requests: make(map[uint16]*request)}
	c.out.conn = sc
	c.left.L = &c.mu
	defer c.end() // also when a handler ends this goroutine
	c.read()
}

// end waits until nobody uses the connection any more.
func (c *conn) end() {
	c.mu.Lock()
	for c.goroutines > 0 {
		c.left.Wait()
	}
	c.turn = nobodys
	linger := c.last && c.open == 0 && c.streams.stdin.n > 0
	c.mu.Unlock()
	if linger {
		c.Linger()
	}
}

// spawn runs f in a goroutine that the end of the connection waits for.
func (c *conn) spawn(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spawnLocked(f)
}

func (c *conn) spawnLocked(f func()) {
	c.goroutines++
	go func() {
		defer func() {
			if p := recover(); p != nil {
				c.server.logger().Error("fcgi: panic serving a connection",
					"peer", c.RemoteAddr().String(), "panic", p, "stack", string(debug.Stack()))
				_ = c.Close()
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.goroutines--
			c.left.Signal()
		}()
		f()
	}()
}

// admit makes a request of that id, unless there are too many. keep is what the server in front
// wants for the connection.
func (c *conn) admit(id uint16, keep bool) (*request, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.requests[id] != nil {
		return nil, errTwice
	}
	c.last = c.last || !keep
	if c.open >= c.server.maxRequests() || c.open > 0 && c.leaving() {
		return nil, nil
	}
	q := newRequest(c, id)
	c.requests[id] = q
	c.open++
	c.shared = c.shared || c.open > 1
	return q, nil
}

// leavingFor is how long a connection that is never idle gets new requests in a shutdown: those
// that the server in front has sent before it could notice. There is no other way to tell it.
const leavingFor = time.Second

// leaving reports whether the server is shutting down, for long enough.
func (c *conn) leaving() bool {
	switch {
	case !c.ShuttingDown():
		return false
	case c.closing.IsZero():
		c.closing = time.Now()
	}
	return time.Since(c.closing) > leavingFor
}

// request returns the request of that id, nil if it was answered.
func (c *conn) request(id uint16) *request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.requests[id]
}

// forget makes the id of a request that is about to be ended free for another, and, if the handler
// has returned, its place too. A torn one keeps both.
func (c *conn) forget(q *request, returned bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if returned && q.torn {
		return
	}
	if c.requests[q.id] == q {
		delete(c.requests, q.id)
	}
	if returned && !q.left {
		q.left = true
		c.open--
	}
}

// finish says that nothing is done for the request any more.
func (c *conn) finish(q *request) {
	c.forget(q, true)
	if c.onlyTorn() {
		c.out.tear(q.id)
	}
	if q.counted {
		c.End()
	}
	if c.over() {
		_ = c.SetReadDeadline(past) // for the one who reads
	}
}

// past is a deadline that is over.
var past = time.Unix(1, 0)

// over reports whether the server in front wants the connection to end now.
func (c *conn) over() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last && c.open == 0
}

// lost ends what is under way: nothing more comes. At the mere end of what the server in front
// sends answers may still be written, as by net/http's server.
func (c *conn) lost(err error) {
	if err != io.EOF {
		_ = c.Close()
	}
	c.reject(err)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF // to those that are not complete
	}
	c.mu.Lock()
	requests := make([]*request, 0, len(c.requests))
	for _, q := range c.requests {
		requests = append(requests, q)
	}
	c.mu.Unlock()
	for _, q := range requests {
		q.cancel(err)
	}
}
