package ajp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"github.com/surcoat/surcoat/gateway/internal/cgianswer"
	"github.com/surcoat/surcoat/gateway/internal/single"
	"github.com/surcoat/surcoat/gateway/internal/upstream"
)

// What is wrong with an answer.
var (
	errAnswerMagic = errors.New(`a packet of the answer does not begin with "AB"; is it HTTP?`)
	errOrder       = errors.New("a packet of the answer that has no place there")
	errAnswerChunk = errors.New("a packet of the answer is not as long as it says")
	errAsk         = errors.New("the container asks for more of the body while it waits for some, or for nothing")
	errClosed      = errors.New("the container closed the connection before the end of the answer")
)

// output is what a call has read.
type output struct {
	headed bool // the head of the answer has come
	left   int  // what is left of a packet of the body
	rest   int  // what is behind that in the packet
	done   bool // the answer has ended
	reuse  bool // its end says that the connection goes on
	err    error
}

// answerCodes are the names of the fields that have codes, by those less fieldCode.
var answerCodes = func() (names [12]string) {
	for name, code := range answerFields {
		names[code&^fieldCode] = name
	}
	return names
}()

// Head implements upstream.Answer.
func (c *call) Head() (*cgianswer.Head, error) {
	for {
		kind, n, err := c.next()
		if err != nil {
			return nil, err
		}
		switch kind {
		case sendHeaders:
			text, err := single.ReadText(c.link.Reader, n)
			if err != nil {
				return nil, c.fail(err)
			}
			h, err := parseAnswer(text)
			c.headed = err == nil && h.Status >= 200
			return h, c.fail(err)
		case getBodyChunk:
			if err := c.asks(n); err != nil {
				return nil, err
			}
		default:
			return nil, c.fail(errOrder)
		}
	}
}

// parseAnswer reads what is in a packet with the head of an answer, behind its kind.
func parseAnswer(text string) (*cgianswer.Head, error) {
	r := &reader{rest: text}
	h := cgianswer.New()
	h.Status = r.int()
	r.text() // the reason phrase
	for range r.int() {
		name, value := answerName(r), r.text()
		if r.err != nil {
			break
		}
		if name == "Status" { // the servlet engine's own, which says nothing more
			continue
		}
		if err := h.Add(name, value); err != nil {
			return nil, err
		}
	}
	if r.err == nil && r.rest != "" {
		r.fail(errRest)
	}
	if r.err != nil {
		return nil, r.err
	}
	if h.Status == 0 {
		h.Status = -1 // which Finish refuses, where a program need not say one
	}
	if err := h.Finish(); err != nil {
		return nil, err
	}
	return h, nil
}

// answerName reads a field's name, or the code of one.
func answerName(r *reader) string {
	n := r.int()
	if n&0xff00 != fieldCode {
		return r.textOf(n)
	}
	if n &^= fieldCode; n > 0 && n < len(answerCodes) {
		return answerCodes[n]
	}
	r.fail(errCode)
	return ""
}

// next reads the head of a packet and its kind. n is how much follows.
func (c *call) next() (kind byte, n int, err error) {
	if c.err != nil {
		return 0, 0, c.err
	}
	r := c.link.Reader
	if _, err := r.Discard(c.rest); err != nil {
		return 0, 0, c.fail(err)
	}
	c.rest = 0
	b, err := r.Peek(4)
	if len(b) > 0 && b[0] != 'A' || len(b) > 1 && b[1] != 'B' {
		return 0, 0, c.fail(errAnswerMagic)
	}
	if err != nil {
		if len(b) == 0 && !c.headed {
			return 0, 0, c.keep(err) // nothing has come, or no end
		}
		return 0, 0, c.fail(err)
	}
	n = int(binary.BigEndian.Uint16(b[2:]))
	if n == 0 {
		return 0, 0, c.fail(errAnswerChunk)
	}
	_, _ = r.Discard(4)
	kind, err = r.ReadByte()
	return kind, n - 1, c.fail(err)
}

// asks reads a packet by which the container asks for more of the body, behind its kind.
func (c *call) asks(n int) error {
	if n != 2 {
		return c.fail(errAnswerChunk)
	}
	b, err := c.link.Reader.Peek(2)
	if err != nil {
		return c.fail(err)
	}
	most := int(binary.BigEndian.Uint16(b))
	_, _ = c.link.Reader.Discard(2)
	return c.keep(c.ask(most))
}

// fail keeps an error, behind which nothing is read any more. The end of the connection is never
// that of an answer.
func (c *call) fail(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = errClosed
	}
	return c.keep(err)
}

func (c *call) keep(err error) error {
	if err != nil {
		c.err = err
		c.stop()
	}
	return err
}

// Read implements upstream.Answer.
func (c *call) Read(p []byte) (int, error) {
	for c.left == 0 {
		if c.done {
			return 0, io.EOF
		}
		if err := c.advance(); err != nil {
			return 0, err
		}
	}
	n, err := c.link.Reader.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, c.fail(err)
}

// advance reads a packet behind the head, but for the content of the body.
func (c *call) advance() error {
	kind, n, err := c.next()
	if err != nil {
		return err
	}
	switch kind {
	case getBodyChunk:
		return c.asks(n)
	case sendBodyChunk:
		b, err := c.link.Reader.Peek(min(n, 2))
		if err != nil {
			return c.fail(err)
		}
		if len(b) < 2 {
			return c.fail(errAnswerChunk)
		}
		c.left = int(binary.BigEndian.Uint16(b))
		_, _ = c.link.Reader.Discard(2)
		if c.rest = n - 2 - c.left; c.rest < 0 || c.rest > 1 { // a NUL, which not all send
			c.left, c.rest = 0, 0
			return c.fail(errAnswerChunk)
		}
		return nil
	case endResponse:
		if n != 1 {
			return c.fail(errAnswerChunk)
		}
		b, err := c.link.Reader.ReadByte()
		if err != nil {
			return c.fail(err)
		}
		c.done, c.reuse = true, b == 1
		return nil
	}
	return c.fail(errOrder)
}

// mostDrained is how much of an answer is read that nobody wants, so that its connection can be
// kept.
const mostDrained = 64 << 10

// Over implements upstream.Answer.
func (c *call) Over(wait bool) upstream.State {
	r := c.link.Reader
	for left := mostDrained; !c.done; {
		if !c.sent() || c.err != nil || left < 0 {
			return upstream.Spent
		}
		if !wait && !followed(r, c.left+c.rest) {
			return upstream.Unfinished
		}
		n, err := r.Discard(c.left)
		left -= n + chunkHead
		c.left -= n
		if err != nil || c.advance() != nil {
			return upstream.Spent
		}
	}
	if !c.stop() || !c.reuse || r.Buffered() > 0 {
		return upstream.Spent
	}
	return upstream.Reusable
}

// sent reports whether the body has ended.
func (c *call) sent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

// followed reports whether behind so many bytes there is the head of a packet that was received.
func followed(r *bufio.Reader, behind int) bool { return r.Buffered() >= behind+5+1 }
