package relay

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/surcoat/surcoat/internal/fieldlist"
)

// Upload is a request's body on its way to the application, beside its answer.
type Upload struct {
	w    http.ResponseWriter
	r    *http.Request
	done chan struct{} // nil: there is no body
	read chan struct{} // closed when the first of it has been read
	err  error         // once done is closed

	mu      sync.Mutex
	stopped bool
}

// Send copies r's body to the application in a goroutine. end is called behind the body, with nil
// where it was whole, else with what was wrong with it: the application must not take that for all
// of it. Both write and end must return once the connection is closed.
//
// The handler must call [Upload.Stop] before it returns.
func Send(w http.ResponseWriter, r *http.Request, to io.Writer, end func(error) error) *Upload {
	u := &Upload{w: w, r: r}
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		u.err = end(nil)
		return u
	}
	// Without it HTTP/1.1's server reads the rest of the body before the answer begins.
	_ = http.NewResponseController(w).EnableFullDuplex()
	u.done, u.read = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(u.done)
		u.err = u.run(to, end)
	}()
	return u
}

func (u *Upload) run(to io.Writer, end func(error) error) error {
	buf := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buf)
	first := sync.OnceFunc(func() { close(u.read) })
	for left := u.r.ContentLength; ; { // below zero where it is not known
		n, err := u.r.Body.Read(buf[:])
		first()
		if n > 0 {
			left -= int64(n)
			if _, err := to.Write(buf[:n]); err != nil {
				return err
			}
		}
		switch {
		case left == 0:
			return end(nil)
		case err == io.EOF && left < 0:
			return end(nil)
		case err != nil:
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			u.mu.Lock()
			stopped := u.stopped
			u.mu.Unlock()
			if stopped {
				return nil
			}
			return errors.Join(&Client{err}, end(err))
		}
	}
}

// Stop returns when the body is not read any more, and says what had gone wrong with it: a
// [*Client] for what the client did. It is no error that the application has answered without
// reading all of it. The connection to the application has to be closed before, or the whole body
// written.
func (u *Upload) Stop() error {
	if u.done == nil || u.Whole() {
		return u.err
	}
	u.mu.Lock()
	u.stopped = true
	u.mu.Unlock()
	u.closeAfter()
	// A read that waits for the client ends so.
	if http.NewResponseController(u.w).SetReadDeadline(time.Unix(1, 0)) != nil {
		return nil // nothing here can end it; what is read goes to a closed connection
	}
	<-u.done
	return u.err
}

// asked returns when a client that expects to be asked for the body (RFC 9110 §10.1.1) has been.
// Once the head of the answer has left it could not be any more, would not send it, and the
// application might wait for it.
func (u *Upload) asked() {
	if u == nil || u.done == nil || !fieldlist.Has(u.r.Header["Expect"], "100-continue") {
		return
	}
	patience := time.NewTimer(time.Second)
	defer patience.Stop()
	select {
	case <-u.read:
	case <-patience.C: // it was asked long ago
	}
}

// closeAfter closes the client's connection after the answer, unless its header has left. Else
// net/http's server would take the rest of a body that it did not see the end of for a request.
func (u *Upload) closeAfter() {
	if u != nil && !u.Whole() {
		u.w.Header().Set("Connection", "close")
	}
}

// Whole reports whether all of the body was sent; not before it is known.
func (u *Upload) Whole() bool {
	if u.done == nil {
		return u.err == nil
	}
	select {
	case <-u.done:
		return u.err == nil
	default:
		return false
	}
}
