package gateway_test

import (
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway"
)

func TestParseAddress(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want gateway.Address
	}{
		{"http://127.0.0.1:8080", gateway.Address{Protocol: "http", Network: "tcp", Address: "127.0.0.1:8080"}},
		{"http://127.0.0.1:8080/", gateway.Address{Protocol: "http", Network: "tcp", Address: "127.0.0.1:8080"}},
		{"HTTP://localhost:80", gateway.Address{Protocol: "http", Network: "tcp", Address: "localhost:80"}},
		{"http://:8080", gateway.Address{Protocol: "http", Network: "tcp", Address: ":8080"}},
		{"http://[::1]:8080", gateway.Address{Protocol: "http", Network: "tcp", Address: "[::1]:8080"}},
		{"http://127.0.0.1", gateway.Address{Protocol: "http", Network: "tcp", Address: "127.0.0.1:8080"}},
		{"https://shop.example", gateway.Address{Protocol: "https", Network: "tcp", Address: "shop.example:8443"}},
		{"fcgi://127.0.0.1", gateway.Address{Protocol: "fcgi", Network: "tcp", Address: "127.0.0.1:9000"}},
		{"scgi://127.0.0.1:4000", gateway.Address{Protocol: "scgi", Network: "tcp", Address: "127.0.0.1:4000"}},
		{"fcgi+unix:///run/a.sock", gateway.Address{Protocol: "fcgi", Network: "unix", Address: "/run/a.sock"}},
		{"uwsgi+unix:///run/a%20b?mode=0666&group=www-data", gateway.Address{Protocol: "uwsgi", Network: "unix", Address: "/run/a b", Mode: 0o666, Group: "www-data"}},
		{"fcgi:", gateway.Address{Protocol: "fcgi"}},
		{"cgi:", gateway.Address{Protocol: "cgi"}},
		{"any://127.0.0.1:8000", gateway.Address{Protocol: "any", Network: "tcp", Address: "127.0.0.1:8000"}},
	} {
		if got, err := gateway.ParseAddress(tt.in); err != nil || got != tt.want {
			t.Errorf("%s: %+v, %v", tt.in, got, err)
		}
	}
}

// Each error says what to write instead.
func TestParseAddressErrors(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "http://127.0.0.1:8080",
		"127.0.0.1:8080":             "http://127.0.0.1:8080",
		"localhost:8080":             "there are http, https",
		":8080":                      "http://127.0.0.1:8080",
		"gopher://127.0.0.1:70":      "there are http, https",
		"http://ada:pw@127.0.0.1:80": "secrets are given in files",
		"http://127.0.0.1:8080/wiki": "Server.Mount",
		"http://127.0.0.1:99999":     "port between",
		"http://127.0.0.1:8080?a=b":  "only a Unix socket",
		"http://127.0.0.1:8080#a":    "is not understood",
		"ajp://127.0.0.1":            "port between",
		"http://":                    "has no host",
		"fcgi+unix://run/a.sock":     "absolute path",
		"fcgi+unix:":                 "absolute path",
		"fcgi+unix:///a?mode=999":    "0660",
		"fcgi+unix:///a?mod=0660":    "there are mode and group",
		"cgi://127.0.0.1:80":         "write it as cgi:",
		"cgi+unix:///a":              "write it as cgi:",
	} {
		if got, err := gateway.ParseAddress(in); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), ":pw@") {
			t.Errorf("%q: %+v, %v", in, got, err)
		}
	}
}

func TestAddressString(t *testing.T) {
	for _, in := range []string{"http://127.0.0.1:8080", "fcgi+unix:///run/a%20b", "uwsgi+unix:///a?group=www-data&mode=0600", "scgi:", "cgi:", "http://[::1]:1"} {
		if a, err := gateway.ParseAddress(in); err != nil || a.String() != in {
			t.Errorf("%s: %s, %v", in, a, err)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"http://127.0.0.1:8080", "fcgi+unix:///run/a?mode=0666&group=a%26b", "cgi:", "any://[::1]:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := gateway.ParseAddress(s)
		if err != nil {
			return
		}
		again, err := gateway.ParseAddress(a.String())
		if err != nil || again != a {
			t.Errorf("%q: %+v is %s, which is %+v, %v", s, a, a, again, err)
		}
	})
}
