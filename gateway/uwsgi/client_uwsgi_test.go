package uwsgi_test

import (
	"bufio"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/apptest"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
	"github.com/surcoat/surcoat/gateway/uwsgi"
	"github.com/surcoat/surcoat/internal/testserver"
)

// A WSGI program runs behind uWSGI.
func TestClientUWSGI(t *testing.T) {
	file, err := filepath.Abs("testdata/app.py")
	if err != nil {
		t.Fatal(err)
	}
	app := testserver.UWSGI(t, "uwsgi", file)
	c := &uwsgi.Client{Addresses: []string{app.Addr}, Mount: "/app", Env: map[string]string{"APP_MODE": "test"}}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(paritytest.Quiet(c))
	defer srv.Close()

	t.Run("variables", func(t *testing.T) {
		r, _ := http.NewRequest("GET", srv.URL+"/app/a%20b?x=1", nil)
		r.Header = http.Header{"X-A": {"1", "2"}, "Proxy": {"evil"}, "X_B": {"forged"}}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var got map[string]string
		if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			"SCRIPT_NAME": "/app", "PATH_INFO": "/a b", "QUERY_STRING": "x=1", "REQUEST_URI": "/app/a%20b?x=1", "HTTP_X_A": "1, 2",
			"HTTP_X_B": "", "HTTP_PROXY": "", "APP_MODE": "test", "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http",
		} {
			if got[name] != want {
				t.Errorf("%s is %q, want %q", name, got[name], want)
			}
		}
	})
	t.Run("upload", func(t *testing.T) {
		body := strings.Repeat("body", 1<<20)
		sum := md5.Sum([]byte(body))
		want := fmt.Sprintf("%d %s", len(body), hex.EncodeToString(sum[:]))
		for name, r := range map[string]io.Reader{"of a length": strings.NewReader(body), "chunked": io.MultiReader(strings.NewReader(body))} {
			resp, err := http.Post(srv.URL+"/app/upload", "text/plain", r)
			if err != nil {
				t.Fatal(err)
			}
			got, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if resp.StatusCode != 201 || string(got) != want || len(resp.Header["Set-Cookie"]) != 2 {
				t.Errorf("%s: %s %q %v", name, resp.Status, got, resp.Header)
			}
		}
	})
	t.Run("stream", func(t *testing.T) {
		resp, err := http.Get(srv.URL + "/app/stream")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		r := bufio.NewReader(resp.Body)
		line, _ := r.ReadString('\n')
		begun := time.Now()
		rest, err := io.ReadAll(r)
		if d := time.Since(begun); line != "line 0\n" || string(rest) != "line 1\nline 2\nline 3\nline 4\n" || err != nil || d < 200*time.Millisecond {
			t.Errorf("%q, %q, %v, in %v", line, rest, err, d)
		}
	})
	// uWSGI answers nothing for a program that raises.
	for target, want := range map[string]string{"/app/fail": "502", "/app/short": "torn", "/other": "404"} {
		if got := apptest.Ask(t, c, paritytest.Request{Target: target}); got[:min(4, len(got))] != want && got[:3] != want {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
	}
}

// Variables that the protocol cannot carry are refused before anything is sent.
func TestClientTooLong(t *testing.T) {
	c := &uwsgi.Client{Addresses: []string{"127.0.0.1:1"}}
	q := paritytest.Request{Header: []string{"X-A: " + strings.Repeat("a", 1<<16)}}
	if got := apptest.Ask(t, c, q); got != "431" {
		t.Error(got)
	}
}
