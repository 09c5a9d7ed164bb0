package cgienv_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/internal/identity"
)

// incoming is a request as a server makes it, with header lines "Name: value".
func incoming(target string, lines ...string) *http.Request {
	r := httptest.NewRequest("GET", target, nil)
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		r.Header[name] = append(r.Header[name], value)
	}
	return r
}

// Every variable of a plain request.
func TestVars(t *testing.T) {
	r := httptest.NewRequest("POST", "/app/a%2Fb%20c?x=1;y", strings.NewReader("hello"))
	r.Host = "example.com:8080"
	r.Header.Set("Content-Type", "text/plain")
	r.Header.Set("User-Agent", "test/1")
	r.Header["Cookie"] = []string{"a=1", "b=2"}
	r.Header["Accept"] = []string{"text/html", "*/*"}
	script, info, ok := cgienv.Split(r, "/app")
	if !ok {
		t.Fatal("not in the mount")
	}
	o := cgienv.Outgoing{Script: script, Info: info, Filename: "/srv/app.php", Root: "/srv/"}
	vars, err := o.Vars(r)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"CONTENT_LENGTH": "5", "CONTENT_TYPE": "text/plain", "DOCUMENT_ROOT": "/srv/", "GATEWAY_INTERFACE": "CGI/1.1",
		"HTTP_ACCEPT": "text/html, */*", "HTTP_COOKIE": "a=1; b=2", "HTTP_HOST": "example.com:8080", "HTTP_USER_AGENT": "test/1",
		"PATH_INFO": "/a/b c", "PATH_TRANSLATED": "/srv/a/b c", "QUERY_STRING": "x=1;y", "REMOTE_ADDR": "192.0.2.1", "REMOTE_PORT": "1234",
		"REQUEST_METHOD": "POST", "REQUEST_SCHEME": "http", "REQUEST_URI": "/app/a%2Fb%20c?x=1;y", "SCRIPT_FILENAME": "/srv/app.php",
		"SCRIPT_NAME": "/app", "SERVER_NAME": "example.com", "SERVER_PORT": "8080", "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_SOFTWARE": "surcoat",
	}
	for name, value := range vars.All() {
		if want[name] != value {
			t.Errorf("%s is %q, want %q", name, value, want[name])
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	if vars[0].Name != "CONTENT_LENGTH" {
		t.Error("CONTENT_LENGTH is not the first, as SCGI wants it")
	}
}

// PATH_TRANSLATED never leaves the root, whatever PATH_INFO is.
func TestVarsTranslated(t *testing.T) {
	for info, want := range map[string]string{
		"/": "/srv/", "/a//b/": "/srv/a/b/", "/../../etc/passwd": "/srv/etc/passwd", "/a/../../b": "/srv/b", "/..": "/srv/", "/a/.": "/srv/a", "/...": "/srv/...",
	} {
		vars, err := (&cgienv.Outgoing{Info: info, Root: "/srv"}).Vars(incoming("/"))
		if got := vars.Get("PATH_TRANSLATED"); got != want || vars.Get("PATH_INFO") != info || err != nil {
			t.Errorf("%s: %s, want %s; %v", info, got, want, err)
		}
	}
}

// What a client sends never becomes what the server says.
func TestVarsForged(t *testing.T) {
	r := incoming("/", "Proxy: http://evil", "X_Real_IP: 6.6.6.6", "X-Real-Ip: 1.1.1.1", "Remote-User: root", "Content-Length: 9",
		"Connection: keep-alive, X-Hop", "X-Hop: 1", "Transfer-Encoding: chunked", "Te: trailers", "Upgrade: websocket", "Keep-Alive: 5",
		"X.Y: 1", "X Y: 1", "Auth-Type: Basic", "Script-Filename: /etc/passwd", "Expect: 100-continue")
	vars, err := (&cgienv.Outgoing{}).Vars(r)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range vars.All() {
		switch {
		case name == "HTTP_X_REAL_IP" && value != "1.1.1.1",
			name == "HTTP_PROXY", name == "HTTP_CONTENT_LENGTH", name == "HTTP_CONTENT_TYPE", name == "REMOTE_USER", name == "AUTH_TYPE",
			name == "HTTP_X_HOP", name == "HTTP_TRANSFER_ENCODING", name == "HTTP_TE", name == "HTTP_UPGRADE", name == "HTTP_CONNECTION",
			name == "HTTP_KEEP_ALIVE", name == "HTTP_X.Y", name == "HTTP_X Y", name == "HTTP_EXPECT", name == "SCRIPT_FILENAME":
			t.Errorf("%s=%s", name, value)
		}
	}
	if got := vars.Get("HTTP_REMOTE_USER"); got != "root" {
		t.Errorf("HTTP_REMOTE_USER is %q; it is the client's to say", got)
	}
}

func TestVarsBad(t *testing.T) {
	for name, r := range map[string]*http.Request{
		"NUL in the path":  incoming("/a%00b"),
		"LF in the path":   incoming("/a%0Ab"),
		"CR in the path":   incoming("/a%0Db"),
		"LF in a value":    incoming("/", "X-A: a\nb"),
		"NUL in a value":   incoming("/", "X-A: a\x00b"),
		"LF in the cookie": incoming("/", "Cookie: a\nb"),
	} {
		_, info, _ := cgienv.Split(r, "")
		_, err := (&cgienv.Outgoing{Info: info}).Vars(r)
		var bad *cgienv.Error
		if !errors.As(err, &bad) || bad.Status != http.StatusBadRequest {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		target, strip, mount string
		script, info         string
		ok                   bool
	}{
		{"/a/b", "", "", "", "/a/b", true},
		{"/", "", "", "", "/", true},
		{"/a/b", "/a", "", "/a", "/b", true},
		{"/a", "/a", "", "/a", "", true},
		{"/a%20b/c", "/a b", "", "/a b", "/c", true},
		{"/a/c%2Fd", "/a", "", "/a", "/c/d", true},
		{"/a/b", "", "/a", "/a", "/b", true},
		{"/a/b/c?d", "/a", "/b", "/a/b", "/c", true},
		{"/ab", "", "/a", "", "", false},
		{"/a", "", "/a", "/a", "", true},
		{"/a/", "", "/", "", "/a/", true},
		{"/a/b", "", "/a/", "/a", "/b", true},
		{"/a", "", "/a/", "/a", "", true},
	} {
		var script, info string
		var ok bool
		http.StripPrefix(tt.strip, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			script, info, ok = cgienv.Split(r, tt.mount)
		})).ServeHTTP(httptest.NewRecorder(), incoming(tt.target))
		if script != tt.script || info != tt.info || ok != tt.ok {
			t.Errorf("%s less %q, mounted at %q: %q %q %v", tt.target, tt.strip, tt.mount, script, info, ok)
		}
	}
}

