package proxied_test

import (
	"net/http/httptest"
	"testing"

	"github.com/surcoat/surcoat/internal/proxied"
)

func TestTrace(t *testing.T) {
	for name, found := range map[string]bool{
		"Forwarded": true, "Via": true, "X-Real-Ip": true, "X_forwarded_for": true, "X-Forwarded-Proto": true, "Cf-Ray": true,
		"Ngrok-Trace-Id": true, "Tailscale-User-Login": true, "X-Envoy-External-Address": true,
		"Accept": false, "Origin": false, "X-Requested-With": false, "Cfg": false,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set(name, "x")
		if trace := proxied.Trace(r); (trace != "") != found {
			t.Errorf("%s: %q", name, trace)
		}
	}
	for minor, want := range []string{"it is in HTTP/1.0", ""} {
		r := httptest.NewRequest("GET", "/", nil)
		r.ProtoMinor = minor
		if trace := proxied.Trace(r); trace != want {
			t.Errorf("HTTP/1.%d: %q", minor, trace)
		}
	}
}
