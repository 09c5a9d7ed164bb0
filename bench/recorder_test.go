package bench_test

import (
	"bufio"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
)

// recorder is an http.ResponseWriter that can be used again and again and allocates
// nothing itself once its buffers have grown, so that what is counted is the layers'.
// It offers what the writer of net/http's server offers on HTTP/1.1, since layers
// choose their ways by that.
type recorder struct {
	header http.Header
	status int
	body   []byte

	// sent is a copy of the header as it was when it left; filled while checking, not while measuring.
	sent http.Header
	keep bool
}

func newRecorder() *recorder {
	// The map is a small one, as the server's are: clearing and filling a large one costs
	// several times as much, and would count against whoever sets a field.
	return &recorder{header: make(http.Header), body: make([]byte, 0, 512<<10)}
}

// reset makes the recorder ready for the next response.
func (rec *recorder) reset() {
	clear(rec.header)
	rec.status, rec.body, rec.sent = 0, rec.body[:0], nil
}

func (rec *recorder) Header() http.Header { return rec.header }

func (rec *recorder) WriteHeader(status int) {
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

func (rec *recorder) Write(p []byte) (int, error) {
	rec.WriteHeader(http.StatusOK)
	rec.body = append(rec.body, p...)
	return len(p), nil
}

func (rec *recorder) WriteString(s string) (int, error) {
	rec.WriteHeader(http.StatusOK)
	rec.body = append(rec.body, s...)
	return len(s), nil
}

func (rec *recorder) ReadFrom(src io.Reader) (n int64, err error) {
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

func (rec *recorder) Flush() { rec.WriteHeader(http.StatusOK) }

func (rec *recorder) FlushError() error {
	rec.Flush()
	return nil
}

func (rec *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, http.ErrNotSupported
}

// finish does what the server does when the handler has returned.
func (rec *recorder) finish() { rec.WriteHeader(http.StatusOK) }
