package serve_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/serve"
)

// What a path may mean to an application that merges slashes, or takes parameters off its parts
// (Tomcat's "..;"), is not answered for by another application than it is here.
func TestPathsAround(t *testing.T) {
	all := app(t) // one server, part of which needs a password
	s := site(t, serve.Options{Htpasswd: users(t), Public: []string{"/", "/open"}}, all.URL, "/private="+all.URL, "/open="+all.URL+"/open")
	for path, want := range map[string]int{
		"/x//y;v=1/z;": 200, "/open//x;y": 200, "//x": 200, "/private": 401, "/private/x": 401, "/private//x;y": 401,
		"//private": 400, "//private/x": 400, "///private/x": 400, "/%2Fprivate/x": 400, `/%5cprivate/x`: 400,
		"/private;x": 400, "/private;x=1/y": 400, "/;x/private/y": 400, "/open/..;/private": 400, "/open/..;x=y/private": 400,
		"/open/.;/x": 400, "/open/%2e%2e;/private": 400, "/open/..%3b/private": 400, `/open/..;%5cprivate`: 400,
	} {
		resp, body := raw(t, s, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if resp.StatusCode != want {
			t.Errorf("%s: %s %.80s, want %d", path, resp.Status, body, want)
		}
	}
}

// raw sends a request as it is, and returns the answer's head and body.
func raw(t *testing.T, s *httptest.Server, request string) (*http.Response, string) {
	t.Helper()
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_, _ = io.WriteString(c, request)
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	return resp, string(body)
}

// A target in absolute form does not make the connection one over TLS.
func TestForgedScheme(t *testing.T) {
	s := site(t, serve.Options{}, app(t).URL)
	_, body := raw(t, s, "GET https://example.org/x HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n")
	if !strings.Contains(body, " proto=http ") {
		t.Error(body)
	}
}

// The connection to an HTTP server becomes one of another protocol for WebSockets only: through
// HTTP/2's (h2c) further requests would pass no layer.
func TestUpgrade(t *testing.T) {
	switches := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			fmt.Fprint(w, "no upgrade")
			return
		}
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", r.Header.Get("Upgrade"))
		w.WriteHeader(http.StatusSwitchingProtocols)
	}))
	t.Cleanup(switches.Close)
	s := site(t, serve.Options{}, switches.URL)
	for protocol, want := range map[string]int{"h2c": 200, "HTTP/2.0": 200, "websocket": 101, "WebSocket": 101, "websocket, h2c": 200} {
		resp, body := raw(t, s, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: "+protocol+"\r\nHTTP2-Settings: AAMAAABk\r\nSec-WebSocket-Key: x\r\n\r\n")
		if resp.StatusCode != want {
			t.Errorf("%s: %s %s, want %d", protocol, resp.Status, body, want)
		}
	}
}

// What another field could be taken for, behind an HTTP server that is a gateway itself, it does not
// get.
func TestForgedFields(t *testing.T) {
	tells := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Header) }))
	t.Cleanup(tells.Close)
	s := site(t, serve.Options{}, tells.URL)
	_, body := get(t, stay, s.URL, "/", "Proxy: evil", "X_forwarded_proto: evil", "X_Forwarded_For: evil", "Remote_user: evil", "Remote-User: evil",
		"X-Forwarded-For: evil", "Forwarded: evil", "Connection: X-Forwarded-Proto", "X-Mine: good")
	if strings.Contains(body, "evil") || !strings.Contains(body, "good") || !strings.Contains(body, "X-Forwarded-Proto") {
		t.Error(body)
	}
}
