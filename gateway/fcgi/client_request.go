package fcgi

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/gateway/internal/complaint"
	"github.com/surcoat/surcoat/gateway/internal/upstream"
)

// lastID is the last of the ids that the requests on a connection have in turn, so that what
// belongs to an earlier one is never taken for an answer to a later one. Small, since there are
// applications that have an array of them (FastCGI 1.0 §3.3).
const lastID = 100

// call is a request on a connection to an application, and its answer.
type call struct {
	link *upstream.Link
	vars cgienv.Vars
	log  *complaint.Log

	writing sync.Mutex
	sent    atomic.Bool // all of the request
	header  [headerLength]byte

	output
}

func (c *call) id() uint16 { return uint16(1 + (c.link.Requests-1)%lastID) }

var questions = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// Begin implements upstream.Request.
func (c *call) Begin(body bool) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	b := questions.Get().(*[]byte)
	defer func() {
		if cap(*b) <= 64<<10 {
			questions.Put(b)
		}
	}()
	*b = appendQuestion((*b)[:0], c.id(), c.vars)
	c.vars = nil
	if !body {
		*b = appendRecord(*b, stdin, c.id())
	}
	_, err := c.link.Conn.Write(*b)
	c.sent.Store(err == nil && !body)
	return err
}

// appendQuestion appends the records of a request before its body.
func appendQuestion(b []byte, id uint16, vars cgienv.Vars) []byte {
	b = appendRecord(b, beginRequest, id, 0, responder, flagKeepConn, 0, 0, 0, 0, 0)
	at := len(b)
	b = append(b, make([]byte, headerLength)...)
	for _, v := range vars {
		b = appendPair(b, v.Name, v.Value)
	}
	if n := len(b) - at - headerLength; n <= maxContent {
		putHeader(b[at:], params, id, n)
	} else {
		rest := append([]byte(nil), b[at+headerLength:]...)
		for b = b[:at]; len(rest) > 0; {
			n := min(len(rest), maxContent)
			b = appendRecord(b, params, id, rest[:n]...)
			rest = rest[n:]
		}
	}
	return appendRecord(b, params, id)
}

// Write implements upstream.Request.
func (c *call) Write(p []byte) (n int, err error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	for n < len(p) {
		part := p[n:min(len(p), n+maxContent)]
		putHeader(c.header[:], stdin, c.id(), len(part))
		both := net.Buffers{c.header[:], part}
		if _, err := both.WriteTo(c.link.Conn.Conn); err != nil { // the very connection, which can write both at once
			return n, err
		}
		n += len(part)
	}
	return n, nil
}

// End implements upstream.Request.
func (c *call) End() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	putHeader(c.header[:], stdin, c.id(), 0)
	_, err := c.link.Conn.Write(c.header[:])
	if err == nil {
		c.sent.Store(true)
	}
	return err
}

// Abort implements upstream.Aborter. In the middle of a record there is no place for it.
func (c *call) Abort() {
	if !c.writing.TryLock() {
		return
	}
	defer c.writing.Unlock()
	_ = c.link.Conn.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	_, _ = c.link.Conn.Write(appendRecord(nil, abortRequest, c.id()))
}
