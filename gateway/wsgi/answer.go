package wsgi

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/surcoat/surcoat/gateway/internal/relay"
	"github.com/surcoat/surcoat/internal/errpage"
)

// answer sends the answer to the client.
func (x *exchange) answer() {
	x.closeAfter()
	h := relay.Head{Status: x.head.status, Header: x.head.header, Length: x.head.length}
	if x.file != nil {
		x.sendFile(h)
		return
	}
	if x.keep() {
		defer keeps.Put(x.keeper)
	}
	relay.Answer(x.w, x.r, nil, h, x, x.torned)
	// The answer may have ended before its end was read: Content-Length, HEAD.
	for !x.over && !x.torn {
		m, err := x.next()
		switch {
		case err != nil:
			x.torned(err)
		case m.kind == isData && !relay.HasBody(x.r.Method, x.head.status) || m.kind == isData && m.length == 0:
			if _, err := x.line.in.Discard(int(m.length)); err != nil {
				x.torn = true
			}
		case m.kind == isEnd, m.kind == isAnswered:
		default:
			x.torned(x.broken(wrong("more than its Content-Length")))
		}
	}
}

// closeAfter closes an HTTP/1 connection after an answer without whose request's body the
// application could do: net/http's server would take the rest of that for a request.
func (x *exchange) closeAfter() {
	if x.more && x.r.ProtoMajor == 1 {
		x.w.Header().Set("Connection", "close")
	}
}

// torned logs why an answer broke off.
func (x *exchange) torned(err error) {
	var client *relay.Client
	if errors.As(err, &client) || x.r.Context().Err() == context.Canceled {
		return
	}
	errpage.Log(x.w, x.r, errpage.Problem{Status: http.StatusBadGateway, Err: fmt.Errorf("wsgi: %w", err)})
}

// Read reads the answer's body, with its end as soon as that is known.
func (x *exchange) Read(p []byte) (int, error) {
	if x.kept != nil {
		n := copy(p, x.kept)
		if x.kept = x.kept[n:]; len(x.kept) > 0 {
			return n, nil
		}
		return n, io.EOF
	}
	for x.left == 0 {
		if x.over {
			return 0, io.EOF
		}
		m, err := x.next()
		if err != nil {
			return 0, err
		}
		switch m.kind {
		case isEnd, isAnswered:
			return 0, io.EOF
		case isData:
			x.left = int64(m.length)
		default:
			return 0, x.broken(wrong("a message of kind %c in the answer's body", m.kind))
		}
	}
	n, err := x.line.in.Read(p[:min(int64(len(p)), x.left)])
	x.left -= int64(n)
	if err != nil {
		return n, x.broken(err)
	}
	if x.left == 0 && ended(x.line.in) {
		if _, err := x.next(); err != nil {
			return n, err
		}
		return n, io.EOF
	}
	return n, nil
}

// keep takes a short answer out of the line's buffer if all of it is there, so that the thread has
// its next request before the client has this answer.
func (x *exchange) keep() bool {
	in := x.line.in
	b, _ := in.Peek(in.Buffered())
	n := 0
	if len(b) >= 5 && b[0] == isData {
		n = 5 + int(binary.BigEndian.Uint32(b[1:]))
	}
	if len(b) != n+5 || b[n] != isEnd {
		return false
	}
	x.keeper = keeps.Get().(*[lineBuffer]byte)
	x.kept = x.keeper[:copy(x.keeper[:], b[min(n, 5):n])]
	_, _ = in.Discard(n + 5)
	x.over, x.idle = true, true
	x.release()
	return true
}

var keeps = sync.Pool{New: func() any { return new([lineBuffer]byte) }}

// ended reports whether the answer's end has come already.
func ended(r *bufio.Reader) bool {
	if r.Buffered() < 5 {
		return false
	}
	b, _ := r.Peek(1)
	return b[0] == isEnd || b[0] == isAnswered
}