// teller is a layer that knows whom a request is from.
type teller struct {
	context.Context
	user, scheme string
	err          error
}

func (t *teller) Value(key any) any {
	if key == (identity.Key{}) {
		return t
	}
	return t.Context.Value(key)
}

func (t *teller) RemoteUser() (string, string, error) { return t.user, t.scheme, t.err }

func TestVarsUser(t *testing.T) {
	for _, tt := range []struct {
		user, scheme         string
		want, authType, auth string
	}{
		{"", "", "", "", "Basic eDp5"},
		{"ann", "Basic", "ann", "Basic", ""},
		{"ann", "Session", "ann", "Session", "Basic eDp5"},
	} {
		r := incoming("/", "Authorization: Basic eDp5")
		vars, err := (&cgienv.Outgoing{}).Vars(r.WithContext(&teller{r.Context(), tt.user, tt.scheme, nil}))
		if err != nil {
			t.Fatal(err)
		}
		if user, how, auth := vars.Get("REMOTE_USER"), vars.Get("AUTH_TYPE"), vars.Get("HTTP_AUTHORIZATION"); user != tt.want || how != tt.authType || auth != tt.auth {
			t.Errorf("%+v: %q %q %q", tt, user, how, auth)
		}
	}
	r := incoming("/")
	if _, err := (&cgienv.Outgoing{}).Vars(r.WithContext(&teller{r.Context(), "", "", errors.New("down")})); !errors.Is(err, cgienv.ErrIdentity) {
		t.Errorf("%v", err)
	}
	if _, err := (&cgienv.Outgoing{}).Vars(r.WithContext(&teller{r.Context(), "a\nb", "Basic", nil})); err == nil {
		t.Error("a line end in the user's name")
	}
}

// What is told comes back as the same request.
func TestVarsBack(t *testing.T) {
	for _, r := range []*http.Request{
		incoming("/"), incoming("/a%2Fb/%20c?d=%26"), incoming("/?"), incoming("/app//x;y"),
		incoming("/", "Accept-Encoding: gzip", "X-A: 1", "If-None-Match: \"a\""),
	} {
		_, info, _ := cgienv.Split(r, "")
		vars, err := (&cgienv.Outgoing{Info: info}).Vars(r)
		if err != nil {
			t.Fatal(err)
		}
		back, err := cgienv.Request(t.Context(), vars, "/")
		if err != nil {
			t.Fatal(err)
		}
		if back.RequestURI != r.RequestURI || back.URL.Path != r.URL.Path || back.URL.RawQuery != r.URL.RawQuery || back.Host != r.Host ||
			back.RemoteAddr != r.RemoteAddr || len(back.Header) != len(r.Header) {
			t.Errorf("%s: %+v, was %+v", r.RequestURI, back, r)
		}
	}
}

func FuzzOutgoing(f *testing.F) {
	f.Add("/a/b?c", "/a", "X-A", "b", "example.com")
	f.Add("/%00", "", "Proxy", "b", "[::1]:80")
	f.Fuzz(func(t *testing.T, target, mount, name, value, host string) {
		r, err := http.NewRequest("GET", target, nil)
		if err != nil {
			return
		}
		r.RequestURI, r.Host = target, host
		r.Header[http.CanonicalHeaderKey(name)] = []string{value}
		script, info, ok := cgienv.Split(r, mount)
		if !ok {
			return
		}
		vars, err := (&cgienv.Outgoing{Script: script, Info: info}).Vars(r)
		if err != nil {
			return
		}
		for name, v := range vars.All() {
			if strings.ContainsAny(name, "\x00\r\n=") || name == "HTTP_PROXY" || name == "REMOTE_USER" {
				t.Errorf("%q=%q", name, v)
			}
			if strings.ContainsAny(v, "\x00\r\n") {
				t.Errorf("%q=%q", name, v)
			}
		}
	})
}
