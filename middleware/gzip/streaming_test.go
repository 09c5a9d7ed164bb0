package gzip_test

import (
	"bufio"
	stdgzip "compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// ways to flush.
var flushes = map[string]func(w http.ResponseWriter){
	"Flusher":            func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
	"ResponseController": func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() },
}

// open asks for "/" and returns the answer with its body still coming.
func (s *site) open(accept string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), "GET", s.server.URL, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", accept)
	res, err := s.server.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { res.Body.Close() })
	return res
}

// spec 20: nobody waits for the first byte of the body to see the header.
func TestFlushBeforeWrite(t *testing.T) {
	for name, flush := range flushes {
		for _, contentType := range []string{"text/plain", "text/event-stream", ""} {
			for _, status := range []int{0, 200, 404} {
				t.Run(fmt.Sprintf("%s/%s/%d", name, contentType, status), func(t *testing.T) {
					protocols(t, func(t *testing.T, proto int) {
						arrived := make(chan struct{})
						s := serve(t, proto, func(w http.ResponseWriter, r *http.Request) {
							if contentType != "" {
								w.Header().Set("Content-Type", contentType)
							}
							if status != 0 {
								w.WriteHeader(status)
							}
							flush(w)
							waitFor(t, arrived) // the client must not need what follows
							io.WriteString(w, prose)
						})
						res := s.open("gzip")
						close(arrived)
						if res.StatusCode != max(status, 200) {
							t.Errorf("status %d", res.StatusCode)
						}
						raw, err := io.ReadAll(res.Body)
						if err != nil {
							t.Fatal(err)
						}
						coding := res.Header.Get("Content-Encoding")
						if want := map[string]string{"text/plain": "gzip"}[contentType]; coding != want {
							t.Errorf("Content-Encoding %q, want %q", coding, want)
						}
						if body, err := decode(coding, raw); string(body) != prose || err != nil {
							t.Errorf("%d bytes, %v", len(body), err)
						}
						s.quiet()
					})
				})
			}
		}
	}
}

// waitFor keeps a failing test from hanging.
func waitFor(t *testing.T, done <-chan struct{}) {
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Error("waited in vain")
	}
}

// A stream that is opened and closed without a byte is an empty body that decodes.
func TestFlush_thenNothing(t *testing.T) {
	for _, coding := range []string{"gzip", "zstd"} {
		protocols(t, func(t *testing.T, proto int) {
			s := serve(t, proto, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				w.(http.Flusher).Flush()
				w.(http.Flusher).Flush()
			})
			s.get("Accept-Encoding: "+coding).is(coding, "")
		})
	}
}

// spec 21: each event arrives when it is flushed, and not with the next.
func TestEvents(t *testing.T) {
	streams := &gzip.Compressor{Types: func(mediaType string) bool { return mediaType == "text/event-stream" }}
	for name, flush := range flushes {
		for _, c := range []struct {
			zip    *gzip.Compressor
			accept string
			coding string
		}{
			{&gzip.Compressor{}, "gzip", ""}, {streams, "gzip", "gzip"}, {streams, "zstd", "zstd"}, {streams, "", ""},
		} {
			t.Run(fmt.Sprintf("%s/%s", name, c.coding), func(t *testing.T) {
				protocols(t, func(t *testing.T, proto int) {
					seen := make(chan struct{})
					s := serveWith(t, proto, c.zip, func(w http.ResponseWriter, r *http.Request) {
						w.Header().Set("Content-Type", "text/event-stream")
						for i := range 5 {
							fmt.Fprintf(w, "data: %d\n\n", i)
							flush(w)
							select {
							case <-seen:
							case <-r.Context().Done():
								return
							}
						}
					})
					res := s.open(c.accept)
					if got := res.Header.Get("Content-Encoding"); got != c.coding {
						t.Fatalf("Content-Encoding %q, want %q", got, c.coding)
					}
					body := bufio.NewReader(decoder(t, c.coding, res.Body))
					for i := range 5 {
						line, err := body.ReadString('\n')
						blank, err2 := body.ReadString('\n')
						if line != fmt.Sprintf("data: %d\n", i) || blank != "\n" || err != nil || err2 != nil {
							t.Fatalf("event %d: %q, %v, %v", i, line, err, err2)
						}
						seen <- struct{}{}
					}
					if rest, err := io.ReadAll(body); len(rest) > 0 || err != nil {
						t.Errorf("at the end: %q, %v", rest, err)
					}
				})
			})
		}
	}
}

// decoder undoes a coding piece by piece.
func decoder(t *testing.T, coding string, body io.Reader) io.Reader {
	switch coding {
	case "gzip":
		zr, err := stdgzip.NewReader(body)
		if err != nil {
			t.Fatal(err)
		}
		return zr
	case "zstd":
		zr, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(zr.Close)
		return zr
	}
	return body
}

