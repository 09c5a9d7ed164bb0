package gzip_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// closing counts how often a body is closed.
type closing struct {
	io.Reader
	closed int
}

func (c *closing) Close() error { c.closed++; return nil }

// A decoder goes back once, whatever the handler does: opentelemetry-collector#13954, echo#2018.
func TestDecompressor_decodersGoBackOnce(t *testing.T) {
	const once = "Reset Read let go"
	some := func(r *http.Request) { _, _ = io.ReadFull(r.Body, make([]byte, 10)) }
	all := func(r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }
	shut := func(r *http.Request) { _ = r.Body.Close() }
	for _, c := range []struct {
		name    string
		handler func(r *http.Request)
		history string
		closed  int
	}{
		{"does not read", func(*http.Request) {}, "", 0},
		{"closes without reading", shut, "", 1},
		{"reads nothing", func(r *http.Request) { _, _ = r.Body.Read(nil) }, "", 0},
		{"reads some", some, once, 0},
		{"reads all", all, once, 0},
		{"reads on", func(r *http.Request) { all(r); some(r); all(r) }, once, 0},
		{"closes", func(r *http.Request) { all(r); shut(r) }, once, 1},
		{"closes twice", func(r *http.Request) { some(r); shut(r); shut(r) }, once, 1},
		{"reads after closing", func(r *http.Request) { some(r); shut(r); all(r) }, once, 1},
		{"takes another body", func(r *http.Request) { some(r); r.Body = http.NoBody }, once, 0},
		{"panics", func(r *http.Request) { some(r); panic("the handler") }, once, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &watchedDecoding{Decoding: gzip.Gzip{}}
			h := (&gzip.Decompressor{Decodings: []gzip.Decoding{w}}).Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { c.handler(r) }))
			r := posted("gzip", codedIn(prose, "gzip"))
			own := &closing{Reader: r.Body}
			r.Body = own
			func() {
				defer func() { _ = recover() }()
				h.ServeHTTP(httptest.NewRecorder(), r)
			}()
			if got := w.history(); got != c.history || own.closed != c.closed {
				t.Errorf("the decoder: %q; the request's body was closed %d times", got, own.closed)
			}
		})
	}
}

// While the handler goes on for long after the end of the body, its decoder serves others.
func TestDecompressor_decoderGoesBackAtTheEnd(t *testing.T) {
	w := &watchedDecoding{Decoding: gzip.Gzip{}}
	(&gzip.Decompressor{Decodings: []gzip.Decoding{w}}).Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if got := w.history(); got != "Reset Read let go" {
			t.Errorf("at the end of the body: %q", got)
		}
	})).ServeHTTP(httptest.NewRecorder(), posted("gzip", codedIn(prose, "gzip")))
}

// A closed body gives no more bytes, not even those that have been decoded: golang/go#56020.
func TestDecompressor_readAfterClose(t *testing.T) {
	var body io.ReadCloser
	h := (&gzip.Decompressor{}).Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body = r.Body
		_, _ = io.ReadFull(r.Body, make([]byte, 10))
		if r.URL.Path == "/close" {
			if err := r.Body.Close(); err != nil {
				t.Error(err)
			}
			if n, err := r.Body.Read(make([]byte, 10)); n > 0 || err != http.ErrBodyReadAfterClose {
				t.Errorf("after Close: %d bytes, %v", n, err)
			}
		}
	}))
	for _, path := range []string{"/close", "/"} {
		r := posted("gzip", codedIn(prose, "gzip"))
		r.URL.Path = path
		h.ServeHTTP(httptest.NewRecorder(), r)
		if n, err := body.Read(make([]byte, 10)); n > 0 || err != http.ErrBodyReadAfterClose {
			t.Errorf("after the handler: %d bytes, %v", n, err)
		}
		if err := body.Close(); err != nil {
			t.Errorf("Close after the handler: %v", err)
		}
	}
}

