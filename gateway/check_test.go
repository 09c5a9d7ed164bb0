package gateway_test

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway"
)

func TestCheck(t *testing.T) {
	for _, name := range []string{"AJP_SECRET", "PORT", "HOST", "LISTEN_PID", "LISTEN_FDS", "REQUEST_METHOD"} {
		t.Setenv(name, "")
	}
	h := http.NotFoundHandler()
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		s    gateway.Server
		want string // "": nothing is wrong
	}{
		{gateway.Server{}, "Handler is nil"},
		{gateway.Server{Handler: h, URL: "http://127.0.0.1:0"}, ""},
		{gateway.Server{Handler: h, URL: "localhost:8080"}, "names no protocol"},
		{gateway.Server{Handler: h, URL: "http://:0", Mount: "wiki"}, "begins with a slash"},
		{gateway.Server{Handler: h, URL: "http://:0", CertFile: "a"}, "go together"},
		{gateway.Server{Handler: h, URL: "http://:0", CertFile: empty, KeyFile: empty}, "certificate in Server.CertFile"},
		{gateway.Server{Handler: h, URL: "https://:0"}, "needs a certificate"},
		{gateway.Server{Handler: h, URL: "ajp://:0", SecretFile: empty}, "is empty"},
		{gateway.Server{Handler: h, URL: "ajp://:0"}, "AJP_SECRET"},
		{gateway.Server{Handler: h, URL: "ajp://localhost:0"}, ""},
		{gateway.Server{Handler: h, URL: "any://:0"}, "loopback"},
		{gateway.Server{Handler: h, URL: "cgi:"}, ""},
	} {
		err := tt.s.Check()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.s, err, tt.want)
		}
	}
}

// Check takes no place: one that is in use is none of its business.
func TestCheckOpensNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	s := gateway.Server{Handler: http.NotFoundHandler(), URL: "http://" + l.Addr().String()}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}
