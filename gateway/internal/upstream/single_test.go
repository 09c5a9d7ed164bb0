package upstream_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/apptest"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
	"github.com/surcoat/surcoat/gateway/internal/upstream"
)

// head is what a request begins with, in a protocol of this test's own.
const head = "HEAD"

// handler is the client of that protocol.
func handler(t *testing.T, f upstream.Fields) http.Handler {
	t.Helper()
	f.IdleTimeout = -1
	c, err := upstream.New("test", &f)
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.Serve(w, r, func(*http.Request) (upstream.Open, error) {
			return func(l *upstream.Link) upstream.Exchange { return upstream.NewSingle(l, []byte(head)) }, nil
		})
	})
}

// single answers every request with a text. Behind "…" the connection stays open.
func single(t *testing.T, text string) (addr string) {
	return apptest.Listen(t, func(conn net.Conn, _ int) {
		if _, err := io.ReadFull(conn, make([]byte, len(head))); err != nil {
			return
		}
		sent, open := strings.CutSuffix(text, "…")
		_, _ = io.WriteString(conn, sent)
		if open {
			_, _ = io.Copy(io.Discard, conn)
		}
	})
}

// What applications that are torn or lie come to, where the end of the connection is that of the
// answer.
func TestSingleLies(t *testing.T) {
	long := strings.Repeat("b", 60_000)
	for _, tt := range []struct{ sent, want string }{
		{"Content-Type: text/plain\r\n\r\nhello", "200 hello"},
		{"Status: 404 Not Found\n\nno", "404 no"},
		{"HTTP/1.1 404 Not Found\r\n\r\nno", "404 no"},
		{"Content-Length: 5\r\n\r\nhello…", "200 hello"},
		{"Content-Length: 5\r\n\r\nhello and more…", "200 hello"},
		{"Status: 204\r\n\r\n…", "204 "},
		{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello", "200 hello"},
		{"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello", "200 hello"},

		{"", "502"},
		{"Content-Type: text/plain\r\n", "502"},
		{"Content-Type: text/plain\r\nX-A", "502"},
		{"<h1>hello</h1>\n", "502"},
		{"Status: 99\r\n\r\n", "502"},
		{"HTTP/1.1 101 Switching Protocols\r\n\r\n…", "502"},
		{"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "502"},
		{strings.Repeat("X-A: "+long+"\r\n", 20) + "…", "502"},
		{long + long + "…", "502"},
		{"HTTP/1.1 103 Early Hints\r\n\r\n", "502"},
		{strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 100) + "…", "502"},
		{"X-Sendfile: /etc/passwd\r\n\r\n", "502"},

		{"Content-Length: 6\r\n\r\nhello", "torn"},
		{"Content-Length: 60001\r\n\r\n" + long, "torn"},
	} {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			h := handler(t, upstream.Fields{Addresses: []string{single(t, tt.sent)}, AnswerTimeout: 20 * time.Second})
			if got := apptest.Ask(t, h, paritytest.Request{}); got != tt.want {
				t.Errorf("%.50q: %s, want %s", tt.sent, got, tt.want)
			}
		})
	}
}

// A connection that is reset is no end of an answer.
func TestSingleReset(t *testing.T) {
	addr := apptest.Listen(t, func(conn net.Conn, _ int) {
		_, _ = io.ReadFull(conn, make([]byte, len(head)))
		_, _ = io.WriteString(conn, "X-A: b\r\n\r\nhello")
		time.Sleep(100 * time.Millisecond) // else the reset overtakes what was sent
		_ = conn.(*net.TCPConn).SetLinger(0)
	})
	if got := apptest.Ask(t, handler(t, upstream.Fields{Addresses: []string{addr}}), paritytest.Request{}); got != "torn" {
		t.Error(got)
	}
}