// A goroutine that still reads when its handler has returned keeps the decoder for as long as
// its Read takes; nobody else gets it.
func TestDecompressor_readerLeftBehind(t *testing.T) {
	inRead, goOn, done := make(chan bool), make(chan bool), make(chan error)
	var slow atomic.Bool
	slow.Store(true)
	w := &watchedDecoding{Decoding: gzip.Gzip{}, read: func() {
		if slow.Swap(false) {
			inRead <- true
			<-goOn
		}
	}}
	h := (&gzip.Decompressor{Decodings: []gzip.Decoding{w}}).Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/leaves" {
			go func() {
				_, err := io.Copy(io.Discard, onlyReader{r.Body})
				done <- err
			}()
			<-inRead
			return
		}
		if b, err := io.ReadAll(r.Body); string(b) != prose || err != nil {
			t.Errorf("the next request: %d bytes, %v", len(b), err)
		}
	}))
	leaves := posted("gzip", codedIn(prose, "gzip"))
	leaves.URL.Path = "/leaves"
	h.ServeHTTP(httptest.NewRecorder(), leaves)
	if got := w.history(); got != "Reset Read" {
		t.Errorf("while a goroutine reads: %q", got)
	}
	h.ServeHTTP(httptest.NewRecorder(), posted("gzip", codedIn(prose, "gzip")))
	close(goOn)
	if err := <-done; err != http.ErrBodyReadAfterClose {
		t.Errorf("the goroutine reads on: %v", err)
	}
	if got := w.history(); got != "Reset Read let go\nReset Read let go" {
		t.Errorf("when it has read: %q", got)
	}
}

// What a decoder that panicked holds is anybody's guess. It serves nobody again.
func TestDecompressor_decoderPanics(t *testing.T) {
	broken := true
	w := &watchedDecoding{Decoding: gzip.Gzip{}, read: func() {
		if broken {
			panic("a decoder")
		}
	}}
	h := (&gzip.Decompressor{Decodings: []gzip.Decoding{w}}).Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				if n, err := r.Body.Read(make([]byte, 1)); n > 0 || err == nil {
					t.Errorf("after a panic: %d, %v", n, err)
				}
			}
		}()
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	h.ServeHTTP(httptest.NewRecorder(), posted("gzip", codedIn(prose, "gzip")))
	if got := w.history(); got != "Reset Read" {
		t.Errorf("after a panic: %q", got)
	}
	broken = false
	h.ServeHTTP(httptest.NewRecorder(), posted("gzip", codedIn(prose, "gzip")))
	if got := w.history(); got != "Reset Read\nReset Read let go" {
		t.Errorf("the next request: %q", got)
	}
}

// What a body decodes to does not depend on whose body its decoder had before. This one has a
// block without distance codes, and uses them.
func TestDecompressor_decodersRememberNothing(t *testing.T) {
	const noDistances = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x27\xa4\xd6\xcb\xad\xc2\x40\x0c\x40\xd1\xfd\xab\xc2\x05\x3c\x29\xf8\x13\x3e\x4b\x4a\x89" +
		"\x20\x52\x22\x41\x46\x9a\x30\x43\xfb\x88\x0d\x05\xf8\xee\xa5\xbd\x4c\xbb\xac\x5a\x37\x39\x58\x94\x31\x42\x37\x59\x37\x39\x37\x59\x37\x39\x2c\x37\x31\x39\x37\x39\x4a\x9b\xf9\x00\xff"
	d := gzip.Decompressor{}
	fresh, _, err := readBack(&d, "gzip", []byte(noDistances))
	if err == nil {
		t.Fatal("no error")
	}
	used := new(reading)
	h := d.Wrap(used)
	for _, size := range []int{100, 3000, len(prose)} {
		h.ServeHTTP(httptest.NewRecorder(), posted("gzip", codedIn(prose[:size], "gzip")))
		h.ServeHTTP(httptest.NewRecorder(), posted("gzip", []byte(noDistances)))
		if used.body != fresh || used.err.Error() != err.Error() {
			t.Errorf("alone: %d bytes, %v; after another body: %d bytes %q, %v", len(fresh), err, len(used.body), used.body, used.err)
		}
	}
}

// Many at once, whole and not, each with a body of its own.
func TestDecompressor_concurrent(t *testing.T) {
	protocols(t, func(t *testing.T, proto int) {
		s := serveHandler(t, proto, (&gzip.Decompressor{MaxBytes: 1 << 20}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			if r.URL.Query().Has("close") {
				r.Body.Close()
				r.Body.Close()
			}
			_, _ = w.Write(b)
		})))
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for j := range 10 {
					want := fmt.Sprintf("%d of %d: %s", j, i, prose[:i*j])
					codings := []string{"gzip", "zstd", "gzip, zstd"}[j%3]
					body := codedIn(want, strings.Split(codings, ", ")...)
					if j%5 == 4 {
						s.post(codings, bytes.NewReader(body[:len(body)-2])).status(http.StatusBadRequest)
						continue
					}
					s.post(codings, bytes.NewReader(body)).is("", want)
				}
			})
		}
		wg.Wait()
	})
}
