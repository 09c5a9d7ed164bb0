package fcgi_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/fcgi"
)

// null is a client that throws its answer away.
type null struct {
	header http.Header
	status int
	n      int
}

func (w *null) Header() http.Header         { return w.header }
func (w *null) WriteHeader(status int)      { w.status = status }
func (w *null) Write(p []byte) (int, error) { w.n += len(p); return len(p), nil }
func (w *null) Flush()                      {}

// BenchmarkClient is a request through our client to our server, and the same through
// httputil.ReverseProxy to net/http's, both at Unix sockets.
func BenchmarkClient(b *testing.B) {
	page := strings.Repeat("page ", 4<<10)
	for name, h := range map[string]http.HandlerFunc{
		"hello": hello,
		"20KB":  func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, page) },
		"post":  func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); hello(w, r) },
	} {
		c := &fcgi.Client{Addresses: []string{"unix:" + serve(b, &fcgi.Server{Handler: h})}}
		defer c.Close()
		for _, bb := range []struct {
			name string
			h    http.Handler
		}{{"fcgi", c}, {"http", reverseProxy(b, h)}} {
			b.Run(name+"/"+bb.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := ask(bb.h, name == "post"); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func ask(h http.Handler, post bool) error {
	r := &http.Request{
		Method: "GET", URL: &url.URL{Path: "/hello", RawQuery: "a=b"}, RequestURI: "/hello?a=b", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Host: "localhost", RemoteAddr: "127.0.0.1:42128",
		Header: http.Header{"User-Agent": {"curl/7.88.1"}, "Accept": {"*/*"}, "Accept-Encoding": {"gzip"}, "Cookie": {"a=1"}},
	}
	if post {
		r.Method, r.Body, r.ContentLength = "POST", io.NopCloser(strings.NewReader("a=1&b=2")), 7
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w := &null{header: make(http.Header)}
	h.ServeHTTP(w, r.WithContext(ctx))
	if w.status != 200 || w.n == 0 {
		return fmt.Errorf("%d, %d bytes", w.status, w.n)
	}
	return nil
}

func reverseProxy(b *testing.B, h http.Handler) http.Handler {
	socket := filepath.Join(b.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		b.Fatal(err)
	}
	srv := &httptest.Server{Listener: l, Config: &http.Server{Handler: h}}
	srv.Start()
	b.Cleanup(srv.Close)
	p := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "app"})
	p.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	return p
}
