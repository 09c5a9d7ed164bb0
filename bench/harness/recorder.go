package harness

import (
	"bufio"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
)

// Recorder is an http.ResponseWriter that can be used again and again and allocates
// nothing itself once its buffers have grown, so that what is counted is the layers'.
// It offers what the writer of net/http's server offers on HTTP/1.1, since layers
// choose their ways by that.
type Recorder struct {
	header http.Header
	status int
	body   []byte

	// sent is a copy of the header as it was when it left; filled while checking, not while measuring.
	sent http.Header
	keep bool
}

// NewRecorder returns a Recorder for a first response.
func NewRecorder() *Recorder {
	// The map is a small one, as the server's are: clearing and filling a large one costs
	// several times as much, and would count against whoever sets a field.
	return &Recorder{header: make(http.Header), body: make([]byte, 0, 512<<10)}
}

// reset makes the recorder ready for the next response.
func (rec *Recorder) reset() {
	clear(rec.header)
	rec.status, rec.body, rec.sent = 0, rec.body[:0], nil
}

// Header implements [http.ResponseWriter].
func (rec *Recorder) Header() http.Header { return rec.header }

// WriteHeader implements [http.ResponseWriter]. Of 1xx it takes no notice, 101 excepted.
func (rec *Recorder) WriteHeader(status int) {
	if rec.status != 0 || status < 200 && status != http.StatusSwitchingProtocols {
		return
	}
	rec.status = status
	if rec.keep {
		rec.sent = maps.Clone(rec.header)
		for name, values := range rec.sent {
			rec.sent[name] = slices.Clone(values)
		}
	}
}

// Write implements [http.ResponseWriter].
func (rec *Recorder) Write(p []byte) (int, error) {
	rec.WriteHeader(http.StatusOK)
	rec.body = append(rec.body, p...)
	return len(p), nil
}

// WriteString implements [io.StringWriter].
func (rec *Recorder) WriteString(s string) (int, error) {
	rec.WriteHeader(http.StatusOK)
	rec.body = append(rec.body, s...)
	return len(s), nil
}

// ReadFrom implements [io.ReaderFrom].
func (rec *Recorder) ReadFrom(src io.Reader) (n int64, err error) {
	rec.WriteHeader(http.StatusOK)
	for {
		rec.body = slices.Grow(rec.body, 512)
		m, err := src.Read(rec.body[len(rec.body):cap(rec.body)])
		rec.body = rec.body[:len(rec.body)+m]
		n += int64(m)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// Flush implements [http.Flusher].
func (rec *Recorder) Flush() { rec.WriteHeader(http.StatusOK) }

// FlushError is what [http.ResponseController] looks for.
func (rec *Recorder) FlushError() error {
	rec.Flush()
	return nil
}

// Hijack implements [http.Hijacker]; there is no connection to take over.
func (rec *Recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, http.ErrNotSupported
}

// finish does what the server does when the handler has returned.
func (rec *Recorder) finish() { rec.WriteHeader(http.StatusOK) }
