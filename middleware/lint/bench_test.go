package lint_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/surcoat/surcoat/middleware/lint"
)

// BenchmarkRequest is one request with a browser's header and a usual answer; the cost
// of lint is the difference between the two of a pair.
func BenchmarkRequest(b *testing.B) {
	body := []byte("<!doctype html><title>x</title>")
	for _, c := range []struct {
		name  string
		serve http.HandlerFunc
	}{
		{"Small", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write(body)
		}},
		{"Page", func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Content-Type", "text/html; charset=utf-8")
			h.Set("Cache-Control", "no-cache")
			h.Set("Etag", `"0123456789abcdef"`)
			h.Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'")
			w.Header().Add("Vary", "Accept-Encoding")
			http.SetCookie(w, &http.Cookie{Name: "__Host-session", Value: "0123456789abcdef0123456789abcdef", Path: "/", Secure: true, HttpOnly: true})
			w.WriteHeader(http.StatusOK)
			for range 4 {
				_, _ = w.Write(body)
			}
		}},
	} {
		watch := lint.Handler{Report: func(f lint.Fault) { b.Error(f) }}
		for _, h := range []struct {
			name string
			h    http.Handler
		}{{"bare", c.serve}, {"lint", watch.Wrap(c.serve)}} {
			b.Run(c.name+"/"+h.name, func(b *testing.B) {
				r := httptest.NewRequest("GET", "/page?x=1", nil)
				r.Body, r.URL = http.NoBody, &url.URL{Path: "/page", RawQuery: "x=1"}
				for _, name := range []string{
					"Accept", "Accept-Encoding", "Accept-Language", "Cookie", "Dnt", "Sec-Fetch-Dest",
					"Sec-Fetch-Mode", "Sec-Fetch-Site", "Sec-Fetch-User", "Upgrade-Insecure-Requests", "User-Agent",
				} {
					r.Header.Set(name, "some value of a usual length")
				}
				b.ReportAllocs()
				for b.Loop() {
					h.h.ServeHTTP(httptest.NewRecorder(), r)
				}
			})
		}
	}
}
