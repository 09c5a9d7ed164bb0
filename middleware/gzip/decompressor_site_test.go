package gzip_test

import (
	"bytes"
	stdgzip "compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// codedIn returns plain with codings applied, the first one first.
func codedIn(plain string, codings ...string) []byte {
	b := []byte(plain)
	for _, coding := range codings {
		var out bytes.Buffer
		var zw io.WriteCloser = stdgzip.NewWriter(&out)
		if coding == "zstd" {
			zw, _ = zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(64<<10))
		}
		_, _ = zw.Write(b)
		_ = zw.Close()
		b = out.Bytes()
	}
	return b
}

// codingBody returns plain as it is coded while it is read, with a flush after each piece.
func codingBody(plain io.ReadCloser, coding gzip.Encoding) io.ReadCloser {
	b := &codedAsRead{ReadCloser: plain}
	b.encoder, _ = coding.NewEncoder()
	b.encoder.Reset(&b.out)
	return b
}

type codedAsRead struct {
	io.ReadCloser
	encoder gzip.Encoder
	out     bytes.Buffer
	err     error
}

func (b *codedAsRead) Read(p []byte) (int, error) {
	for b.out.Len() == 0 && b.err == nil {
		piece := make([]byte, 4096)
		var n int
		n, b.err = b.ReadCloser.Read(piece)
		if _, err := b.encoder.Write(piece[:n]); err != nil {
			return 0, err
		}
		if b.err == io.EOF {
			_ = b.encoder.Close()
		} else {
			_ = b.encoder.Flush()
		}
	}
	if b.out.Len() > 0 {
		return b.out.Read(p)
	}
	return 0, b.err
}

// reading is a handler that reads the body and keeps what it got.
type reading struct {
	body string
	err  error
	r    *http.Request
	n    int // calls
}

func (h *reading) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	h.body, h.err, h.r = string(b), err, r
	h.n++
}

// posted returns a request with a body in these codings.
func posted(codings string, body []byte) *http.Request {
	r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
	r.Header.Set("Content-Encoding", codings)
	return r
}

// readBack returns what a handler reads of a body, and with which status it is answered if
// the handler says nothing.
func readBack(d *gzip.Decompressor, codings string, body []byte) (plain string, status int, err error) {
	h, rec := new(reading), httptest.NewRecorder()
	d.Wrap(h).ServeHTTP(rec, posted(codings, body))
	return h.body, rec.Code, h.err
}

// post sends a body to "/", with lines of Content-Encoding divided by |.
func (s *site) post(codings string, body io.Reader, fields ...string) answer {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "POST", s.server.URL, body)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header["Content-Encoding"] = strings.Split(codings, "|")
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		r.Header.Add(name, value)
	}
	a := answer{t: s.t}
	if a.Response, err = s.server.Client().Do(r); err != nil {
		s.t.Fatal(err)
	}
	defer a.Body.Close()
	a.raw, a.rawErr = io.ReadAll(a.Body)
	return a
}

func tooLarge(err error) bool {
	_, ok := errors.AsType[*http.MaxBytesError](err)
	return ok
}

// watchedDecoding is a Decoding whose decoders tell what is done to them.
type watchedDecoding struct {
	gzip.Decoding
	mu    sync.Mutex
	calls map[*watchedDecoder][]string
	read  func() // before each Read
}

type watchedDecoder struct {
	gzip.Decoder
	w *watchedDecoding
}

func (w *watchedDecoding) NewDecoder() (gzip.Decoder, error) {
	d, err := w.Decoding.NewDecoder()
	return &watchedDecoder{d, w}, err
}

func (d *watchedDecoder) note(call string) {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	if d.w.calls == nil {
		d.w.calls = make(map[*watchedDecoder][]string)
	}
	if all := d.w.calls[d]; len(all) == 0 || all[len(all)-1] != "Read" || call != "Read" {
		d.w.calls[d] = append(all, call)
	}
}

func (d *watchedDecoder) Read(p []byte) (int, error) {
	d.note("Read")
	if d.w.read != nil {
		d.w.read()
	}
	return d.Decoder.Read(p)
}

func (d *watchedDecoder) Reset(r io.Reader) error {
	if r == nil {
		d.note("let go")
	} else {
		d.note("Reset")
	}
	return d.Decoder.Reset(r)
}

// history returns what was done to the decoders that were used, each on a line.
func (w *watchedDecoding) history() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var lines []string
	for _, calls := range w.calls {
		lines = append(lines, strings.Join(calls, " "))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
