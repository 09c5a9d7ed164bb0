// Package bench_test measures surcoat beside its peers: the same work, in one process.
//
//	cd bench && go test -bench .           once, to look at
//	scripts/bench                          interleaved, and writes docs/benchmarks.md
//
// Every benchmark is called Case/lib=LIBRARY, and every library of a case is asked for
// the same request. Before it is measured, and again afterwards, its answer is
// checked (the body is decoded and compared, the session must have been read, strangers must be
// turned away): a library that skips the work fails instead of winning.
// Peers stand in the configuration that their documentation recommends.
package bench_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// A work is what every rival of a case is asked for.
type work struct {
	request func() *http.Request
	signIn  bool // visit /login first, and carry its cookies
	check   func(response) error
	// wrong makes a request that must be answered with 401; nil: there is none.
	wrong func() *http.Request
	// refused says that the same request without its cookies must be answered with 401.
	refused bool
}

// A rival is one library at the work. Its handler is made anew for each run, so
// that no session grows old between cases.
type rival struct {
	lib   string
	build func(testing.TB) http.Handler
}

// response is what a client saw of one answer.
type response struct {
	status int
	header http.Header
	body   []byte
}

// compare measures every rival at w, each as a sub-benchmark.
func compare(b *testing.B, w work, rivals ...rival) {
	for _, rv := range rivals {
		b.Run("lib="+rv.lib, func(b *testing.B) {
			h := rv.build(b)
			template := w.prepare(b, h)
			rec := newRecorder()
			w.verify(b, h, template)

			// Each round has a request of its own, as on a server: what one round leaves in the
			// request's context must not serve the next one. Copying it costs no allocation.
			r := new(http.Request)
			b.ReportAllocs()
			for b.Loop() {
				*r = *template
				rec.reset()
				h.ServeHTTP(rec, r)
			}
			b.ReportMetric(float64(len(rec.body)), "body-B")
			w.verify(b, h, template)
		})
	}
}

// prepare returns the request to measure, with the cookies of a visit to /login if
// the work wants one.
func (w work) prepare(tb testing.TB, h http.Handler) *http.Request {
	r := w.request()
	if w.signIn {
		res := visit(h, httptest.NewRequest("GET", "/login", nil))
		if res.status != http.StatusNoContent {
			tb.Fatalf("/login: status %d, body %q", res.status, res.body)
		}
		for _, c := range (&http.Response{Header: res.header}).Cookies() {
			r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
		}
		if r.Header.Get("Cookie") == "" {
			tb.Fatal("/login set no cookie")
		}
	}
	return r
}

// verify fails the benchmark when the answer is not right.
func (w work) verify(tb testing.TB, h http.Handler, r *http.Request) {
	tb.Helper()
	if err := w.check(visit(h, r)); err != nil {
		tb.Fatal(err)
	}
	if w.wrong != nil {
		if res := visit(h, w.wrong()); res.status != http.StatusUnauthorized {
			tb.Fatalf("a wrong credential: status %d, want 401", res.status)
		}
	}
	if !w.refused {
		return
	}
	stranger := w.request()
	if res := visit(h, stranger); res.status != http.StatusUnauthorized {
		tb.Fatalf("without cookies: status %d, want 401", res.status)
	}
	for _, c := range r.Cookies() {
		// One character in the middle: the last may hold padding bits only.
		forged := []byte(c.Value)
		forged[len(forged)/2] ^= 1
		stranger.AddCookie(&http.Cookie{Name: c.Name, Value: string(forged)})
	}
	if res := visit(h, stranger); res.status != http.StatusUnauthorized {
		tb.Fatalf("with a forged cookie: status %d, want 401", res.status)
	}
}

// visit serves a copy of r and returns the answer.
func visit(h http.Handler, r *http.Request) response {
	rec := newRecorder()
	rec.keep = true
	own := *r
	h.ServeHTTP(rec, &own)
	rec.finish()
	return response{rec.status, rec.sent, rec.body}
}

// anyCoding lets wantBody take the body as it comes.
const anyCoding = "any"

// wantBody checks for status 200, the coding, the media type and the decoded body.
func wantBody(coding, mediaType string, want []byte) func(response) error {
	return func(res response) error {
		if res.status != http.StatusOK {
			return fmt.Errorf("status %d, body %.80q", res.status, res.body)
		}
		got := res.header.Get("Content-Encoding")
		if got != coding && coding != anyCoding {
			return fmt.Errorf("Content-Encoding %q, want %q", got, coding)
		}
		if got := res.header.Get("Content-Type"); got != mediaType {
			return fmt.Errorf("Content-Type %q, want %q", got, mediaType)
		}
		body := res.body
		if got == "gzip" {
			zr, err := gzip.NewReader(bytes.NewReader(body))
			if err == nil {
				body, err = io.ReadAll(zr)
			}
			if err != nil {
				return fmt.Errorf("the body does not decode: %w", err)
			}
		}
		if !bytes.Equal(body, want) {
			return fmt.Errorf("body of %d bytes, want %d: %.80q", len(body), len(want), body)
		}
		return nil
	}
}

// get returns a function that makes a GET request with the given header fields.
func get(path string, fields ...string) func() *http.Request {
	return func() *http.Request {
		r := httptest.NewRequest("GET", "https://bench.example"+path, nil)
		for i := 0; i < len(fields); i += 2 {
			r.Header.Set(fields[i], fields[i+1])
		}
		return r
	}
}
