package forwarded_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/surcoat/surcoat/middleware/forwarded"
)

func BenchmarkProxies(b *testing.B) {
	h := (&forwarded.Proxies{Trusted: prefixes("10.0.0.0/8")}).Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	run := func(name, peer string, fields ...string) {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = peer
			for _, name := range []string{"Accept", "Accept-Encoding", "Accept-Language", "Cookie", "User-Agent", "Sec-Fetch-Site"} {
				r.Header.Set(name, "x")
			}
			for i := 0; i < len(fields); i += 2 {
				r.Header.Set(fields[i], fields[i+1])
			}
			w := httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(w, r)
			}
		})
	}
	run("none", outsider)
	run("untrusted", outsider, "X-Forwarded-For", "127.0.0.1")
	run("XForwarded", proxy, "X-Forwarded-For", "192.0.2.1", "X-Forwarded-Proto", "https")
	run("Standard", proxy, "Forwarded", "for=192.0.2.1;proto=https")
}
