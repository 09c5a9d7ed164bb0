package connserver

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// Conn is a connection. It is new or idle (Shutdown closes it), reading a head (Shutdown waits,
// at most as long as ReadHeaderTimeout), or answering (Shutdown waits).
//
// It is read through [Conn.Reader], by one goroutine, and written to directly. Its deadlines may
// be set from any goroutine.
type Conn struct {
	net.Conn
	server *Server
	ctx    context.Context
	r      *bufio.Reader

	mu            sync.Mutex
	state         state
	since         time.Time // when it came into that state, but for answering
	active        int       // requests that were begun and not ended
	woken         bool      // the read deadline is over because the connection is to end
	readDeadline  time.Time
	nextDeadline  time.Time // is to be the read deadline if there is another Read in this state
	writeDeadline time.Time
	watch         *watch
	ahead         []byte // what the watch has read
}

type state uint8

const (
	fresh     state = iota // has not sent a byte
	idle                   // has had an answer
	inHead                 // is sending a head
	answering              // active is not 0
)

var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 4<<10) }}

func newConn(s *Server, ctx context.Context, conn net.Conn) *Conn {
	c := &Conn{Conn: conn, server: s}
	c.ctx = context.WithValue(ctx, http.LocalAddrContextKey, conn.LocalAddr())
	c.r = readers.Get().(*bufio.Reader)
	c.r.Reset(source{c})
	return c
}

func (c *Conn) free() {
	c.r.Reset(nil)
	readers.Put(c.r)
	c.r = nil
}

// source is what the buffered reader reads.
type source struct{ c *Conn }

func (s source) Read(p []byte) (int, error) {
	c := s.c
	if len(c.ahead) > 0 {
		n := copy(p, c.ahead)
		c.ahead = c.ahead[n:]
		return n, nil
	}
	if err := c.meetDeadline(); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Context returns the context around the requests on this connection. It has
// http.LocalAddrContextKey and ends with Server.Close.
func (c *Conn) Context() context.Context { return c.ctx }

// Reader returns the buffered reader of the connection. It is not for use after Server.Conn has
// returned.
func (c *Conn) Reader() *bufio.Reader { return c.r }

// greet begins the time in which the first request must come.
func (c *Conn) greet() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Now()
	c.setReadDeadline(after(c.since, c.server.HeadTimeout()))
}

// Await waits for the next byte, as long as IdleTimeout allows, and gives the request that begins
// with it ReadHeaderTimeout. The connection is idle meanwhile. It returns an error when there
// will be no request: io.EOF, a timeout, or http.ErrServerClosed.
//
// A protocol with several requests at once may call it while some are being answered; then it
// only waits.
func (c *Conn) Await() error {
	c.mu.Lock()
	if c.state == inHead { // what came was no request
		c.rest()
	}
	c.mu.Unlock()
	if c.r.Buffered() == 0 {
		if err := c.wait(); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.active > 0 {
		return nil
	}
	was := c.state
	c.state, c.since = inHead, time.Now()
	if was != fresh || c.woken { // a fresh one has its deadline already
		c.woken = false
		if d := c.server.HeadTimeout(); d > 0 {
			c.nextDeadline = c.since.Add(d)
		} else {
			c.setReadDeadline(time.Time{})
		}
	}
	return nil
}

// meetDeadline sets the deadline that a head has. Most are read as a whole when their first byte
// is, and have no use for one.
func (c *Conn) meetDeadline() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.nextDeadline.IsZero() {
		return nil
	}
	return c.setReadDeadline(c.nextDeadline)
}

// wait blocks until there is a byte.
func (c *Conn) wait() error {
	_, err := c.r.Peek(1)
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	c.mu.Lock()
	if !c.woken {
		c.mu.Unlock()
		return err
	}
	closing := c.server.closing.Load()
	if closing != nil && time.Since(*closing) > lastLooks {
		c.mu.Unlock()
		return http.ErrServerClosed
	}
	c.setReadDeadline(time.Now().Add(lastLook))
	c.mu.Unlock()
	if _, err = c.r.Peek(1); errors.Is(err, os.ErrDeadlineExceeded) {
		return http.ErrServerClosed
	}
	return err
}

// Begin says that the head of a request is complete: the connection is answering until End was
// called as often as Begin. The first Begin sets the deadlines that ReadTimeout (from the head's
// first byte on) and WriteTimeout ask for; they are the connection's, so that a protocol with
// several requests at once leaves them out of Limits and keeps to them by itself. It is safe for
// concurrent use.
func (c *Conn) Begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.active++
	if c.active > 1 {
		return
	}
	c.state = answering
	c.setReadDeadline(after(c.since, c.server.ReadTimeout))
	if c.server.WriteTimeout > 0 {
		c.setWriteDeadline(time.Now().Add(c.server.WriteTimeout))
	}
}

// End says that a request was answered. After the last, the deadlines are gone and the connection
// is idle: a Read that another goroutine is in gets a timeout when IdleTimeout is over or the
// server shuts down. It is safe for concurrent use.
func (c *Conn) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.active--; c.active == 0 {
		c.rest()
	}
}

// rest makes the connection idle.
func (c *Conn) rest() {
	c.state, c.since = idle, time.Now()
	c.setReadDeadline(after(c.since, c.server.IdleTimeout))
	c.setWriteDeadline(time.Time{})
	if c.server.isClosing() {
		c.wake()
	}
}

// wind ends the connection if nothing is happening on it.
func (c *Conn) wind() {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.woken:
	case c.state == idle:
		c.wake()
	case c.state == fresh && time.Since(c.since) > newGrace:
		c.wake()
	}
}

// dismiss ends a connection that is not answering, even one that is sending a head.
func (c *Conn) dismiss() {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.state {
	case idle:
		if !c.woken {
			c.wake()
		}
	case fresh, inHead:
		_ = c.Conn.Close()
	}
}

// wake lets the reader have a timeout at once.
func (c *Conn) wake() {
	c.woken = true
	c.setReadDeadline(past)
}

// past is a deadline that is over.
var past = time.Unix(1, 0)

// after is the deadline that lies d after t, none for 0.
func after(t time.Time, d time.Duration) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return t.Add(d)
}

// ShuttingDown reports whether Shutdown or Close was called: the answer in hand is the
// connection's last, mostly.
func (c *Conn) ShuttingDown() bool { return c.server.isClosing() }

// SetReadDeadline implements [net.Conn]. The deadline holds until the last End.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.setReadDeadline(t)
}

// SetWriteDeadline implements [net.Conn]. The deadline holds until the last End.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.setWriteDeadline(t)
}

// SetDeadline implements [net.Conn].
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *Conn) setReadDeadline(t time.Time) error {
	c.nextDeadline = time.Time{}
	if t.IsZero() && c.readDeadline.IsZero() {
		return nil
	}
	c.readDeadline = t
	return c.Conn.SetReadDeadline(t)
}

func (c *Conn) setWriteDeadline(t time.Time) error {
	if t.IsZero() && c.writeDeadline.IsZero() {
		return nil
	}
	c.writeDeadline = t
	return c.Conn.SetWriteDeadline(t)
}
