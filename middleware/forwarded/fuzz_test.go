package forwarded_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/forwarded"
)

// Whatever an outsider has put in front, what the trusted proxy appends is what counts,
// or the request is refused; and what gets inside is always well formed.
func FuzzFields(f *testing.F) {
	for _, seed := range []string{
		"", "for=1.2.3.4", `for="[2001:db8::1]:80";proto=https;host=a`, `for="`, `host=", for="`, "1.1.1.1, unknown",
		`for=_x;for=_y`, `for="\"`, ";;,=,", `a="b\`, "for=[::1]:80", `for="1.1.1.1",`, "10.0.0.2",
	} {
		f.Add(seed, seed, seed)
	}
	p := &forwarded.Proxies{Trusted: prefixes("10.0.0.0/8"), Host: true}
	f.Fuzz(func(t *testing.T, standard, x, host string) {
		for _, tail := range []struct{ name, before, after string }{
			{"Forwarded", standard, `for="192.0.2.7"`},
			{"X-Forwarded-For", x, "192.0.2.7"},
		} {
			r := httptest.NewRequest("GET", "/a", nil)
			r.RemoteAddr = "10.0.0.1:1"
			r.Header.Set(tail.name, tail.before+", "+tail.after)
			r.Header.Set("X-Forwarded-Host", host)
			r.Header.Set("X-Forwarded-Proto", host)
			w := httptest.NewRecorder()
			p.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if r.RemoteAddr != "192.0.2.7:0" {
					t.Errorf("%s: %q made the client %s", tail.name, tail.before, r.RemoteAddr)
				}
				if u, err := url.Parse("//" + r.Host); err != nil || u.Host != r.Host {
					t.Errorf("Host is %q", r.Host)
				}
				if s := r.URL.Scheme; s != "" && s != "http" && s != "https" {
					t.Errorf("the scheme is %q", s)
				}
			})).ServeHTTP(w, r)
		}
	})
}

// An outsider's own list, taken as a whole, never makes it a trusted address: RemoteAddr is
// an address, "unknown" or an identifier.
func FuzzNode(f *testing.F) {
	for _, seed := range []string{"1.2.3.4", "[::1]:80", "_x:_y", "unknown:1", "::ffff:1.2.3.4", "fe80::1%eth0", "[1.2.3.4]", "1.2.3.4:+1"} {
		f.Add(seed)
	}
	p := &forwarded.Proxies{Trusted: prefixes("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, s string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = "10.0.0.1:1"
		r.Header.Set("X-Forwarded-For", s)
		p.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if _, err := netip.ParseAddrPort(r.RemoteAddr); err != nil && r.RemoteAddr != "unknown" && !strings.HasPrefix(r.RemoteAddr, "_") {
				t.Errorf("%q made RemoteAddr %q", s, r.RemoteAddr)
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
	})
}
