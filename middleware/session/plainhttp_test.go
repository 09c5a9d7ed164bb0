package session_test

import (
	"context"
	"crypto/tls"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/session"
)

// spec 24: whoever serves plain http beyond localhost is told why nobody stays signed in.
func TestPlainHTTP(t *testing.T) {
	for _, tt := range []struct {
		host, scheme string
		tls          bool
		insecure     bool
		told         bool
	}{
		{host: "wiki.example.org", told: true},
		{host: "192.0.2.7:8080", told: true},
		{host: "[2001:db8::1]:8080", told: true},
		{host: "localhost.example.org", told: true},
		{host: "localhost"},
		{host: "LOCALHOST:8080"},
		{host: "wiki.localhost:8080"},
		{host: "127.0.0.1:8080"},
		{host: "[::1]:8080"},
		{host: "wiki.example.org", tls: true},
		{host: "wiki.example.org", scheme: "https"}, // as forwarded.Proxies leaves it
		{host: "wiki.example.org", insecure: true},
	} {
		var told []session.Event
		m := &session.Manager{
			Cookie: session.Cookie{InsecureCookie: tt.insecure},
			Events: func(_ context.Context, e session.Event) {
				if e.Kind == session.EventPlainHTTP {
					told = append(told, e)
				}
			},
		}
		h := m.Wrap(mux{"/fill": fill, "/show": show})
		for _, path := range []string{"/show", "/fill", "/fill"} { // without a cookie, and then twice
			r := httptest.NewRequest("GET", path, nil)
			r.Host, r.URL.Scheme = tt.host, tt.scheme
			if tt.tls {
				r.TLS = &tls.ConnectionState{}
			}
			h.ServeHTTP(httptest.NewRecorder(), r)
			if path == "/show" && len(told) > 0 {
				t.Errorf("%+v: told when no cookie was set", tt)
			}
		}
		switch {
		case !tt.told && len(told) != 0, tt.told && len(told) != 1:
			t.Errorf("%+v: told %d times", tt, len(told))
		case tt.told && !strings.Contains(told[0].Err.Error(), "forwarded.Proxies"):
			t.Errorf("%+v: told %v, which says not what to do", tt, told[0].Err)
		}
	}
}
