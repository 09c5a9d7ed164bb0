package fcgi

import (
	"encoding/binary"
	"errors"
	"io"
	"net/http"
)

// maxUseless is how many records in a row may be of no use: they begin what is given up again, ask
// for variables, end what was ended.
const maxUseless = 1000

// What a server in front must not send. The connection ends, since nothing that follows can be
// trusted to be what it seems.
var (
	errNoID        = errors.New("fcgi: a record of a request has no request's id")
	errID          = errors.New("fcgi: a record about the connection has a request's id")
	errUnknownID   = errors.New("fcgi: a record of a request that was not begun")
	errTwice       = errors.New("fcgi: a request was begun twice")
	errBegin       = errors.New("fcgi: the record that begins a request is not 8 bytes")
	errKind        = errors.New("fcgi: a record of a type that no server sends")
	errAfterParams = errors.New("fcgi: variables after their end")
	errEarlyStdin  = errors.New("fcgi: a body before the end of the variables")
	errAfterStdin  = errors.New("fcgi: a body after its end")
	errTooLong     = errors.New("fcgi: the variables are much longer than MaxHeaderBytes")
	errUseless     = errors.New("fcgi: too many records in a row are of no use")
)

// streams says for each id, whether or not its request has been answered, what was begun on it.
type streams struct {
	begun  idSet // ever
	params idSet // begun and not complete
	stdin  idSet
}

// read reads records until the connection's end or until another goroutine does.
func (c *conn) read() {
	for {
		if len(c.ready) > 0 && !buffered(c.r) && !c.start() {
			return
		}
		if c.over() {
			return
		}
		if err := c.record(); err != nil {
			if !c.over() {
				c.lost(err)
			}
			return
		}
	}
}

// record reads one record and does what it says.
func (c *conn) record() error {
	if c.heads == 0 { // then it may take long
		if err := c.Await(); err != nil {
			return err
		}
	}
	h, err := readHeader(c.r)
	if err != nil {
		return err
	}
	if c.useless++; c.useless > maxUseless {
		return errUseless
	}
	err = c.content(h)
	if err == nil && h.padding > 0 {
		_, err = c.r.Discard(h.padding)
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// content reads the content of a record.
func (c *conn) content(h header) error {
	ofRequest := h.kind >= beginRequest && h.kind <= data
	switch {
	case ofRequest && h.id == 0:
		return errNoID
	case !ofRequest && h.id != 0:
		return errID
	case ofRequest && h.kind != beginRequest && !c.streams.begun.has(h.id):
		return errUnknownID
	}
	switch h.kind {
	case beginRequest:
		return c.begin(h)
	case abortRequest:
		return c.abort(h)
	case params:
		return c.params(h)
	case stdin:
		return c.stdin(h)
	case getValues:
		return c.values(h)
	case endRequest, stdout, stderr, data: // data is for filters
		return errKind
	}
	if _, err := c.r.Discard(h.content); err != nil {
		return err
	}
	return c.out.post(appendRecord(nil, unknownType, 0, byte(h.kind), 0, 0, 0, 0, 0, 0, 0))
}

// begin begins a request (FastCGI 1.0 §5.1).
func (c *conn) begin(h header) error {
	if h.content != beginLength {
		return errBegin
	}
	b, err := c.r.Peek(beginLength)
	if err != nil {
		return err
	}
	role, keep := binary.BigEndian.Uint16(b), b[2]&flagKeepConn != 0
	_, _ = c.r.Discard(beginLength)
	q, err := c.admit(h.id, keep)
	if err != nil {
		return err
	}
	c.streams.begun.add(h.id)
	c.streams.params.add(h.id)
	c.streams.stdin.add(h.id)
	switch {
	case q == nil:
		status := byte(statusFull)
		if c.server.maxRequests() == 1 {
			status = statusOne
		}
		return c.out.post(appendRefusal(nil, h.id, http.StatusServiceUnavailable, 0, status))
	case role != responder:
		c.drop(q)
		return c.out.post(appendEnd(nil, h.id, 0, statusUnknown))
	}
	c.heads++
	c.timeHeads()
	return nil
}

// drop ends a request that no handler has seen.
func (c *conn) drop(q *request) {
	q.dropHead()
	c.finish(q)
}

// abort ends a request that the server in front does not want any more (§5.4). One that was just
// answered is meant if the two have crossed.
func (c *conn) abort(h header) error {
	if _, err := c.r.Discard(h.content); err != nil {
		return err
	}
	q := c.request(h.id)
	if q == nil {
		return nil
	}
	c.forget(q, false)
	if !c.out.end(&q.answer) && !c.mend(q) {
		return nil
	}
	q.aborted = true
	q.cancel(io.ErrUnexpectedEOF)
	if !q.complete {
		c.heads--
		c.headSize -= len(*q.head)
		c.drop(q)
		c.timeHeads()
	}
	return c.out.post(appendEnd(nil, h.id, 1, statusDone))
}

// stdin takes some of a request's body. What is sent of one that was answered already does not
// matter.
func (c *conn) stdin(h header) error {
	q := c.request(h.id)
	switch {
	case q != nil && !q.complete:
		return errEarlyStdin
	case h.content == 0:
		c.streams.stdin.remove(h.id)
		if q != nil {
			q.body.end(io.EOF)
		}
		return nil
	case !c.streams.stdin.has(h.id):
		return errAfterStdin
	}
	c.useless = 0
	if q == nil {
		_, err := c.r.Discard(h.content)
		return err
	}
	return q.body.fill(c.r, h.content, c.shared)
}

// values answers a question for variables.
func (c *conn) values(h header) error {
	question := make([]byte, h.content)
	if _, err := io.ReadFull(c.r, question); err != nil {
		return err
	}
	answer, asked, err := c.server.appendValues(nil, string(question))
	if err != nil {
		return err
	}
	c.shared = c.shared || asked
	return c.out.post(answer)
}
