package ajp_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/ajp"
	"github.com/surcoat/surcoat/gateway/internal/apptest"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
	"github.com/surcoat/surcoat/internal/identity"
	"github.com/surcoat/surcoat/internal/testserver"
)

// knownUser is a layer that has found out who it is.
type knownUser struct{}

func (knownUser) RemoteUser() (user, scheme string, err error) { return "ada", "Digest", nil }

// Tomcat's examples run behind its AJP connector.
func TestClientTomcat(t *testing.T) {
	const secret = "a secret of the test"
	tomcat := testserver.Tomcat(t, secret)
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &ajp.Client{Addresses: []string{tomcat.Addr}, SecretFile: file, PingTimeout: 5 * time.Second, Mount: "/examples"}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	srv := httptest.NewServer(paritytest.Quiet(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Known") != "" {
			r = r.WithContext(context.WithValue(r.Context(), identity.Key{}, knownUser{}))
		}
		c.ServeHTTP(w, r)
	})))
	defer srv.Close()
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar, Timeout: 30 * time.Second}
	get := func(target string) (*http.Response, string) {
		t.Helper()
		r, _ := http.NewRequest("GET", srv.URL+target, nil)
		r.Header.Set("X-Known", "yes")
		resp, err := browser.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Errorf("%s: %v", target, err)
		}
		return resp, string(b)
	}

	t.Run("request info", func(t *testing.T) {
		_, body := get("/examples/servlets/servlet/RequestInfoExample/more%20path?a=b")
		for _, want := range []string{"GET", "/examples/servlets/servlet/RequestInfoExample/more%20path", "/more path", "127.0.0.1", "HTTP/1.1"} {
			if !strings.Contains(body, want) {
				t.Errorf("no %q in %s", want, body)
			}
		}
	})
	t.Run("header", func(t *testing.T) {
		_, body := get("/examples/servlets/servlet/RequestHeaderExample")
		if low := strings.ToLower(body); !strings.Contains(low, "user-agent") || !strings.Contains(low, "x-known") || !strings.Contains(low, strings.TrimPrefix(srv.URL, "http://")) {
			t.Error(body)
		}
	})
	t.Run("JSP and who it is", func(t *testing.T) {
		resp, body := get("/examples/jsp/snp/snoop.jsp?q=1")
		for _, want := range []string{"Remote user: ada", "Authorization scheme: Digest", "Query string: q=1", "Request URI: /examples/jsp/snp/snoop.jsp"} {
			if !strings.Contains(body, want) {
				t.Errorf("no %q in %s", want, body)
			}
		}
		if resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s %v", resp.Status, resp.Header)
		}
	})
	t.Run("session", func(t *testing.T) {
		get("/examples/servlets/servlet/SessionExample?dataname=color&datavalue=green")
		if _, body := get("/examples/servlets/servlet/SessionExample"); !strings.Contains(body, "color = green") {
			t.Error(body)
		}
	})
	t.Run("form", func(t *testing.T) {
		for name, body := range map[string]func(string) io.Reader{
			"of a length": func(s string) io.Reader { return strings.NewReader(s) },
			"chunked":     func(s string) io.Reader { return io.MultiReader(strings.NewReader(s)) },
		} {
			form := url.Values{"firstname": {"Ada"}, "lastname": {strings.Repeat("L", 100_000)}}.Encode()
			resp, err := browser.Post(srv.URL+"/examples/servlets/servlet/RequestParamExample", "application/x-www-form-urlencoded", body(form))
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if !strings.Contains(string(b), strings.Repeat("L", 100_000)) || err != nil {
				t.Errorf("%s: %s, %v, %.1000s", name, resp.Status, err, b)
			}
		}
	})
	t.Run("numbers as they come", func(t *testing.T) {
		resp, err := browser.Post(srv.URL+"/examples/servlets/nonblocking/bytecounter", "text/plain", strings.NewReader(strings.Repeat("b", 1<<20)))
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !strings.Contains(string(b), "1048576") {
			t.Errorf("%s: %s", resp.Status, b)
		}
	})
	t.Run("file", func(t *testing.T) {
		resp, body := get("/examples/index.html")
		if resp.ContentLength != int64(len(body)) || resp.Header.Get("Etag") == "" {
			t.Errorf("%v", resp.Header)
		}
		r, _ := http.NewRequest("GET", srv.URL+"/examples/index.html", nil)
		r.Header.Set("If-None-Match", resp.Header.Get("Etag"))
		if resp, err := browser.Do(r); err != nil || resp.StatusCode != 304 {
			t.Errorf("%v, %v", resp, err)
		}
		if resp, err := browser.Head(srv.URL + "/examples/index.html"); err != nil || resp.ContentLength != int64(len(body)) {
			t.Errorf("%v, %v", resp, err)
		}
	})
	t.Run("wrong secret", func(t *testing.T) {
		for secret, want := range map[string]string{"wrong": "403", "": "403"} {
			c := &ajp.Client{Addresses: []string{tomcat.Addr}, Secret: secret}
			if got := apptest.Ask(t, c, paritytest.Request{Target: "/examples/"}); !strings.HasPrefix(got, want) {
				t.Errorf("%q: %s", secret, got)
			}
		}
	})
	for target, want := range map[string]string{
		"/examples/none": "404", "/other": "404", "/examples": "302",
		// To Tomcat all of these are another application's, outside Mount.
		"/examples/../": "400", "/examples/..;/": "400", "/examples/..;x=y/": "400", "/examples/%2e%2e/": "400", "/examples/%2E.%3b/": "400",
	} {
		if got := apptest.Ask(t, c, paritytest.Request{Target: target}); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
	}
}
