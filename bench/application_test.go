//go:build unix

package bench_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/bench/harness"
	"github.com/surcoat/surcoat/gateway/fcgi"
	"github.com/surcoat/surcoat/gateway/scgi"
	"github.com/surcoat/surcoat/gateway/uwsgi"
)

// BenchmarkApplication asks an application behind a Unix socket: over FastCGI, SCGI and uwsgi with our
// clients and servers, over HTTP with httputil.ReverseProxy and net/http's server. Both ends are in
// the figures.
func BenchmarkApplication(b *testing.B) {
	for name, text := range map[string]string{"hello": "hello", "page20K": strings.Repeat("page ", 4<<10)} {
		app := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write([]byte(text))
		})
		b.Run("answer="+name, func(b *testing.B) {
			harness.Compare(b, harness.Work{
				Request: harness.Get("/hello?a=b", "Cookie", "a=1", "User-Agent", "bench"),
				Check:   harness.WantBody("", "text/plain", []byte(text)),
			},
				harness.Rival{Lib: "surcoat-fcgi", Build: func(tb testing.TB) http.Handler {
					c := &fcgi.Client{Addresses: []string{behind(tb, &fcgi.Server{Handler: app})}}
					tb.Cleanup(func() { _ = c.Close() })
					return c
				}},
				harness.Rival{Lib: "surcoat-scgi", Build: func(tb testing.TB) http.Handler {
					return &scgi.Client{Addresses: []string{behind(tb, &scgi.Server{Handler: app})}}
				}},
				harness.Rival{Lib: "surcoat-uwsgi", Build: func(tb testing.TB) http.Handler {
					return &uwsgi.Client{Addresses: []string{behind(tb, &uwsgi.Server{Handler: app})}}
				}},
				harness.Rival{Lib: "httputil", Build: func(tb testing.TB) http.Handler {
					socket := strings.TrimPrefix(behind(tb, &http.Server{Handler: app}), "unix:")
					transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
						return new(net.Dialer).DialContext(ctx, "unix", socket)
					}}
					tb.Cleanup(transport.CloseIdleConnections)
					to := &url.URL{Scheme: "http", Host: "app"}
					return &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
				}})
		})
	}
}

// behind serves at a Unix socket until the benchmark ends, and returns its address.
func behind(tb testing.TB, s interface {
	Serve(net.Listener) error
	Close() error
},
) string {
	tb.Helper()
	socket := filepath.Join(tb.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		tb.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	tb.Cleanup(func() {
		_ = s.Close()
		<-ended
	})
	return "unix:" + socket
}
