package wsgi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/relay"
)

const (
	// preRead is how much of a body is taken in before a worker is: one that is short does not
	// keep a worker waiting for a slow client.
	preRead = 64 << 10
	// maxPiece is how much of a body a worker gets at once.
	maxPiece = 64 << 10
	// maxAttempts is at how many workers a request that is not read is tried.
	maxAttempts = 8
	// retryBusy is when a client should come back that found everything taken.
	retryBusy = 5 * time.Second
)

// exchange is one request on its way through.
type exchange struct {
	s *supervisor
	w http.ResponseWriter
	r *http.Request
	request
	line *line
	read int64       // of the request's body
	head *head       // nil: it has not come yet
	left int64       // of the data that is under way
	over bool        // all of the answer has come
	idle bool        // the thread waits for its next request
	quit func() bool // stops waiting for the client to go
	torn bool        // the line is of no use any more
	fed  bool        // more of the body was sent than the beginning
	free bool        // the line was given back
	file *os.File    // what is to be sent
	size int64       // of it
	kept []byte      // all of the answer's body that is left, where it came at once

	keeper *[lineBuffer]byte // has kept
}

// run answers the request, or returns why that could not be begun.
func (x *exchange) run() (err error) {
	if x.vars, err = x.s.App.vars(x.r); err != nil {
		return err
	}
	x.https = x.vars.Get("HTTPS") != ""
	if err := x.begin(); err != nil {
		return err
	}
	buf := encodings.Get().(*[]byte)
	encoded := x.encode((*buf)[:0])
	defer func() {
		if cap(encoded) <= 2*preRead {
			*buf = encoded
		}
		encodings.Put(buf)
	}()
	for range maxAttempts {
		if err = x.try(encoded); err == nil {
			defer x.release()
			x.answer()
			return nil
		}
		if x.line == nil {
			return err
		}
		x.release()
		if !x.unread(err) {
			return err
		}
		x.line = nil
	}
	return err
}

// encodings have the memory of requests as they are sent.
var encodings = sync.Pool{New: func() any { b := make([]byte, 0, 2<<10); return &b }}

// try sends the request to a thread and reads the answer's head.
func (x *exchange) try(encoded []byte) error {
	ctx := x.r.Context()
	o := x.s.queue.take(ctx, encoded)
	if o.line == nil {
		return o.err
	}
	if !o.sent && ctx.Err() != nil {
		x.s.giveBack(o.line)
		return ctx.Err()
	}
	x.line = o.line
	x.torn, x.over, x.idle, x.free = false, false, false, false
	x.watch()
	if !o.sent {
		o.err = x.line.send(encoded)
	}
	if o.err != nil {
		return x.broken(o.err)
	}
	x.wait(true)
	return x.begun()
}

// unread reports whether the worker has ended before it has read the request: then any request
// may go to another. The kernel says so: a socket that was closed before the request was written,
// or with something in it that was not read.
func (x *exchange) unread(err error) bool {
	return !x.fed && (errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET))
}

// begin takes in a short body.
func (x *exchange) begin() error {
	length := x.r.ContentLength
	switch {
	case length <= 0 || x.r.Body == nil:
		return nil
	case length > preRead || x.r.Header.Get("Expect") != "": // that the application may refuse
		x.more = true
		// Without it HTTP/1.1's server reads the rest of the body before the answer begins.
		_ = http.NewResponseController(x.w).EnableFullDuplex()
		return nil
	}
	x.body = make([]byte, length)
	if _, err := io.ReadFull(x.r.Body, x.body); err != nil {
		return &relay.Client{Err: unexpected(err)}
	}
	x.read = length
	return nil
}

// watch ends what the line is waited for when the client goes, or when the time is over, and what
// the client is waited for.
func (x *exchange) watch() {
	l, w, more := x.line, x.w, x.more
	x.quit = context.AfterFunc(x.r.Context(), func() {
		_ = l.conn.SetDeadline(time.Unix(1, 0))
		if more {
			_ = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0))
		}
	})
}

