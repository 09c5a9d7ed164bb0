package gzip_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// recovering answers a panic with 500, as outer layers do that do not look whether something has left.
func recovering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				http.Error(w, "recovered", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// spec 24: what was held back is dropped, with the header that spoke of it.
func TestPanic_held(t *testing.T) {
	for name, body := range map[string]string{"nothing": "", "held back": prose[:1000], "in the encoder": prose[:10_000]} {
		for _, coding := range []string{"gzip", "zstd"} {
			t.Run(name+"/"+coding, func(t *testing.T) {
				protocols(t, func(t *testing.T, proto int) {
					s := serveHandler(t, proto, recovering(wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						w.Header().Set("ETag", `"v1"`)
						write(w, "text/plain; charset=utf-8", body)
						panic("seeded")
					}))))
					a := s.get("Accept-Encoding: " + coding)
					a.status(http.StatusInternalServerError)
					a.is("", "recovered\n")
					s.quiet()
				})
			})
		}
	}
}

// spec 25: a body that was begun must not look like a whole one, whatever the panic's value.
func TestPanic_midStream(t *testing.T) {
	for _, encoding := range []gzip.Encoding{gzip.Gzip{}, gzip.Zstd{}} {
		for _, value := range []any{http.ErrAbortHandler, "seeded"} {
			t.Run(fmt.Sprintf("%s/%v", encoding.Coding(), value), func(t *testing.T) {
				protocols(t, func(t *testing.T, proto int) {
					w := &watched{Encoding: encoding}
					done := make(chan struct{})
					zip := w.compressor().Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						text(w, r)
						_ = http.NewResponseController(w).Flush()
						text(w, r)
						panic(value)
					}))
					s := serveHandler(t, proto, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						defer close(done)
						zip.ServeHTTP(w, r)
					}))
					a := s.get("Accept-Encoding: " + encoding.Coding())
					if body, err := decode(a.coding(), a.raw); err == nil || a.rawErr == nil {
						t.Errorf("a whole answer of %d bytes", len(body))
					}
					<-done
					if used := w.settled(t); used != 1 || w.finalized() {
						t.Errorf("%d encoders used, finalized: %t", used, w.finalized())
					}
				})
			})
		}
	}
}

// spec 25: even an outer layer that takes the panic and returns does not make it whole.
func TestPanic_midStreamSwallowed(t *testing.T) {
	for _, coding := range []string{"gzip", "zstd"} {
		a := serveHandler(t, 1, recovering(wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			text(w, r)
			_ = http.NewResponseController(w).Flush()
			panic("seeded")
		})))).get("Accept-Encoding: " + coding)
		if body, err := decode(a.coding(), a.raw); err == nil && !strings.Contains(string(body), "recovered") {
			t.Errorf("%s: decodes cleanly to %d bytes", coding, len(body))
		}
	}
}

// A handler that ends its goroutine leaves nothing behind.
func TestGoexit(t *testing.T) {
	w := &watched{Encoding: gzip.Gzip{}}
	zip := w.compressor().Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text(w, r)
		runtime.Goexit()
	}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	done := make(chan struct{})
	go func() {
		defer close(done)
		zip.ServeHTTP(httptest.NewRecorder(), r)
	}()
	<-done
	if w.settled(t) != 1 || w.finalized() {
		t.Error("finalized")
	}
}

// spec 26: an idle encoder holds on to no request. And each body begins with a Reset.
func TestEncodersAreReset(t *testing.T) {
	w := &watched{Encoding: gzip.Gzip{}}
	zip := w.compressor().Wrap(http.HandlerFunc(text))
	for range 10 {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		zip.ServeHTTP(httptest.NewRecorder(), r)
		w.settled(t)
	}
	for _, e := range w.encoders {
		for i, call := range e.all {
			if call == "Reset" && i > 0 && e.all[i-1] != "Reset(nil)" {
				t.Errorf("%q", e.all)
			}
		}
	}
}

