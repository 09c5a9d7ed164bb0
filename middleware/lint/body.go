package lint

import (
	"io"
	"net/http"
	"sync/atomic"
)

// body watches a request's body, which ends with the handler.
type body struct {
	io.ReadCloser
	response *response
	closed   atomic.Bool
}

// Read passes on until the handler has returned. Whoever closed the body before knows
// that there is nothing more: ReverseProxy's transport may still be reading.
func (b *body) Read(p []byte) (int, error) {
	if !b.response.over.Load() {
		return b.ReadCloser.Read(p)
	}
	if !b.closed.Load() {
		b.response.fault(BodyAfter, here(), "the request's body is read after the handler returned: the server has closed it")
	}
	return 0, http.ErrBodyReadAfterClose
}

func (b *body) Close() error {
	b.closed.Store(true)
	if b.response.over.Load() {
		return nil
	}
	return b.ReadCloser.Close()
}
