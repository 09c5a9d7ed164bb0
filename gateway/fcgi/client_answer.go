package fcgi

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/surcoat/surcoat/gateway/internal/cgianswer"
	"github.com/surcoat/surcoat/gateway/internal/relay"
	"github.com/surcoat/surcoat/gateway/internal/upstream"
)

// What is wrong with an answer.
var (
	errForeign = errors.New("a record that belongs to no request on the connection")
	errStrange = errors.New("a record of a kind that no answer has")
	errLate    = errors.New("output behind the end of the output")
	errEnd     = errors.New("the end of the request is not 8 bytes long")
	errClosed  = errors.New("the application closed the connection before the end of the request")
)

// output is what a call has read.
type output struct {
	head    *bufio.Reader // what was read with the head
	content int           // what is left of a record of the output
	padding int           // behind that
	began   bool          // there was output
	closed  bool          // the output has ended
	ended   bool          // the request has ended
	err     error
}

var headReaders = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 4<<10) }}

// Head implements upstream.Answer.
func (c *call) Head() (*cgianswer.Head, error) {
	if c.head == nil {
		c.head = headReaders.Get().(*bufio.Reader)
		c.head.Reset(stdoutReader{c})
	}
	h, err := cgianswer.ReadHead(c.head)
	if err != nil {
		c.releaseHead()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("the application ended the request without a whole head")
		}
		return nil, c.explain(err)
	}
	if c.head.Buffered() == 0 {
		c.releaseHead()
	}
	return h, nil
}

func (c *call) releaseHead() {
	c.head.Reset(nil)
	headReaders.Put(c.head)
	c.head = nil
}

// explain adds to an error what the application wrote to its standard error.
func (c *call) explain(err error) error {
	if tail := c.log.Tail(); tail != "" {
		return &relay.Said{Err: err, Stderr: tail}
	}
	return err
}

// Read implements upstream.Answer.
func (c *call) Read(p []byte) (int, error) {
	if c.head == nil {
		n, err := c.stdout(p)
		if err != nil && err != io.EOF {
			err = c.explain(err)
		}
		return n, err
	}
	n, err := c.head.Read(p)
	if c.head.Buffered() == 0 {
		c.releaseHead()
	}
	return n, err
}

// stdoutReader is the output of a request, head and body.
type stdoutReader struct{ c *call }

func (s stdoutReader) Read(p []byte) (int, error) { return s.c.stdout(p) }

func (c *call) stdout(p []byte) (int, error) {
	for c.content == 0 {
		if c.ended {
			return 0, io.EOF
		}
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n, err := c.link.Reader.Read(p[:min(len(p), c.content)])
	c.content -= n
	return n, c.fail(err)
}

// fail keeps an error, behind which nothing is read any more. The end of the connection is never
// that of an answer.
func (c *call) fail(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = errClosed
	}
	if err != nil {
		c.err = err
	}
	return err
}

// next reads a record, but for the content of the output.
func (c *call) next() error {
	if c.err != nil {
		return c.err
	}
	r := c.link.Reader
	if _, err := r.Discard(c.padding); err != nil {
		return c.fail(err)
	}
	c.padding = 0
	h, err := readHeader(r)
	if err != nil {
		return c.fail(err)
	}
	switch {
	case h.id != c.id():
		return c.fail(errForeign)
	case h.kind == stdout && h.content > 0 && c.closed:
		return c.fail(errLate)
	case h.kind == stdout:
		c.content, c.padding = h.content, h.padding
		c.closed = h.content == 0
		c.began = c.began || !c.closed
		return nil
	case h.kind == stderr:
		c.padding = h.padding
		_, err := io.CopyN(c.log, r, int64(h.content))
		return c.fail(err)
	case h.kind == endRequest && h.content == endLength:
		b, err := r.Peek(endLength)
		if err != nil {
			return c.fail(err)
		}
		c.padding = h.padding
		app, status := uint32(b[0])<<24|uint32(b[1])<<16|uint32(b[2])<<8|uint32(b[3]), b[4]
		_, _ = r.Discard(endLength)
		return c.end(app, status)
	case h.kind == endRequest:
		return c.fail(errEnd)
	}
	return c.fail(errStrange)
}

// endLength is how long the content of the record is that ends a request (FastCGI 1.0 §5.5).
const endLength = 8

// end notes the end of the request. app is what a program would have exited with, which does not
// say that its answer is not whole: PHP has 255 there behind its page of a fatal error.
func (c *call) end(app uint32, status byte) error {
	_, err := c.link.Reader.Discard(c.padding)
	c.padding = 0
	if err != nil {
		return c.fail(err)
	}
	switch {
	case status == statusDone:
	case status == statusOne && !c.began:
		return c.fail(&upstream.Refusal{Reason: "the application takes one request at a time (FCGI_CANT_MPX_CONN)"})
	case status == statusFull && !c.began:
		return c.fail(&upstream.Refusal{Reason: "the application takes no more requests now (FCGI_OVERLOADED)"})
	case status == statusUnknown:
		return c.fail(errors.New("the application is no responder (FCGI_UNKNOWN_ROLE)"))
	default:
		return c.fail(fmt.Errorf("the application ended the request with status %d", status))
	}
	c.ended = true
	if app != 0 {
		c.log.Note(slog.Int64("exit", int64(int32(app))))
	}
	return nil
}

// mostDrained is how much of an answer is read that nobody wants, so that its connection can be
// kept.
const mostDrained = 64 << 10

// Over implements upstream.Answer.
func (c *call) Over(wait bool) upstream.State {
	if c.head != nil {
		c.releaseHead()
	}
	r := c.link.Reader
	for left := mostDrained; !c.ended; {
		if !c.sent.Load() || c.err != nil || left < 0 {
			return upstream.Spent
		}
		if !wait && r.Buffered() < c.content+c.padding {
			return upstream.Unfinished
		}
		n, err := r.Discard(c.content)
		left -= n + headerLength
		c.content -= n
		if err != nil {
			return upstream.Spent
		}
		if !wait && !followed(r, c.padding) {
			return upstream.Unfinished
		}
		if c.next() != nil {
			return upstream.Spent
		}
	}
	if !c.sent.Load() || r.Buffered() > 0 {
		return upstream.Spent
	}
	return upstream.Reusable
}

// followed reports whether behind so much padding there is a whole record that was received, or one
// that is too long to be the end.
func followed(r *bufio.Reader, padding int) bool {
	if r.Buffered() < padding+headerLength {
		return false
	}
	b, _ := r.Peek(padding + headerLength)
	h, err := parseHeader(b[padding:])
	return err != nil || h.kind == stdout || r.Buffered() >= padding+headerLength+h.content+h.padding
}