// An encoder that fails is an answer of 500 as long as nothing has left, and a broken
// connection after that: never a body that decodes, but is short.
func TestEncoderFails(t *testing.T) {
	for _, call := range []string{"Write", "Flush", "Close"} {
		for _, flushFirst := range []bool{false, true} {
			t.Run(fmt.Sprint(call, flushFirst), func(t *testing.T) {
				protocols(t, func(t *testing.T, proto int) {
					said := listen(t)
					armed := false
					w := &watched{Encoding: gzip.Gzip{}, fail: func(c string) error {
						if armed && c == call {
							return errors.New("seeded")
						}
						return nil
					}}
					s := serveWith(t, proto, w.compressor(), func(w http.ResponseWriter, r *http.Request) {
						armed = !flushFirst
						text(w, r)
						if flushFirst || call == "Flush" {
							w.(http.Flusher).Flush()
						}
						armed = true
						text(w, r)
						w.(http.Flusher).Flush()
					})
					a := s.get(takesGzip)
					body, err := decode(a.coding(), a.raw)
					switch {
					case a.StatusCode == http.StatusInternalServerError:
						if a.coding() != "" || strings.Contains(string(body), "surcoat is") {
							t.Errorf("Content-Encoding %q, %q", a.coding(), body)
						}
					case err == nil || a.rawErr == nil:
						t.Errorf("status %d, a whole body of %d bytes", a.StatusCode, len(body))
					}
					s.server.Close() // waits for the handler
					if !strings.Contains(said.String(), "gzip: the encoder for gzip failed: seeded") {
						t.Errorf("the log says %q", said)
					}
				})
			})
		}
	}
}

// A pool that cannot make another encoder is a 500 as well.
func TestNewEncoderFails(t *testing.T) {
	said := listen(t)
	calls := 0
	zip := &gzip.Compressor{Encodings: []gzip.Encoding{failing{func() error {
		if calls++; calls > 1 {
			return errors.New("no more")
		}
		return nil
	}}}}
	a := serveWith(t, 1, zip, text).get(takesGzip)
	a.status(http.StatusInternalServerError)
	if a.coding() != "" || strings.Contains(string(a.raw), "no more") {
		t.Errorf("Content-Encoding %q, %q", a.coding(), a.raw)
	}
	if !strings.Contains(said.String(), "no more") {
		t.Errorf("the log says %q", said)
	}
}

// listen returns what is logged until the test ends.
func listen(t *testing.T) *logbook {
	old, said := slog.Default(), new(logbook)
	slog.SetDefault(slog.New(slog.NewTextHandler(said, nil)))
	t.Cleanup(func() { slog.SetDefault(old) })
	return said
}

type failing struct{ err func() error }

func (failing) Coding() string { return "gzip" }

func (f failing) NewEncoder() (gzip.Encoder, error) {
	if err := f.err(); err != nil {
		return nil, err
	}
	return gzip.Gzip{}.NewEncoder()
}

// A handler that writes less than it declared is cut off, as net/http does with plain
// bodies; one that writes more is told.
func TestContentLengthMismatch(t *testing.T) {
	for _, contentType := range []string{"text/plain; charset=utf-8", ""} {
		protocols(t, func(t *testing.T, proto int) {
			s := serve(t, proto, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", fmt.Sprint(len(prose)+1))
				if contentType != "" {
					w.Header().Set("Content-Type", contentType)
				}
				io.WriteString(w, prose)
			})
			r, _ := http.NewRequest("GET", s.server.URL, nil)
			r.Header.Set("Accept-Encoding", "gzip")
			if res, err := s.server.Client().Do(r); err == nil {
				raw, err := io.ReadAll(res.Body)
				if _, codeErr := decode(res.Header.Get("Content-Encoding"), raw); err == nil || codeErr == nil {
					t.Errorf("a short body looks whole: %v, %v", err, codeErr)
				}
			}

			s = serve(t, proto, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", fmt.Sprint(len(prose)))
				if contentType != "" {
					w.Header().Set("Content-Type", contentType)
				}
				io.WriteString(w, prose)
				if n, err := io.WriteString(w, "x"); n != 0 || err != http.ErrContentLength {
					t.Errorf("a byte too many: %d, %v", n, err)
				}
			})
			s.get(takesGzip).is("gzip", prose)
		})
	}
}

