package upstream

import (
	"bufio"
	"io"
	"net/http"

	"github.com/surcoat/surcoat/gateway/internal/cgianswer"
	"github.com/surcoat/surcoat/gateway/internal/pool"
)

// Exchange is a request and its answer on one connection, in a protocol. A Request is used by one
// goroutine beside an Answer that is used by another; both end with an error when the connection is
// closed.
type Exchange interface {
	Request
	Answer
}

// Request is written.
type Request interface {
	// Begin writes the head of the request; if body is false it is all of it.
	Begin(body bool) error
	// Write writes of the body what p has.
	io.Writer
	// End ends a body that was whole.
	End() error
}

// Answer is read.
type Answer interface {
	// Head reads the next head: that of the answer, or of an interim one before it.
	Head() (*cgianswer.Head, error)
	// Read reads the body of the answer. It ends with io.EOF where the protocol says that the
	// answer is whole, and with another error where it does not.
	io.Reader
	// Over says what there is to do with the connection behind an answer of which nobody wants to
	// know more. wait: it may wait for the rest, as long as the connection lets it, and read a
	// little of it.
	Over(wait bool) State
}

// Aborter is a protocol that can tell an application that nobody waits for its answer any more.
// Abort is called beside all other methods; the connection is closed after it.
type Aborter interface{ Abort() }

// Prober is a protocol that can ask an application whether it is there, before anything of the
// request is sent. A request whose Probe fails is sent over another connection.
type Prober interface{ Probe() error }

// State is that of a connection behind an answer.
type State int

// States.
const (
	Spent      State = iota // it carries nothing any more
	Unfinished              // the end of the answer has not come yet
	Reusable                // the next request can begin
)

// Open begins an exchange for a request.
type Open func(*Link) Exchange

// Link is a connection with what is kept for it between requests.
type Link struct {
	*pool.Conn
	// Reader reads from it.
	Reader *bufio.Reader
	// Requests is how many it has carried, with this one.
	Requests int

	heard bool // a byte has come since the request began
}

const readBuffer = 16 << 10

// link returns the Link of c for another request.
func link(c *pool.Conn) *Link {
	l, ok := c.State.(*Link)
	if !ok {
		l = &Link{}
		l.Reader = bufio.NewReaderSize(source{l}, readBuffer)
		c.State = l
	}
	l.Conn, l.heard = c, false
	l.Requests++
	return l
}

// source notices whether anything comes.
type source struct{ l *Link }

func (s source) Read(p []byte) (int, error) {
	n, err := s.l.Conn.Read(p)
	if n > 0 {
		s.l.heard = true
	}
	return n, err
}

// Refusal is the error of a Head where the application has said that it does not take the request
// now, and has done nothing for it.
type Refusal struct{ Reason string }

// Error implements error.
func (r *Refusal) Error() string { return r.Reason }

// idempotent: RFC 9110 §9.2.2.
func idempotent(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// hasBody reports whether r has a body to be sent.
func hasBody(r *http.Request) bool {
	return r.Body != nil && r.Body != http.NoBody && r.ContentLength != 0
}
