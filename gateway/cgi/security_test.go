//go:build unix

package cgi_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/cgi"
)

// exchange sends a request as it is, and returns the status line and the body.
func exchange(t *testing.T, at, request string) (status, body string) {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(at, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = io.WriteString(c, request)
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err.Error(), ""
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return resp.Status, string(b)
}

// Nothing that a client sends becomes what the server says, and nothing of this process's
// environment reaches the program that was not named.
func TestEnvironment(t *testing.T) {
	t.Setenv("SECRET_KEY", "leaked")
	t.Setenv("INHERITED", "yes")
	t.Setenv("HTTP_PROXY", "http://own:1")
	file := script(t, `printf '\n'; env; pwd; echo "args $#: $*"`)
	h := &cgi.Handler{
		Path: file, Args: []string{"one arg", "-s"}, InheritEnv: []string{"INHERITED", "NOT_THERE"},
		Env: map[string]string{
			"MODE": "test", "REQUEST_METHOD": "EVIL", "SERVER_SOFTWARE": "other", "CONTENT_LENGTH": "7", "REMOTE_USER": "nobody",
		},
	}
	_, body := exchange(t, site(t, http.StripPrefix("/app", h)), "GET /app/a%20b/c?-s+x;cat%20/etc/passwd HTTP/1.1\r\nHost: example.org\r\n"+
		"Proxy: http://evil\r\nX_Real_Ip: 6.6.6.6\r\nX-Real-Ip: 1.1.1.1\r\nRemote-User: root\r\nRemote_User: root\r\nAuth-Type: Basic\r\n"+
		"Content-Type: text/x\r\nContent_Type: text/evil\r\nPath-Info: /evil\r\nScript-Filename: /etc/passwd\r\nConnection: close\r\n\r\n")
	lines := "\n" + body
	for _, want := range []string{
		"MODE=test", "INHERITED=yes", "PATH=" + os.Getenv("PATH"), "REQUEST_METHOD=GET", "SERVER_SOFTWARE=surcoat", "GATEWAY_INTERFACE=CGI/1.1",
		"SCRIPT_NAME=/app", "PATH_INFO=/a b/c", "QUERY_STRING=-s+x;cat%20/etc/passwd", "REQUEST_URI=/app/a%20b/c?-s+x;cat%20/etc/passwd",
		"HTTP_X_REAL_IP=1.1.1.1", "HTTP_REMOTE_USER=root", "CONTENT_TYPE=text/x", "SCRIPT_FILENAME=" + file, "HTTP_HOST=example.org",
		"REMOTE_USER=nobody", "HTTP_PATH_INFO=/evil",
		filepath.Dir(file), "args 2: one arg -s", // no word of the query is an argument (CVE-2012-1823)
	} {
		if strings.Count(lines, "\n"+want+"\n") != 1 {
			t.Errorf("no %s, or more than one", want)
		}
	}
	for _, never := range []string{"SECRET", "leaked", "\nHTTP_PROXY=", "6.6.6.6", "EVIL", "text/evil", "NOT_THERE", "\nCONTENT_LENGTH", "/etc/passwd\nSCRIPT", "HTTP_CONTENT", "\nHOME="} {
		if strings.Contains(lines, never) {
			t.Errorf("%q in it", never)
		}
	}
	if t.Failed() {
		t.Log(body)
	}
}

// A forged length is net/http's to refuse; one that is there once is the body's.
func TestForgedLength(t *testing.T) {
	at := site(t, &cgi.Handler{Path: script(t, `printf '\n%s %s ' "$CONTENT_LENGTH" "$HTTP_CONTENT_LENGTH"; cat`)})
	for _, tt := range []struct{ header, body, want string }{
		{"Content-Length: 5\r\n", "hello", "200 OK 5  hello"},
		{"Content-Length: 5\r\nContent_Length: 500\r\n", "hello", "200 OK 5  hello"},
		{"Content-Length: 5\r\nContent-Length: 6\r\n", "hello", "400 Bad Request 400 Bad Request"},
		{"Transfer-Encoding: chunked\r\nContent-Length: 500\r\n", "5\r\nhello\r\n0\r\n\r\n", "200 OK 5  hello"},
		{"Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "200 OK 0  "},
	} {
		status, body := exchange(t, at, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+tt.header+"\r\n"+tt.body)
		if got := status + " " + body; got != tt.want {
			t.Errorf("%q: %q, want %q", tt.header, got, tt.want)
		}
	}
}

func TestBadPath(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "a.cgi", "#!/bin/sh\nprintf '\\nhello'\n")
	for name, h := range map[string]http.Handler{"Handler": &cgi.Handler{Path: file}, "Dir": &cgi.Dir{Root: dir}} {
		at := site(t, h)
		for _, path := range []string{"/a.cgi/%00", "/a.cgi/%0A", "/a.cgi/x%0Dy", "/a.cgi%00.txt", "/%0a"} {
			if got := ask(t, "GET", at+path, nil); got != "400" {
				t.Errorf("%s %s: %s", name, path, got)
			}
		}
	}
}

// Whom a layer of ours has found out is REMOTE_USER, and the password is not the program's business.
func TestRemoteUser(t *testing.T) {
	h := &cgi.Handler{Path: script(t, `printf '\n%s %s %s' "$REMOTE_USER" "$AUTH_TYPE" "$HTTP_AUTHORIZATION"`)}
	behind := protected(t, h)
	for _, tt := range []struct {
		h    http.Handler
		want string
	}{{h, "Basic YW5uOmNvcnJlY3QgaG9yc2UgYmF0dGVyeQ=="}, {behind, "ann Basic"}} {
		r, _ := http.NewRequest("GET", site(t, tt.h), nil)
		r.SetBasicAuth("ann", "correct horse battery")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if got := strings.TrimSpace(string(b)); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	if got := ask(t, "GET", site(t, behind), nil, "Remote-User: ann", "X-Remote-User: ann"); !strings.HasPrefix(got, "401") {
		t.Error(got)
	}
}

// A target in absolute form does not make the connection one over TLS, neither for the program nor
// for one that it sends the request on to.
func TestForgedScheme(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/says", &cgi.Handler{Path: script(t, `printf '\nhttps=%s scheme=%s' "$HTTPS" "$REQUEST_SCHEME"`)})
	mux.Handle("/sends", &cgi.Handler{Path: script(t, `printf 'Location: /says\n\n'`), Redirect: mux})
	at := site(t, mux)
	for _, path := range []string{"/says", "/sends"} {
		if _, body := exchange(t, at, "GET https://example.org"+path+" HTTP/1.1\r\nHost: example.org\r\n\r\n"); body != "https= scheme=http" {
			t.Errorf("%s: %s", path, body)
		}
	}
}
