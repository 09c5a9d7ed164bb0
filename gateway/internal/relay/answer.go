package relay

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/surcoat/surcoat/internal/respond"
)

// Head is the head of an answer.
type Head struct {
	Status int         // 200 to 999
	Header http.Header // without fields about the connection to the application
	Length int64       // the body's, -1 where it is not known
}

// Answer hands an answer on to the client. The header of w is added to, but for fields of the same
// name, which the application's replace; Set-Cookie and Vary of both stay. Where nobody has said the
// Content-Type, there is none: net/http's guess could make a page of what somebody has uploaded.
//
// body ends with io.EOF where the answer is whole, and only there: for any other error, for a body
// shorter than head.Length and for one that could not be written, Answer ends this request with
// panic(http.ErrAbortHandler), so that the client sees a torn answer and the layers around drop
// what they hold. before is called first then. What is behind head.Length is not read.
//
// What body gives waits for more for 2 ms at most before it is flushed. up is the request's body,
// which may still be on its way.
func Answer(w http.ResponseWriter, r *http.Request, up *Upload, head Head, body io.Reader, before func(error)) {
	Copy(w.Header(), head.Header)
	if _, said := w.Header()["Content-Type"]; !said {
		w.Header()["Content-Type"] = nil
	}
	up.asked()
	up.closeAfter()
	w.WriteHeader(head.Status)
	if !HasBody(r.Method, head.Status) {
		return
	}
	if err := stream(w, head.Length, body); err != nil {
		before(err)
		panic(http.ErrAbortHandler)
	}
}

// Copy puts the fields of an application's header into that of the answer.
func Copy(to, from http.Header) {
	for name, values := range from {
		if name == "Set-Cookie" || name == "Vary" {
			to[name] = append(to[name], values...)
			continue
		}
		to[name] = values
	}
}

// HasBody reports whether an answer can have a body (RFC 9110 §6.4.1).
func HasBody(method string, status int) bool {
	return method != http.MethodHead && respond.BodyAllowed(status)
}

var errShort = errors.New("the answer is shorter than its Content-Length")

// Client is an error of reading from the client or writing to it, which is nobody's fault but the client's.
type Client struct{ Err error }

// Error implements error.
func (c *Client) Error() string { return "the client: " + c.Err.Error() }

// Unwrap returns Err.
func (c *Client) Unwrap() error { return c.Err }

var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

func stream(w http.ResponseWriter, length int64, body io.Reader) error {
	buf := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buf)
	out := &writer{w: w}
	defer out.stop()
	for left := length; left != 0; {
		p := buf[:]
		if left > 0 && left < int64(len(p)) {
			p = p[:left]
		}
		n, err := body.Read(p)
		left -= int64(n)
		if n > 0 {
			if err := out.write(p[:n], left != 0 && err == nil); err != nil {
				return &Client{err}
			}
		}
		switch {
		case left == 0, err == io.EOF && left < 0:
			return nil
		case err == io.EOF:
			return errShort
		case err != nil:
			return fmt.Errorf("the answer broke off: %w", err)
		}
	}
	return nil
}
