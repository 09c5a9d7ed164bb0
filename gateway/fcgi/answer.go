package fcgi

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgiresponse"
	"github.com/surcoat/surcoat/gateway/internal/exchange"
)

// errEnded is what a handler gets that writes although the server in front has taken its request
// back.
var errEnded = errors.New("fcgi: the request was aborted")

const (
	// holdBack is how much an answer holds back: more than the head and body of most small ones.
	holdBack = 8 << 10
	// atOnce is how much an answer may write before others have their turn.
	atOnce = 1 << 20
	// tailLength is the length of what ends an answer.
	tailLength = headerLength + headerLength + 8
)

var buffers = sync.Pool{New: func() any {
	b := make([]byte, headerLength, headerLength+holdBack+tailLength)
	return &b
}}

// answer is the carrier of one request's answer: a CGI program's (RFC 3875 §6) in stdout records,
// then the end of stdout and of the request. What is held back is one record, with room for its
// header in front, so that a small answer is one write.
type answer struct {
	q   *request
	buf *[]byte // a record's header, yet to be written, and its content

	// The sender's:
	over     bool      // nothing more is written
	deadline time.Time // for writing

	began bool  // something was written
	err   error // the first of writing: after it the answer is not whole
	full  [headerLength]byte
	rest  [2][headerLength]byte
	iov   [][]byte
	one   [1][]byte // iov's memory for most answers
}

func (a *answer) init(q *request) {
	a.q = q
	a.buf = buffers.Get().(*[]byte)
	a.iov = a.one[:0]
}

// release hands the buffer back; what it holds is lost.
func (a *answer) release() {
	if cap(*a.buf) <= 4*holdBack { // a huge head made it grow
		*a.buf = (*a.buf)[:headerLength]
		buffers.Put(a.buf)
	}
	a.buf, a.iov = nil, nil
}

// Head implements exchange.Carrier.
func (a *answer) Head(status int, header []exchange.Field) error {
	*a.buf = cgiresponse.AppendHead(*a.buf, cgiresponse.Status, status, header)
	return nil
}

// Inform implements exchange.Carrier.
func (*answer) Inform(int, []exchange.Field) error { return nil }

// Body implements exchange.Carrier.
func (a *answer) Body(p []byte) error {
	if len(*a.buf)-headerLength+len(p) <= holdBack {
		*a.buf = append(*a.buf, p...)
		return nil
	}
	if len(p) < holdBack {
		if err := a.Flush(); err != nil {
			return err
		}
		*a.buf = append(*a.buf, p...)
		return nil
	}
	for len(p) > atOnce {
		if err := a.send(p[:atOnce]); err != nil {
			return err
		}
		p = p[atOnce:]
	}
	return a.send(p)
}

// Flush implements exchange.Carrier.
func (a *answer) Flush() error {
	if len(*a.buf) == headerLength {
		return a.err
	}
	return a.send(nil)
}

// send sends what was held back and p.
func (a *answer) send(p []byte) error {
	defer a.reset()
	held := len(*a.buf) - headerLength
	if total := held + len(p); held > 0 && total <= maxContent {
		putHeader(*a.buf, stdout, a.q.id, total)
		a.iov = append(a.iov, *a.buf)
		if len(p) > 0 {
			a.iov = append(a.iov, p)
		}
	} else {
		a.split(0, (*a.buf)[headerLength:])
		a.split(1, p)
	}
	return a.write(false)
}

// write writes what is in iov. last says that it ends the answer.
func (a *answer) write(last bool) error {
	if a.err == nil {
		a.err = a.q.conn.out.write(a, a.iov, last)
		a.began = a.began || a.err == nil
	}
	return a.err
}

// split puts p into records. which is 0 or 1, another for each call before a write.
func (a *answer) split(which int, p []byte) {
	for len(p) > 0 {
		n := min(len(p), maxContent)
		h := &a.rest[which]
		if n == maxContent {
			h = &a.full
		}
		putHeader(h[:], stdout, a.q.id, n)
		a.iov = append(a.iov, h[:], p[:n])
		p = p[n:]
	}
}

// reset empties what was held back.
func (a *answer) reset() {
	*a.buf = (*a.buf)[:headerLength]
	clear(a.iov)
	a.iov = a.iov[:0]
}

// files are for bodies that come from a reader: a record each.
var files = sync.Pool{New: func() any {
	b := make([]byte, headerLength+maxContent)
	return &b
}}

// ReadFrom sends what was held back and then src, each record as src gives it.
func (a *answer) ReadFrom(src io.Reader) (sent int64, err error) {
	if err := a.Flush(); err != nil {
		return 0, err
	}
	buf := files.Get().(*[]byte)
	defer files.Put(buf)
	for {
		n, err := src.Read((*buf)[headerLength:])
		if n > 0 {
			putHeader(*buf, stdout, a.q.id, n)
			a.iov = append(a.iov, (*buf)[:headerLength+n])
			err := a.write(false)
			a.reset()
			if err != nil {
				return sent, err
			}
			sent += int64(n)
		}
		if err == io.EOF {
			return sent, nil
		}
		if err != nil {
			return sent, err
		}
	}
}

// End implements exchange.Carrier.
func (a *answer) End([]exchange.Field) error {
	if len(*a.buf)-headerLength > maxContent {
		if err := a.Flush(); err != nil {
			return err
		}
	}
	defer a.reset()
	b := *a.buf
	if content := len(b) - headerLength; content > 0 {
		putHeader(b, stdout, a.q.id, content)
	} else {
		b = b[:0]
	}
	b = appendRecord(b, stdout, a.q.id)
	b = appendEnd(b, a.q.id, 0, statusDone)
	a.iov = append(a.iov, b)
	return a.write(true)
}

// Abort implements exchange.Carrier, see [conn.tear].
func (a *answer) Abort() {
	c := a.q.conn
	a.q.body.end(io.ErrUnexpectedEOF)
	if c.out.end(a) { // the server in front has not taken it back
		c.tear(a.q, a.began)
	}
}

// leave makes the request's id free. What still comes of its body is dropped, and nobody shall
// wait for it.
func (a *answer) leave() {
	a.q.conn.forget(a.q, true)
	a.q.body.end(io.ErrUnexpectedEOF)
}

// SetReadDeadline is for http.ResponseController.
func (a *answer) SetReadDeadline(t time.Time) error {
	a.q.body.setDeadline(t)
	return nil
}

// SetWriteDeadline is for http.ResponseController.
func (a *answer) SetWriteDeadline(t time.Time) error { return a.q.conn.out.setDeadline(a, t) }
