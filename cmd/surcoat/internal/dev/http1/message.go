// Package http1 finds where the messages of an HTTP/1 connection end, in bytes that
// somebody else passes on as they are (RFC 9112 §6).
//
// It changes nothing and keeps nothing but a message's head. What it does not understand
// it refuses with [ErrUnknown], so that the connection can be passed on without it.
package http1

import (
	"bufio"
	"bytes"
	"errors"
	"net/http"
)

// ErrUnknown says that the bytes are none of HTTP/1, or not unambiguously so.
var ErrUnknown = errors.New("http1: not a message of HTTP/1")

// maxHead is the longest head that is understood, in bytes: what net/http accepts by
// default, with a little more.
const maxHead = 1<<20 + 8<<10

// Message is one request or response as it passes. It is for one goroutine.
type Message struct {
	// Request is the request, once its head has passed, or the one that is answered.
	// Its body must not be read.
	Request *http.Request

	// Response is the response, once its head has passed. Its body must not be read.
	Response *http.Response

	answer bool
	head   []byte
	state  state
	line   []byte // of the chunked coding, as far as it has come
	left   int64  // bytes of a body or chunk that are still to come
}

// state is what comes next in a message.
type state int

const (
	inHead state = iota
	inBody
	inChunkSize
	inChunk
	inChunkEnd
	inTrailer
	untilClose
	ended
)

// NewRequest returns a request of which nothing has passed.
func NewRequest() *Message { return new(Message) }

// NewResponse returns a response to r of which nothing has passed. An interim one (1xx)
// is a message of its own, which another one for r follows.
func NewResponse(r *http.Request) *Message { return &Message{Request: r, answer: true} }

// Follow takes the next bytes of the connection and returns how many of them belong to
// the message: fewer than there are only where it ends. After an error it is not called
// again.
func (m *Message) Follow(p []byte) (n int, err error) {
	for n < len(p) && m.state != ended {
		var took int
		if m.state == inHead {
			took, err = m.followHead(p[n:])
		} else {
			took, err = m.followBody(p[n:])
		}
		n += took
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// Ended reports whether the whole message has passed. One that ends with its connection
// never has: see [Message.UntilClose].
func (m *Message) Ended() bool { return m.state == ended }

// UntilClose reports whether the message lasts until its connection is closed: a response
// without length, or one that changes to another protocol.
func (m *Message) UntilClose() bool { return m.state == untilClose }

// Begun reports whether any byte has passed.
func (m *Message) Begun() bool { return len(m.head) > 0 }

// Head returns what has passed of the head, with the empty line at its end.
func (m *Message) Head() []byte { return m.head }

func (m *Message) followHead(p []byte) (n int, err error) {
	for n < len(p) {
		end := bytes.IndexByte(p[n:], '\n')
		if end < 0 {
			m.head = append(m.head, p[n:]...)
			return len(p), m.plausible()
		}
		line := bytes.LastIndexByte(m.head, '\n') + 1 // it may have begun in an earlier call
		m.head = append(m.head, p[n:n+end+1]...)
		n += end + 1
		if err := m.plausible(); err != nil {
			return n, err
		}
		if len(bytes.TrimRight(m.head[line:], "\r\n")) > 0 {
			continue
		}
		if line == 0 { // RFC 9112 §2.2: an empty line before a request is nothing
			m.head = m.head[:0]
			continue
		}
		return n, m.begin()
	}
	return n, nil
}

// plausible tells other protocols by their first bytes, as nobody may end a line in them.
func (m *Message) plausible() error {
	const longestMethod = 32
	if len(m.head) > maxHead {
		return ErrUnknown
	}
	if m.answer {
		const version = "HTTP/1."
		if n := min(len(m.head), len(version)); string(m.head[:n]) != version[:n] {
			return ErrUnknown
		}
		return nil
	}
	method, _, _ := bytes.Cut(m.head[:min(len(m.head), longestMethod+1)], []byte(" "))
	if len(method) > longestMethod || bytes.ContainsFunc(method, unprintable) {
		return ErrUnknown
	}
	return nil
}

func unprintable(c rune) bool { return c < ' ' && c != '\r' && c != '\n' || c > '~' }

// begin understands the head, as net/http does, and finds how the body is delimited (RFC
// 9112 §6.3).
func (m *Message) begin() error {
	from := bufio.NewReader(bytes.NewReader(m.head))
	if m.answer {
		resp, err := http.ReadResponse(from, m.Request)
		if err != nil {
			return ErrUnknown
		}
		m.Response = resp
		switch {
		case resp.StatusCode == http.StatusSwitchingProtocols, m.Request.Method == http.MethodConnect && resp.StatusCode/100 == 2:
			m.state = untilClose
		case resp.StatusCode/100 == 1, resp.StatusCode == http.StatusNoContent, resp.StatusCode == http.StatusNotModified, m.Request.Method == http.MethodHead:
			m.state = ended
		default:
			m.delimit(resp.TransferEncoding, resp.ContentLength)
		}
		return nil
	}
	r, err := http.ReadRequest(from)
	if err != nil || r.ProtoMajor != 1 {
		return ErrUnknown
	}
	m.Request = r
	m.delimit(r.TransferEncoding, r.ContentLength)
	return nil
}

func (m *Message) delimit(coding []string, length int64) {
	switch {
	case len(coding) > 0: // net/http refuses all but chunked alone
		m.state = inChunkSize
	case length > 0:
		m.state, m.left = inBody, length
	case length == 0:
		m.state = ended
	default:
		m.state = untilClose
	}
}
