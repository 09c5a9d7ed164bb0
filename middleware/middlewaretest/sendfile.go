package middlewaretest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// sendfileChecks: what nothing transforms goes to the server's ReadFrom, from where
// the kernel copies it.
func sendfileChecks() []check {
	return []check{
		{name: "io.Copy reaches the server's ReadFrom", run: readFromReaches, only: http1},
		{name: "a file served by ServeContent", run: serveFile},
		{name: "a source that is a WriterTo", run: writerTo},
		{name: "Write and ReadFrom keep their order", run: mixedOrder},
		{name: "a source that fails", run: failingSource},
	}
}

// passing lists the answers that no layer has a reason to transform.
var passing = []struct{ name, accept, contentType string }{
	{"an image for any client", "gzip", "image/png"},
	{"text for a client without Accept-Encoding", "", "text/plain"},
}

func readFromReaches(t *trial) {
	for _, p := range passing {
		for _, declared := range []bool{true, false} {
			s := t.serve(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", p.contentType)
				if declared {
					w.Header().Set("Content-Length", fmt.Sprint(len(pixels)))
				}
				_, _ = io.Copy(w, readerOnly{strings.NewReader(pixels)})
			})
			got := s.get(p.accept)
			t.same(got, 200, pixels, "the body must arrive as it was written")
			if got.coding() != "" {
				continue // transformed after all
			}
			s.record().did(func(rec *record) {
				// A layer may look at the first bytes to find out what it has before it.
				if rec.readFrom < int64(len(pixels))-4096 {
					t.failf(fmt.Sprintf("%s: %d bytes through the server's ReadFrom", p.name, len(pixels)),
						"that is where sendfile and splice happen; plain writes cost several times the CPU", "%d of %d", rec.readFrom, rec.written)
				}
			})
			s.quiet()
		}
	}
}

func serveFile(t *trial) {
	dir, err := os.MkdirTemp("", "middlewaretest")
	if err != nil {
		t.Fatalf("middlewaretest: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for name, body := range map[string]string{"a.png": pixels, "a.txt": prose} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatalf("middlewaretest: %v", err)
		}
	}
	t.withCodings(func(t *trial, accept string) {
		s := t.serveWrapped(t.layer(http.FileServer(http.Dir(dir))))
		ask := func(name string, header ...string) *reply {
			r := s.request("GET", "/"+name, nil)
			if accept != "" {
				r.Header.Set("Accept-Encoding", accept)
			}
			for i := 0; i < len(header); i += 2 {
				r.Header.Set(header[i], header[i+1])
			}
			return s.do(r)
		}
		for name, body := range map[string]string{"a.png": pixels, "a.txt": prose} {
			got := ask(name)
			t.same(got, 200, body, "a file")
			t.same(ask(name, "If-Modified-Since", got.header.Get("Last-Modified")), 304, "", "a file that the client has")
			t.same(ask(name, "Range", "bytes=10-19"), 206, body[10:20], "a part of a file")
			t.ok(ask(name, "Range", fmt.Sprintf("bytes=%d-", len(body))), 416, "a range past the end")
		}
		s.quiet()
	})
}

// errRecursion ends a copy that would never have ended.
var errRecursion = errors.New("ReadFrom and WriteTo call each other")

// mutual is a source that lets its destination do the work, when that is willing.
type mutual struct {
	io.Reader
	depth *int
}

func (m mutual) WriteTo(w io.Writer) (int64, error) {
	if *m.depth++; *m.depth > 20 {
		return 0, errRecursion
	}
	if to, ok := w.(io.ReaderFrom); ok {
		return to.ReadFrom(m)
	}
	return io.Copy(w, readerOnly{m.Reader})
}

func writerTo(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		said := make(chan error, 2)
		s := t.serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			depth := 0
			_, err := io.Copy(w, mutual{strings.NewReader(prose), &depth})
			said <- err
			if to, ok := w.(io.ReaderFrom); ok {
				depth = 0
				_, err := to.ReadFrom(mutual{strings.NewReader(prose), &depth})
				said <- err
			}
		})
		got := s.get(accept)
		for len(said) > 0 {
			if err := <-said; err != nil {
				t.fail("io.Copy from a source with WriteTo (an *os.File has one)", err.Error(),
					"a ReadFrom that falls back to io.Copy(w, src) is called again by the source's WriteTo, without end")
				return
			}
		}
		if got.whole() && got.status == 200 && (string(got.body) == prose || string(got.body) == prose+prose) {
			return
		}
		t.fail("the source's bytes", got.String(), "either end of a copy may take it over")
	})
}

func mixedOrder(t *trial) {
	for _, contentType := range []string{"text/plain", "image/png"} {
		t.withCodings(func(t *trial, accept string) {
			s := t.serve(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", contentType)
				_, _ = io.WriteString(w, "head ")
				_, _ = io.Copy(w, readerOnly{strings.NewReader("middle ")})
				_, _ = w.Write([]byte("write "))
				_, _ = io.Copy(w, readerOnly{strings.NewReader(prose)})
				flush(w)
				_, _ = io.Copy(w, readerOnly{strings.NewReader("after flush ")})
				_, _ = io.WriteString(w, "tail")
			})
			t.same(s.get(accept), 200, "head middle write "+prose+"after flush tail", "bytes keep the order of the calls, by whichever method")
			s.quiet()
		})
	}
}

var errSource = errors.New("middlewaretest: the disk is gone")

type failing struct{ io.Reader }

func (f failing) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if err == io.EOF {
		err = errSource
	}
	return n, err
}

func failingSource(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		said := make(chan string, 1)
		s := t.serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			n, err := io.Copy(w, failing{strings.NewReader(prose)})
			said <- fmt.Sprint(n, " ", err)
		})
		s.get(accept)
		if got, want := <-said, fmt.Sprint(len(prose), " ", errSource); got != want {
			t.fail("io.Copy returns "+want, got, "the handler has to learn that its source failed, to break the answer off")
		}
	})
}
