// Package harness runs surcoat and its peers at the same work, in one process.
//
//	cd bench && go test -bench .           once, to look at
//	scripts/bench                          interleaved, and writes docs/benchmarks.md
//
// Every benchmark is called Case/lib=LIBRARY, and every library of a case is asked for
// the same request. Before it is measured, and again afterwards, its answer is
// checked (the body is decoded and compared, the session must have been read, strangers must be
// turned away): a library that skips the work fails instead of winning.
// Peers stand in the configuration that their documentation recommends.
package harness

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// A Work is what every rival of a case is asked for.
type Work struct {
	Request func() *http.Request
	SignIn  bool // visit /login first, and carry its cookies
	Check   func(Response) error
	// Wrong makes a request that must be answered with 401; nil: there is none.
	Wrong func() *http.Request
	// Refused says that the same request without its cookies must be answered with 401.
	Refused bool
}

// A Rival is one library at the work. Its handler is made anew for each run, so
// that no session grows old between cases.
type Rival struct {
	Lib   string
	Build func(testing.TB) http.Handler
}

// Compare measures every rival at w, each as a sub-benchmark.
func Compare(b *testing.B, w Work, rivals ...Rival) {
	for _, rv := range rivals {
		b.Run("lib="+rv.Lib, func(b *testing.B) {
			h := rv.Build(b)
			template := w.Prepare(b, h)
			rec := NewRecorder()
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

// Prepare returns the request to measure, with the cookies of a visit to /login if
// the work wants one.
func (w Work) Prepare(tb testing.TB, h http.Handler) *http.Request {
	r := w.Request()
	if w.SignIn {
		res := Visit(h, httptest.NewRequest("GET", "/login", nil))
		if res.Status != http.StatusNoContent {
			tb.Fatalf("/login: status %d, body %q", res.Status, res.Body)
		}
		for _, c := range (&http.Response{Header: res.Header}).Cookies() {
			r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
		}
		if r.Header.Get("Cookie") == "" {
			tb.Fatal("/login set no cookie")
		}
	}
	return r
}

// verify fails the benchmark when the answer is not right.
func (w Work) verify(tb testing.TB, h http.Handler, r *http.Request) {
	tb.Helper()
	if err := w.Check(Visit(h, r)); err != nil {
		tb.Fatal(err)
	}
	if w.Wrong != nil {
		if res := Visit(h, w.Wrong()); res.Status != http.StatusUnauthorized {
			tb.Fatalf("a wrong credential: status %d, want 401", res.Status)
		}
	}
	if !w.Refused {
		return
	}
	stranger := w.Request()
	if res := Visit(h, stranger); res.Status != http.StatusUnauthorized {
		tb.Fatalf("without cookies: status %d, want 401", res.Status)
	}
	for _, c := range r.Cookies() {
		// One character in the middle: the last may hold padding bits only.
		forged := []byte(c.Value)
		forged[len(forged)/2] ^= 1
		stranger.AddCookie(&http.Cookie{Name: c.Name, Value: string(forged)})
	}
	if res := Visit(h, stranger); res.Status != http.StatusUnauthorized {
		tb.Fatalf("with a forged cookie: status %d, want 401", res.Status)
	}
}