// A flush with nothing new adds nothing to the body.
func TestFlush_again(t *testing.T) {
	length := func(flushes int) int {
		a := serve(t, 1, func(w http.ResponseWriter, _ *http.Request) {
			write(w, "text/plain", prose)
			for range flushes {
				w.(http.Flusher).Flush()
			}
		}).get(takesGzip)
		a.is("gzip", prose)
		return len(a.raw)
	}
	if once, often := length(1), length(50); once != often {
		t.Errorf("50 flushes: %d bytes, one: %d", often, once)
	}
}

// noFlush is a base that cannot flush, failFlush one that fails to.
type noFlush struct{ http.ResponseWriter }

var errFlush = errors.New("no more paper")

type failFlush struct{ http.ResponseWriter }

func (failFlush) FlushError() error { return errFlush }

// spec 22
func TestFlushError(t *testing.T) {
	for _, accept := range []string{"", "gzip"} {
		for _, body := range []string{"", "small", prose} {
			for _, contentType := range []string{"text/plain", "image/png"} {
				flush := func(base http.ResponseWriter) (err error) {
					r := httptest.NewRequest("GET", "/", nil)
					r.Header.Set("Accept-Encoding", accept)
					wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						write(w, contentType, body)
						err = http.NewResponseController(w).Flush()
					})).ServeHTTP(base, r)
					return err
				}
				if err := flush(failFlush{httptest.NewRecorder()}); err != errFlush {
					t.Errorf("%q %d %s: %v, want the base's error", accept, len(body), contentType, err)
				}
				if err := flush(noFlush{httptest.NewRecorder()}); !errors.Is(err, http.ErrNotSupported) {
					t.Errorf("%q %d %s: %v, want ErrNotSupported", accept, len(body), contentType, err)
				}
			}
		}
	}
}

// counting notes the ways by which a body reaches the base.
type counting struct {
	http.ResponseWriter
	written, readFrom int64
}

func (c *counting) Write(p []byte) (int, error) {
	c.written += int64(len(p))
	return c.ResponseWriter.Write(p)
}

func (c *counting) ReadFrom(src io.Reader) (int64, error) {
	n, err := c.ResponseWriter.(io.ReaderFrom).ReadFrom(src)
	c.readFrom += n
	return n, err
}

// spec 23: what is not transformed reaches the base's ReadFrom, and so sendfile; all of it when
// the header tells enough, all but the first kilobyte when the bytes have to.
func TestSendfile(t *testing.T) {
	dir := t.TempDir()
	for name, start := range map[string]string{"a.png": "\x89PNG\r\n\x1a\n", "b.txt": "", "c.unknown": "\x89PNG\r\n\x1a\n", "d": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(start+strings.Repeat(prose, 20)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	serveFile := func(w http.ResponseWriter, r *http.Request) { http.FileServer(http.Dir(dir)).ServeHTTP(w, r) }
	copyFile := func(w http.ResponseWriter, r *http.Request) {
		f, err := os.Open(filepath.Join(dir, filepath.Base(r.URL.Path)))
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		_, _ = io.Copy(w, f)
	}
	for _, c := range []struct {
		name, path, accept, coding string
		handler                    http.HandlerFunc
		plain                      int64 // at most so many bytes another way
	}{
		{"ineligible", "/a.png", "gzip", "", serveFile, 0},
		{"no Accept-Encoding", "/b.txt", "", "", serveFile, 0},
		{"identity", "/b.txt", "identity", "", serveFile, 0},
		{"a coding we do not have", "/b.txt", "br", "", serveFile, 0},
		{"range", "/b.txt", "gzip", "", func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("Range", "bytes=1000-")
			serveFile(w, r)
		}, 0},
		{"compressed", "/b.txt", "gzip", "gzip", serveFile, 1 << 30},
		{"type unknown, ineligible", "/c.unknown", "gzip", "", copyFile, 1024},
		{"type unknown, no Accept-Encoding", "/d", "", "", copyFile, 1024},
		{"type unknown, identity", "/d", "identity", "", copyFile, 1024},
		{"type unknown, compressed", "/d", "gzip", "gzip", copyFile, 1 << 30},
	} {
		t.Run(c.name, func(t *testing.T) {
			bases := make(chan *counting, 1)
			zip := wrap(c.handler)
			s := serveHandler(t, 1, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				base := &counting{ResponseWriter: w}
				zip.ServeHTTP(base, r)
				bases <- base
			}))
			s.server.URL += c.path
			a := s.get("Accept-Encoding: " + c.accept)
			file, err := os.ReadFile(filepath.Join(dir, c.path))
			if err != nil {
				t.Fatal(err)
			}
			if a.StatusCode == http.StatusPartialContent {
				file = file[1000:]
			}
			a.is(c.coding, string(file))
			base := <-bases
			if base.written > c.plain || c.coding == "" && base.readFrom+base.written != int64(len(file)) {
				t.Errorf("%d bytes through ReadFrom, %d another way", base.readFrom, base.written)
			}
		})
	}
}