// begun reads the answer's head.
func (x *exchange) begun() error {
	for x.head == nil {
		m, err := x.next()
		if err != nil {
			return err
		}
		if m.kind != isHead && m.kind != isFileHead {
			return x.broken(wrong("a message of kind %c before the head", m.kind))
		}
		err = m.take(x.line.in, func(b []byte) error {
			h, err := decodeHead(b)
			x.head = &h
			return err
		})
		if err != nil {
			x.head = nil
			return x.broken(err)
		}
		if m.kind == isFileHead {
			if err := x.receiveFile(); err != nil {
				x.head = nil
				return x.broken(err)
			}
		}
	}
	x.wait(false)
	return nil
}

// wait sets, or ends, the time in which the worker has to say something.
func (x *exchange) wait(on bool) {
	at := time.Time{}
	if on && x.s.answer > 0 {
		at = time.Now().Add(x.s.answer)
	}
	_ = x.line.conn.SetDeadline(at)
	if x.r.Context().Err() != nil {
		_ = x.line.conn.SetDeadline(time.Unix(1, 0))
	}
}

// next reads messages up to one that is part of the answer, and serves the others.
func (x *exchange) next() (message, error) {
	for {
		m, err := next(x.line.in)
		if err != nil {
			return m, x.broken(err)
		}
		switch m.kind {
		case isWanted:
			if err := x.feed(); err != nil {
				return m, err
			}
			if x.head == nil {
				x.wait(true)
			}
		case isRaised:
			var text string
			if err := m.take(x.line.in, func(b []byte) error { text = string(b); return nil }); err != nil {
				return m, x.broken(err)
			}
			x.over, x.idle = true, true
			return m, &Exception{Traceback: text}
		case isIdle:
			return m, x.broken(wrong("idle in the midst of an answer"))
		case isEnd, isAnswered:
			x.over, x.idle = true, m.kind == isEnd
			return m, nil
		default:
			return m, nil
		}
	}
}

// feed sends the next piece of the request's body.
func (x *exchange) feed() error {
	if !x.more {
		return x.broken(wrong("more of a body is wanted than there is"))
	}
	buf := pieces.Get().(*[maxPiece]byte)
	defer pieces.Put(buf)
	n, err := x.r.Body.Read(buf[:min(maxPiece, x.r.ContentLength-x.read)])
	x.read += int64(n)
	if x.read == x.r.ContentLength {
		x.more = false
	} else if err != nil {
		x.torn = true
		return &relay.Client{Err: unexpected(err)}
	}
	x.fed = true
	if err := x.line.piece(buf[:n], !x.more); err != nil {
		return x.broken(err)
	}
	return nil
}

var pieces = sync.Pool{New: func() any { return new([maxPiece]byte) }}

// broken is what becomes of an error of the line.
func (x *exchange) broken(err error) error {
	x.torn = true
	return x.because(err)
}

// because says why the line failed where something else is behind it.
func (x *exchange) because(err error) error {
	switch cause := x.r.Context().Err(); {
	case cause == context.Canceled:
		return &relay.Client{Err: cause}
	case cause != nil && x.head != nil: // it may be the client that is slow; a worker that hangs does not come back
		return cause
	case cause != nil:
		x.s.hang(x.line.worker, "a request took longer than Timeout, "+x.s.App.Timeout.String())
		return cause
	case errors.Is(err, os.ErrDeadlineExceeded):
		x.s.hang(x.line.worker, "no answer within AnswerTimeout, "+x.s.answer.String())
		return fmt.Errorf("no answer within %s: %w", x.s.answer, err)
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		return errors.New("the worker ended in the midst of the request")
	}
	var bad *protocolError
	if errors.As(err, &bad) {
		x.s.hang(x.line.worker, bad.Error())
	}
	return err
}

// release gives the thread back, when it is free.
func (x *exchange) release() {
	if x.free {
		return
	}
	x.free = true
	if !x.quit() { // the deadline may come at any moment
		x.torn = true
	}
	l := x.line
	switch {
	case x.torn || !x.over:
		x.s.lose(l)
	case x.idle && l.in.Buffered() > 0:
		x.s.hang(l.worker, "it says more than an answer")
		x.s.lose(l)
	case x.idle:
		x.s.free(l)
	default:
		x.s.finish(l)
	}
}
