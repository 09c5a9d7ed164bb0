package gzip

import (
	"fmt"
	"net/http"
	"sync"

	"github.com/surcoat/surcoat/internal/errpage"
)

// coding is an [Encoding] in use, with the encoders that have nothing to do.
type coding struct {
	encoding Encoding
	name     string
	suffix   string // of entity tags
	idle     sync.Pool
}

func (c *coding) get(out output) (Encoder, error) {
	e, ok := c.idle.Get().(Encoder)
	if !ok {
		var err error
		if e, err = c.encoding.NewEncoder(); err != nil {
			return nil, err
		}
	}
	e.Reset(out)
	return e, nil
}

func (c *coding) put(e Encoder) {
	e.Reset(nil) // an idle encoder must not hold on to a request
	c.idle.Put(e)
}

// call runs f on r's encoder, taking one from the pool for the first call.
func (r *response) call(f func(Encoder) error) error {
	if r.failure != nil {
		return r.failure
	}
	if r.encoder == nil {
		if r.encoder, r.failure = r.coding.get(output{r}); r.failure != nil {
			r.encoder = nil
			return r.failure
		}
	}
	r.busy++ // stays so when f panics: see end
	r.failure = f(r.encoder)
	r.busy--
	return r.failure
}

// encode writes p to the encoder.
func (r *response) encode(p []byte) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	err = r.call(func(e Encoder) (err error) {
		n, err = e.Write(p)
		return err
	})
	r.dirty = true
	return n, err
}

// flushEncoder makes everything that the encoder has taken reach the base. An encoder
// with nothing new is left alone: its flush would only add bytes.
func (r *response) flushEncoder() error {
	if r.dirty {
		if err := r.call(Encoder.Flush); err != nil {
			return err
		}
		r.dirty = false
	}
	return r.release()
}

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
	case encoding:
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
	err := r.call(Encoder.Close)
	if err == nil {
		err = r.release()
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

// output is where an encoder writes. It holds the first bytes back, and with them the
// header, for as long as the server would: until then a panic can still become a
// clean error page.
type output struct{ r *response }

// maxEarly is the size of the server's own buffer.
const maxEarly = 2048

func (o output) Write(p []byte) (int, error) {
	r := o.r
	if r.broken != nil {
		return 0, r.broken
	}
	if !r.sent {
		if len(r.early)+len(p) <= maxEarly {
			r.early = append(r.early, p...)
			return len(p), nil
		}
		if err := r.release(); err != nil {
			return 0, err
		}
	}
	n, err := r.Unwrap().Write(p)
	r.broken = err
	return n, err
}

// release sends the header and what the encoder wrote so far, once.
func (r *response) release() error {
	if r.broken != nil || r.sent {
		return r.broken
	}
	r.sendHeader()
	if len(r.early) > 0 {
		_, r.broken = r.Unwrap().Write(r.early)
		r.early = r.early[:0]
	}
	return r.broken
}
