package gzip_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// handed is a source that gives what is sent to it, when it is sent.
type handed struct{ waiting, pieces chan string }

func (h handed) Read(p []byte) (int, error) {
	h.waiting <- ""
	piece, ok := <-h.pieces
	if !ok {
		return 0, io.EOF
	}
	return copy(p, piece), nil
}

// A goroutine that its handler left behind in io.Copy comes back when the response
// belongs to somebody else. It must not write there, into bytes held back least of all.
func TestGoroutineLeftInCopyReachesNobodyElse(t *testing.T) {
	const alices, bobs = "Alice's secret. ", "This is what Bob asked for."
	for _, c := range []struct{ name, before string }{
		{"holding", ""},
		{"encoding", strings.Repeat("This is what Alice asked for. ", 200)},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := handed{make(chan string, 2), make(chan string)}
			copied := make(chan error)
			h := (&gzip.Compressor{}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				if r.URL.Path == "/alice" {
					_, _ = io.WriteString(w, c.before)
					go func() {
						_, err := io.Copy(w, src)
						copied <- err
					}()
					<-src.waiting
					return
				}
				_, _ = io.WriteString(w, bobs[:10])
				src.pieces <- alices
				close(src.pieces)
				if err := <-copied; err == nil {
					t.Error("the copy for a response that is over has no error")
				}
				_, _ = io.WriteString(w, bobs[10:])
			}))
			serve := func(path string) (rec *httptest.ResponseRecorder, aborted bool) {
				defer func() { aborted = recover() == http.ErrAbortHandler }()
				rec = httptest.NewRecorder()
				r := httptest.NewRequest("GET", path, nil)
				r.Header.Set("Accept-Encoding", "gzip")
				h.ServeHTTP(rec, r)
				return rec, false
			}
			if _, aborted := serve("/alice"); !aborted {
				t.Error("a body that a goroutine was still writing was ended as if it were whole")
			}
			rec, _ := serve("/bob")
			if got := rec.Body.String(); got != bobs {
				t.Errorf("Bob got %q, want %q", got, bobs)
			}
		})
	}
}

// Entity tags times members of Accept-Encoding, both chosen by a client, once took
// minutes for a header of 1 MiB.
func TestManyTagsAndALongAcceptEncoding(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusNotModified} {
		h := (&gzip.Compressor{}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"v"`)
			w.WriteHeader(status)
		}))
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", strings.Repeat("a"+strings.Repeat(";b=c", 1200)+",", 99)+"gzip")
		r.Header.Set("If-None-Match", strings.Repeat(`"v-gzip",`, 55_000))
		start := time.Now()
		h.ServeHTTP(httptest.NewRecorder(), r)
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("status %d took %v", status, took)
		}
	}
}