// A client that leaves ends the handler's writes, the encoder and every goroutine.
func TestClientLeaves(t *testing.T) {
	for _, encoding := range []gzip.Encoding{gzip.Gzip{}, gzip.Zstd{}} {
		protocols(t, func(t *testing.T, proto int) {
			w := &watched{Encoding: encoding}
			var err error
			zip := w.compressor().Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				for i := 0; err == nil && i < 1_000_000; i++ {
					_, err = fmt.Fprintf(w, "%d %s", i, prose)
				}
			}))
			ended := make(chan struct{})
			s := serveHandler(t, proto, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer close(ended) // the layer is done, too; on HTTP/2 the server's Close does not wait for it
				zip.ServeHTTP(w, r)
			}))
			res := s.open(encoding.Coding())
			_, _ = io.CopyN(io.Discard, res.Body, 1000)
			res.Body.Close()
			s.server.CloseClientConnections()
			if <-ended; err == nil {
				t.Error("the handler wrote for ever")
			}
			w.settled(t)
		})
	}
}

// No encoder starts goroutines that outlive its request: synctest would not return.
func TestNoGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zip := wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for range 100 {
				text(w, r)
			}
			if r.URL.Path == "/panic" {
				panic(http.ErrAbortHandler)
			}
		}))
		for _, path := range []string{"/", "/panic"} {
			for _, coding := range []string{"gzip", "zstd"} {
				func() {
					defer func() { _ = recover() }()
					r := httptest.NewRequest("GET", path, nil)
					r.Header.Set("Accept-Encoding", coding)
					zip.ServeHTTP(httptest.NewRecorder(), r)
				}()
			}
		}
	})
}

// An encoder through which a panic went is not used again: nobody knows its state.
func TestPanickingEncoder(t *testing.T) {
	armed := true
	w := &watched{Encoding: gzip.Gzip{}, fail: func(call string) error {
		if armed && call == "Write" {
			panic("seeded")
		}
		return nil
	}}
	s := serveHandler(t, 1, recovering(w.compressor().Wrap(http.HandlerFunc(text))))
	s.get(takesGzip).status(http.StatusInternalServerError)
	armed = false
	for range 5 {
		s.get(takesGzip).is("gzip", prose)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if first := w.encoders[1]; first.last != "Write" { // [0] is Wrap's
		t.Errorf("the encoder was used again: %q", first.all)
	}
}

// A writer that a handler kept is of no use after its request, and of no harm to the next.
func TestKeptWriter(t *testing.T) {
	for _, accept := range []string{"", "gzip"} {
		for _, body := range []string{"", "small", prose} {
			var kept http.ResponseWriter
			zip := wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if kept == nil {
					kept = w
				} else {
					useAfterEnd(t, kept)
				}
				write(w, "text/plain", body)
				useOther(t, kept, w)
			}))
			for range 4 {
				r := httptest.NewRequest("GET", "/", nil)
				r.Header.Set("Accept-Encoding", accept)
				rec := httptest.NewRecorder()
				zip.ServeHTTP(rec, r)
				if got, err := decode(rec.Header().Get("Content-Encoding"), rec.Body.Bytes()); string(got) != body || err != nil {
					t.Errorf("%q, %d bytes: got %d, %v", accept, len(body), len(got), err)
				}
			}
		}
	}
}

func useOther(t *testing.T, kept, w http.ResponseWriter) {
	if kept != w {
		useAfterEnd(t, kept)
	}
}

func useAfterEnd(t *testing.T, w http.ResponseWriter) {
	t.Helper()
	w.Header().Set("X-Evil", "1")
	w.WriteHeader(http.StatusTeapot)
	for name, f := range map[string]func() error{
		"Write":       func() error { _, err := w.Write([]byte("evil")); return err },
		"WriteString": func() error { _, err := io.WriteString(w, "evil"); return err },
		"ReadFrom":    func() error { _, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader("evil")); return err },
		"Flush":       func() error { return http.NewResponseController(w).Flush() },
		"Hijack":      func() error { _, _, err := w.(http.Hijacker).Hijack(); return err },
	} {
		if f() == nil {
			t.Errorf("%s after the handler has returned succeeds", name)
		}
	}
	w.(http.Flusher).Flush()
	if gzip.Disable(w) {
		t.Error("Disable after the handler has returned succeeds")
	}
}
