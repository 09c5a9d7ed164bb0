package gzip

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// body is what the handler reads. It belongs to one request and is never used again; its
// decoders are, by others. They go back once, and not while a Read goes on: handlers close
// bodies twice (open-telemetry/opentelemetry-collector#13954), replace them without closing
// them (labstack/echo#2018), and leave goroutines behind that read.
type body struct {
	coded   io.ReadCloser // the request's own
	applied []*decoders
	forms   [maxCodings + 1]form // as it came; then with one coding after the other undone

	reading sync.Mutex // for as long as a Read takes
	opened  bool       // the decoders have been taken from their pools
	busy    bool       // a decoder is at work; for good, if it panicked
	closed  atomic.Bool
	failure atomic.Pointer[bodyError] // nil as long as the body is not to blame
}

// newBody returns what is left of coded when the codings that were applied to it, one or
// two, are undone.
func newBody(coded io.ReadCloser, rs *bodyRules, applied []*decoders) *body {
	b := &body{coded: coded, applied: applied}
	sent := &b.forms[0]
	*sent = form{r: coded, limits: limits{max: rs.maxCoded()}}
	for i := range applied {
		b.forms[i+1] = form{from: &b.forms[i], limits: limits{max: rs.maxCoded(), ratio: rs.maxRatio, wire: sent}}
	}
	b.plain().max = rs.maxBytes
	return b
}

// plain is the form that the handler gets.
func (b *body) plain() *form { return &b.forms[len(b.applied)] }

var errBroken = errors.New("gzip: request body: a decoder has panicked")

// Read reads from the decoded body.
func (b *body) Read(p []byte) (n int, err error) {
	b.reading.Lock()
	defer b.reading.Unlock()
	switch {
	case b.closed.Load():
		// Also what is still in the decoder's buffers (golang/go#56020).
		return 0, http.ErrBodyReadAfterClose
	case b.busy:
		return 0, errBroken
	case len(p) == 0:
		return 0, nil
	}
	b.busy = true
	if !b.opened {
		b.opened = true
		b.open()
	}
	n, err = b.plain().Read(p)
	b.busy = false
	if err != nil {
		if f, ok := errors.AsType[*bodyError](err); ok {
			b.failure.Store(f)
		}
	}
	if err != nil || b.closed.Load() {
		b.release() // a handler can go on for long after it has read
	}
	return n, err
}

// open takes decoders from their pools. Not before: most of the memory is in them.
func (b *body) open() {
	for i := range b.applied {
		// The coding that was applied last is undone first.
		b.forms[i+1].open(b.applied[len(b.applied)-1-i])
	}
}

// release gives the decoders back. Nobody may be reading.
func (b *body) release() {
	for i := range b.applied {
		b.forms[i+1].release()
	}
}

// Close closes the request's own body, which ends a Read that is waiting on HTTP/2.
func (b *body) Close() error {
	if b.closed.Swap(true) {
		return nil
	}
	err := b.coded.Close()
	b.end()
	return err
}

// end cuts the handler off. The server closes the request's own body.
func (b *body) end() {
	b.closed.Store(true)
	// A goroutine that is in Read gives the decoders back itself, or leaves them to the
	// garbage collector.
	if b.reading.TryLock() {
		if !b.busy {
			b.release()
		}
		b.reading.Unlock()
	}
}
