package fcgi

import (
	"io"
	"time"
)

// params takes some of a request's variables.
func (c *conn) params(h header) error {
	if !c.streams.params.has(h.id) {
		return errAfterParams
	}
	if h.content == 0 {
		c.streams.params.remove(h.id)
	}
	q := c.request(h.id)
	if q == nil { // refused before they came
		_, err := c.r.Discard(h.content)
		return err
	}
	if h.content == 0 {
		return c.complete(q)
	}
	c.useless = 0
	return c.readHead(q, h.content)
}

// readHead adds n bytes to a request's variables. What is too long is not kept. Requests that
// arrive at the same time may have four times as much together as one.
func (c *conn) readHead(q *request, n int) error {
	most := c.server.maxHeaderBytes()
	if q.tooLong == 0 && len(*q.head)+n > most {
		q.tooLong = len(*q.head)
		c.headSize -= len(*q.head)
		*q.head = (*q.head)[:0]
	}
	switch {
	case q.tooLong > 0 || n > most:
		if q.tooLong += n; q.tooLong > 2*most {
			return errTooLong
		}
		_, err := c.r.Discard(n)
		return err
	case c.headSize+n > 4*most:
		return errTooLong
	}
	at := len(*q.head)
	*q.head = append(*q.head, make([]byte, n)...)
	c.headSize += n
	_, err := io.ReadFull(c.r, (*q.head)[at:])
	return err
}

// perVariable is what a variable takes besides its bytes, as in HTTP/2 (RFC 9113 §6.5.2): many
// small ones must not take much more memory than they say.
const perVariable = 32

// complete makes a request ready: its variables are all there.
func (c *conn) complete(q *request) error {
	c.useless = 0
	q.text = string(*q.head)
	count, err := countPairs(q.text)
	if err != nil {
		return err
	}
	if len(q.text)+count*perVariable > c.server.maxHeaderBytes() {
		q.tooLong = len(*q.head)
	}
	c.headSize -= len(*q.head)
	q.dropHead()
	q.complete = true
	c.heads--
	c.count(q)
	c.timeHeads()
	if q.tooLong > 0 {
		c.mu.Lock()
		c.last = true
		c.mu.Unlock()
	}
	c.ready = append(c.ready, q)
	return nil
}

// count tells connserver of the request, whose connection is not idle then.
func (c *conn) count(q *request) {
	if !q.counted {
		q.counted = true
		c.Begin()
	}
}

// timeHeads sees to it that no request takes too long to arrive. While nothing is being answered
// connserver does; afterwards all are counted as if they were being answered, and have their time
// here.
func (c *conn) timeHeads() {
	if c.heads == 0 {
		if c.timed {
			c.timed = false
			_ = c.SetReadDeadline(time.Time{})
		}
		return
	}
	timeout := c.server.conns.HeadTimeout()
	if timeout == 0 {
		return
	}
	c.mu.Lock()
	if c.open == c.heads {
		c.mu.Unlock()
		return
	}
	var arriving []*request
	for _, q := range c.requests {
		if !q.complete {
			arriving = append(arriving, q)
		}
	}
	c.mu.Unlock()
	first := arriving[0].begun
	for _, q := range arriving {
		c.count(q)
		if q.begun.Before(first) {
			first = q.begun
		}
	}
	c.timed = true
	_ = c.SetReadDeadline(first.Add(timeout))
}
