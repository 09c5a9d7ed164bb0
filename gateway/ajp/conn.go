package ajp

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/gateway/internal/connserver"
	"github.com/surcoat/surcoat/gateway/internal/exchange"
)

// conn is a connection, which carries one request after the other.
type conn struct {
	*connserver.Conn
	server *Server

	// mu is held while packets are written: one of the handler's goroutines may read the body,
	// for which we ask in packets, while another answers.
	mu    sync.Mutex
	ended bool    // the answer is: nothing more is asked for
	err   error   // the first of writing, after which the two ends are out of step
	asks  [7]byte // the packet that asks
}

// errEnded is what a handler's goroutine gets that reads on after the answer.
var errEnded = errors.New("ajp: the answer has ended")

func (s *Server) serve(sc *connserver.Conn) {
	c := &conn{Conn: sc, server: s}
	for c.Await() == nil {
		more, err := c.next()
		if err != nil {
			s.reject(sc, err)
		}
		if err != nil || !more {
			return
		}
	}
}

// next reads a packet and does what it asks for. It reports false when the connection is to end.
func (c *conn) next() (bool, error) {
	text, err := readPacket(c.Reader(), c.server.maxHeaderBytes())
	if err != nil {
		return false, err
	}
	if text == "" {
		return true, nil // lighttpd ends bodies of no length so, for which nobody asks
	}
	switch text[0] {
	case forwardRequest:
		f, err := parseForward(text, c.server.maxHeaderBytes())
		if err != nil {
			return false, err
		}
		return c.answer(f), nil
	case cPing:
		if len(text) > 1 {
			return false, errRest
		}
		return true, c.pong()
	case shutdown:
		return false, errShutdown
	}
	return false, errKind
}

// pongTimeout is for who asks and does not read the answer.
const pongTimeout = 10 * time.Second

func (c *conn) pong() error {
	_ = c.SetWriteDeadline(time.Now().Add(pongTimeout))
	return c.write([]byte{'A', 'B', 0, 1, cPong})
}

// answer answers a request. It reports false when the connection is to end.
func (c *conn) answer(f *forward) bool {
	c.Begin()
	defer c.End()
	c.mu.Lock()
	c.ended = false
	c.mu.Unlock()
	ctx := exchange.NewContext(c.Context(), c)
	a := newAnswer(c)
	defer a.release()
	r, err := c.request(ctx, f)
	if err != nil {
		a.refuse(err)
		return false
	}
	b := newBody(c, ctx, r.ContentLength)
	out := exchange.Serve(c.server.Handler, r, a, exchange.Options{Context: ctx, Body: b, Logger: c.server.Logger})
	switch {
	case out.Aborted:
		return false
	case a.last:
		if b.coming() {
			c.Linger()
		}
		return false
	}
	return b.skip() == nil
}

// request makes the request, if it is one that a handler may see.
func (c *conn) request(ctx *exchange.Context, f *forward) (*http.Request, error) {
	if !c.server.admits(f.attrs[attrSecret]) {
		return nil, &cgienv.Error{Status: http.StatusForbidden, Reason: "the secret is wrong, or there is none"}
	}
	h, err := f.head()
	if err != nil {
		return nil, err
	}
	r, err := h.Request(ctx, c.server.Mount)
	if err != nil {
		return nil, err
	}
	if r.ContentLength < 0 && len(r.TransferEncoding) == 0 {
		r.ContentLength = 0
	}
	return r, nil
}

// write writes whole packets.
func (c *conn) write(packets []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.writeLocked(packets)
}

func (c *conn) writeLocked(packets []byte) error {
	if c.err == nil && len(packets) > 0 {
		_, c.err = c.Conn.Write(packets)
	}
	return c.err
}

// ask asks for the next packet of a body, with at most n bytes.
func (c *conn) ask(n int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return errEnded
	}
	c.asks = [...]byte{'A', 'B', 0, 3, getBodyChunk, byte(n >> 8), byte(n)}
	return c.writeLocked(c.asks[:])
}
