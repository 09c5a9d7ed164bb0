package serve_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/serve"
)

// app is an HTTP application that tells what it was asked.
func app(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "%s %s host=%s user=%s auth=%t for=%s proto=%s %s", r.Method, r.RequestURI, r.Host,
			strings.Join(r.Header["Remote-User"], "+"), r.Header.Get("Authorization") != "",
			r.Header.Get("X-Forwarded-For"), r.Header.Get("X-Forwarded-Proto"), strings.Repeat(".", 2000))
	}))
	t.Cleanup(s.Close)
	return s
}

func site(t *testing.T, o serve.Options, apps ...string) *httptest.Server {
	t.Helper()
	o.Logger = slog.New(slog.DiscardHandler)
	for _, text := range apps {
		a, err := serve.ParseApp(text)
		if err != nil {
			t.Fatal(err)
		}
		o.Apps = append(o.Apps, a)
	}
	h, err := serve.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(func() {
		s.Close()
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// get asks s for a path as it stands, and returns the status and the body.
func get(t *testing.T, client *http.Client, at, path string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", at, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Opaque = path
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			r.Host = value
		}
		r.Header[name] = append(r.Header[name], value)
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimRight(string(body), ".")
}

// stay follows no redirect.
var stay = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// Where a request goes, and with which path.
func TestPaths(t *testing.T) {
	one, two := app(t), app(t)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "a.txt"), []byte("a file"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := site(t, serve.Options{}, one.URL, "/two="+two.URL, "/two/base="+two.URL+"/b%20c/", "/files=files:"+folder)
	for path, want := range map[string]string{
		"/":                    "200 GET / host=example.org user= auth=false for=127.0.0.1 proto=http ",
		"/x//y%2Fz?q=1;2":      "200 GET /x//y%2Fz?q=1;2 host=example.org user= auth=false for=127.0.0.1 proto=http ",
		"/two":                 "200 GET /two host=example.org user= auth=false for=127.0.0.1 proto=http ",
		"/two/x%2Fy":           "200 GET /two/x%2Fy host=example.org user= auth=false for=127.0.0.1 proto=http ",
		"/two/base/x%2Fy":      "200 GET /b%20c/x%2Fy host=example.org user= auth=false for=127.0.0.1 proto=http ",
		"/twox":                "200 GET /twox host=example.org user= auth=false for=127.0.0.1 proto=http ",
		"/files/a.txt":         "200 a file",
		"/two/../x":            "400",
		"/two/%2e%2e/x":        "400",
		"/two/./x":             "400",
		`/two/..%5cx`:          "400",
		"/files/../a.txt":      "400",
		"/files/nothing-there": "404",
	} {
		status, body := get(t, stay, s.URL, path, "Host: example.org")
		if got := fmt.Sprint(status, " ", body); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// users is a password file of one user, with the password "secret of ann".
func users(t *testing.T) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("secret of ann"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(name, []byte("ann:"+string(hash)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

const annBasic = "Authorization: Basic YW5uOnNlY3JldCBvZiBhbm4="

func TestUsers(t *testing.T) {
	one := app(t)
	s := site(t, serve.Options{Htpasswd: users(t), Public: []string{"/open/"}}, one.URL, "/open="+one.URL)
	for _, tt := range []struct{ path, header, want string }{
		{"/", "X-A: b", "401"},
		{"/", "Remote-User: ann", "401"},
		{"/", "Authorization: Basic YW5uOndyb25n", "401"},
		{"/", annBasic, "200 GET / host=example.org user=ann auth=false"},
		{"/open/", "X-A: b", "200 GET /open/ host=example.org user= auth=false"},
		{"/open/", "Remote-User: root", "200 GET /open/ host=example.org user= auth=false"},
		{"/open/", "remote_user: root", "200 GET /open/ host=example.org user= auth=false"},
		{"/open/", annBasic, "200 GET /open/ host=example.org user=ann auth=false"},
		{"/open/../", "X-A: b", "400"},
		{"/opens", "X-A: b", "401"},
	} {
		status, body := get(t, stay, s.URL, tt.path, "Host: example.org", tt.header)
		if got := fmt.Sprint(status, " ", body); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s with %s: %s, want %s", tt.path, tt.header, got, tt.want)
		}
	}
}

// People sign in with a page where there are sessions, and the application learns who they are.
func TestSession(t *testing.T) {
	dir := t.TempDir()
	for _, where := range []string{"memory", "cookie:" + filepath.Join(dir, "keys"), "bolt:" + filepath.Join(dir, "sessions.db")} {
		s := site(t, serve.Options{Htpasswd: users(t), Session: where}, app(t).URL)
		jar, _ := cookiejar.New(nil)
		person := &http.Client{Jar: insecure{jar}}
		status, body := get(t, person, s.URL, "/page", "Accept: text/html")
		if status != 200 || !strings.Contains(body, `name="password"`) {
			t.Fatalf("%s: no page to sign in: %d %s", where, status, body)
		}
		resp, err := person.PostForm(s.URL+serve.LoginPath, url.Values{"name": {"ann"}, "password": {"secret of ann"}, "next": {"/page"}})
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !strings.Contains(string(text), "GET /page") || !strings.Contains(string(text), "user=ann") {
			t.Errorf("%s: %d %.300s", where, resp.StatusCode, text)
		}
		if status, _ := get(t, stay, s.URL, "/", "Accept: application/json"); status != 401 {
			t.Errorf("%s: a program got %d", where, status)
		}
		if status, _ := get(t, stay, s.URL, "/", annBasic); status != 200 {
			t.Errorf("%s: a program with a password got %d", where, status)
		}
	}
}

// insecure is a jar that treats http://127.0.0.1 as browsers do localhost.
type insecure struct{ http.CookieJar }

func (j insecure) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.CookieJar.SetCookies(&url.URL{Scheme: "https", Host: u.Host, Path: u.Path}, cookies)
}

func (j insecure) Cookies(u *url.URL) []*http.Cookie {
	return j.CookieJar.Cookies(&url.URL{Scheme: "https", Host: u.Host, Path: u.Path})
}

func TestGzip(t *testing.T) {
	s := site(t, serve.Options{Gzip: true}, app(t).URL)
	r, _ := http.NewRequestWithContext(t.Context(), "GET", s.URL, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	z, err := gzip.NewReader(resp.Body)
	if err != nil {
		t.Fatalf("not compressed: %v", resp.Header)
	}
	if text, err := io.ReadAll(z); err != nil || !strings.HasPrefix(string(text), "GET /") {
		t.Errorf("%q %v", text, err)
	}
}

// An application that is not there, hangs, or breaks off is told apart.
func TestApplicationFails(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	hung, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer hung.Close()
	liar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, _, _ := http.NewResponseController(w).Hijack()
		_, _ = io.WriteString(c, "no HTTP at all\r\n\r\n")
		c.Close()
	}))
	defer liar.Close()
	s := site(t, serve.Options{}, "/gone="+gone.URL, "/hung=http://"+hung.Addr().String()+"?answer-timeout=50ms", "/liar="+liar.URL)
	for path, want := range map[string]int{"/gone": 503, "/hung": 504, "/liar": 502, "/none": 404} {
		if status, body := get(t, stay, s.URL, path); status != want || strings.Contains(body, "127.0.0.1") {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

func TestOptions(t *testing.T) {
	for name, tt := range map[string]struct {
		o    serve.Options
		apps string
		want string
	}{
		"no application":  {serve.Options{}, "", "--app"},
		"two at one path": {serve.Options{}, "/a=http://h:1 /a/=http://h:2", "two applications are at /a/"},
		"no users":        {serve.Options{Session: "memory"}, "http://h:1", "--htpasswd"},
		"no such file":    {serve.Options{Htpasswd: "/nonexistent/users"}, "http://h:1", "/nonexistent/users"},
		"public":          {serve.Options{Htpasswd: "users", Public: []string{"/b"}}, "http://h:1", "--public /b"},
		"no folder":       {serve.Options{}, "files:/nonexistent", "/nonexistent"},
		"a number":        {serve.Options{}, "http://h:1?answer-timeout=x", "answer-timeout"},
	} {
		if tt.o.Htpasswd == "users" {
			tt.o.Htpasswd = users(t)
		}
		for text := range strings.FieldsSeq(tt.apps) {
			a, err := serve.ParseApp(text)
			if err != nil {
				t.Fatal(err)
			}
			tt.o.Apps = append(tt.o.Apps, a)
		}
		if _, err := serve.New(context.Background(), tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v; want %q", name, err, tt.want)
		}
	}
	for where, ok := range map[string]bool{
		"memory": true, "cookie:/x": true, "bolt:/x": true, "redis://h:1/0": true, "rediss://h": true,
		"": false, "memory:x": false, "cookie": false, "bolt:": false, "mysql://h": false,
	} {
		if err := serve.CheckSession(where); (err == nil) != ok {
			t.Errorf("--session %s: %v", where, err)
		}
	}
}
