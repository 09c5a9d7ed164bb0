package gzip

import (
	"fmt"
	"net/http"

	"github.com/surcoat/surcoat/internal/errpage"
)

// finish sends what has not been sent when the handler has returned.
func (r *response) finish() {
	if r.busy > 0 {
		// Another goroutine is still writing, so the body is not whole.
		panic(http.ErrAbortHandler)
	}
	if r.stage == open {
		_ = r.Writer.Commit(http.StatusOK)
		if r.stage == encoding {
			// The handler said nothing, so there is no body. If the header declares one, an
			// answer was sent past this layer (cgitrace.Show), or the server has to complain.
			r.stage = passing
		}
	}
	if r.stage == holding {
		r.decide(nil, true)
	}
	switch r.stage {
	case discarding:
		if !r.sent {
			r.sendHeader()
		}
	case copying, encoding:
		r.complete()
	}
}

// complete ends an encoded body, unless it is not whole.
func (r *response) complete() {
	if n := r.said.length; r.failure == nil && n >= 0 && r.taken != n {
		// In the plain the client would have noticed. A coded body that is cut short
		// must not decode as if it were whole.
		panic(http.ErrAbortHandler)
	}
	if r.stage == copying && r.copy.finish(r) {
		return
	}
	err := r.call(Encoder.Close)
	if err == nil {
		err = r.release()
	}
	if err == nil {
		r.keepVersion()
	}
	switch {
	case r.broken != nil: // nobody is there any more
	case err != nil:
		r.fail(err)
	}
}

// fail answers for an encoder that has gone wrong: with an error page if nothing has left,
// else by breaking the connection off.
func (r *response) fail(err error) {
	p := errpage.Problem{
		Status: http.StatusInternalServerError,
		Err:    fmt.Errorf("gzip: the encoder for %s failed: %w", r.coding.name, err),
	}
	if r.sent {
		errpage.Log(r.Unwrap(), r.request, p)
		panic(http.ErrAbortHandler)
	}
	r.stage = passing
	errpage.Write(r.Unwrap(), r.request, p)
}
