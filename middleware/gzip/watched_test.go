package gzip_test

import (
	"io"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// watched is an Encoding whose encoders tell what is done to them.
type watched struct {
	gzip.Encoding
	mu       sync.Mutex
	encoders []*watchedEncoder
	fail     func(call string) error
}

type watchedEncoder struct {
	gzip.Encoder
	w    *watched
	last string // the last call: "Write", "Flush", "Close", "Reset", "Reset(nil)"
	all  []string
}

func (w *watched) NewEncoder() (gzip.Encoder, error) {
	e, err := w.Encoding.NewEncoder()
	w.mu.Lock()
	defer w.mu.Unlock()
	we := &watchedEncoder{Encoder: e, w: w}
	w.encoders = append(w.encoders, we)
	return we, err
}

func (e *watchedEncoder) note(call string) error {
	e.w.mu.Lock()
	e.last = call
	e.all = append(e.all, call)
	e.w.mu.Unlock()
	if e.w.fail != nil {
		return e.w.fail(call)
	}
	return nil
}

func (e *watchedEncoder) Write(p []byte) (int, error) {
	if err := e.note("Write"); err != nil {
		return 0, err
	}
	return e.Encoder.Write(p)
}

func (e *watchedEncoder) Flush() error {
	if err := e.note("Flush"); err != nil {
		return err
	}
	return e.Encoder.Flush()
}

func (e *watchedEncoder) Close() error {
	if err := e.note("Close"); err != nil {
		return err
	}
	return e.Encoder.Close()
}

func (e *watchedEncoder) Reset(w io.Writer) {
	call := "Reset"
	if w == nil {
		call = "Reset(nil)"
	}
	_ = e.note(call)
	e.Encoder.Reset(w)
}

// settled fails unless every encoder that was used has been let go of, and returns how
// many were. No handler may be running.
func (w *watched) settled(t *testing.T) (used int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.encoders {
		if e.last == "" { // made by Wrap, to see that it can be
			continue
		}
		used++
		if e.last != "Reset(nil)" {
			t.Errorf("an encoder was left behind after %q", e.all)
		}
	}
	return used
}

// finalized reports whether a body was ended.
func (w *watched) finalized() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.encoders {
		for _, call := range e.all {
			if call == "Close" {
				return true
			}
		}
	}
	return false
}

func (w *watched) compressor() *gzip.Compressor {
	return &gzip.Compressor{Encodings: []gzip.Encoding{w}}
}