// Interim answers are on their way before the answer; what the layers in front have set is in the
// answer only.
func TestInterim(t *testing.T) {
	app := handler(t, upstream.Fields{Addresses: []string{single(t,
		"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: close\r\nX-Sendfile: /a\r\nX-Accel-Redirect: /b\r\nX-Accel-Buffering: no\r\n\r\nHTTP/1.1 200 OK\r\nX-B: 1\r\n\r\nhello")}})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Layer", "ours")
		app.ServeHTTP(w, r)
	}))
	defer srv.Close()
	var early []textproto.MIMEHeader
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(_ int, h textproto.MIMEHeader) error {
		early = append(early, h)
		return nil
	}})
	r, _ := http.NewRequestWithContext(ctx, "GET", srv.URL, nil)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if len(early) != 1 || early[0].Get("Link") != "</a>" || len(early[0]) != 1 {
		t.Errorf("%v", early)
	}
	if resp.Header.Get("X-Layer") != "ours" || resp.Header.Get("X-B") != "1" || resp.Header.Get("Link") != "" {
		t.Errorf("%v", resp.Header)
	}
}

// The file that an application may have sent is one of the folder, whatever it says.
func TestSendfile(t *testing.T) {
	root := t.TempDir()
	outside := filepath.Join(t.TempDir(), "secret")
	for path, text := range map[string]string{filepath.Join(root, "a b.txt"): "file", outside: "secret"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(root, "link")); err != nil {
		t.Skip(err)
	}
	for line, want := range map[string]string{
		"X-Sendfile: " + root + "/a b.txt":            "200 file",
		"X-Lighttpd-Send-File: " + root + "/a b.txt":  "200 file",
		"X-Accel-Redirect: /a%20b.txt":                "200 file",
		"X-Accel-Redirect: a b.txt?x":                 "200 file",
		"X-Sendfile: " + outside:                      "502",
		"X-Sendfile: " + root + "/link":               "502",
		"X-Sendfile: " + root:                         "502",
		"X-Sendfile: " + root + "/none":               "502",
		"X-Sendfile: a b.txt":                         "502",
		"X-Accel-Redirect: /../" + outside:            "502",
		"X-Accel-Redirect: /%2e%2e/%2e%2e/etc/passwd": "502",
		"X-Accel-Redirect: /":                         "502",
	} {
		h := handler(t, upstream.Fields{Addresses: []string{single(t, line+"\r\nContent-Length: 0\r\n\r\n")}, SendfileRoot: root})
		if got := apptest.Ask(t, h, paritytest.Request{}); got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
}

// A client that goes away closes the connection.
func TestClientGone(t *testing.T) {
	asked, gone := make(chan struct{}), make(chan struct{})
	addr := apptest.Listen(t, func(conn net.Conn, _ int) {
		_, _ = io.ReadFull(conn, make([]byte, len(head)))
		close(asked)
		_, _ = io.Copy(io.Discard, conn)
		close(gone)
	})
	srv := httptest.NewServer(handler(t, upstream.Fields{Addresses: []string{addr}}))
	defer srv.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	r, _ := http.NewRequestWithContext(ctx, "GET", srv.URL, nil)
	if _, err := http.DefaultClient.Do(r); err == nil {
		t.Error("an answer")
	}
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Error("the connection stays open")
	}
}

// Set-up errors name the field.
func TestFields(t *testing.T) {
	good := []string{"127.0.0.1:1"}
	for _, tt := range []struct {
		f    upstream.Fields
		want string
	}{
		{upstream.Fields{}, "Addresses: "},
		{upstream.Fields{Addresses: []string{"http://x"}}, "Addresses: "},
		{upstream.Fields{Addresses: good, Mount: "wiki"}, "Mount: "},
		{upstream.Fields{Addresses: good, Mount: "/wi%20ki"}, "Mount: "},
		{upstream.Fields{Addresses: good, Env: map[string]string{"A B": ""}}, "Env: "},
		{upstream.Fields{Addresses: good, Env: map[string]string{"HTTP_PROXY": ""}}, "Env: "},
		{upstream.Fields{Addresses: good, Env: map[string]string{"A": "a\nb"}}, "Env: "},
		{upstream.Fields{Addresses: good, SendfileRoot: "files"}, "SendfileRoot: "},
	} {
		if _, err := upstream.New("test", &tt.f); err == nil || !strings.HasPrefix(err.Error(), "test: Client."+tt.want) {
			t.Errorf("%+v: %v", tt.f, err)
		}
	}
}
