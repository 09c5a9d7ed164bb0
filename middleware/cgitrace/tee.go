//go:build dev

package cgitrace

import (
	"bytes"
	"io"
	"sync"
)

// keepBody is how much of a request's body is kept for the report.
const keepBody = 64 << 10

// tee is a request's body that remembers how it began. It may be read by a goroutine
// other than the one that panics.
type tee struct {
	io.ReadCloser
	mu   sync.Mutex
	buf  []byte
	read int64
}

func (t *tee) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	t.mu.Lock()
	t.read += int64(n)
	t.buf = append(t.buf, p[:min(n, keepBody-len(t.buf))]...)
	t.mu.Unlock()
	return n, err
}

// kept returns what was kept and how much was read.
func (t *tee) kept() (body []byte, read int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Clone(t.buf), t.read
}
