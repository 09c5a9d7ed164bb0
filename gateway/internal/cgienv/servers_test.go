package cgienv_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
)

// server is what a server in front has been seen to send. The client asked for
//
//	POST /PREFIX/a%2Fb//c%20d/x/../%c3%a9;p?q=%31&r
//
// with the lines X-A: 1, X-A: 2, Cookie: a=1, Cookie: b=2, X_U: 3, an empty X-E, Proxy: evil, and
// five bytes.
type server struct {
	name string
	vars string // "NAME=value" lines
	// What is not as over HTTP.
	prefix string // what is stripped without a Mount
	xa     string // lines of X-A
	cookie string
	xu, xe bool // has X-U, X-E
	host   string
}

// Quirks, seen with apache2 2.4.71, nginx 1.22.1, lighttpd 1.4.69, haproxy 2.6.12:
//
//   - SCRIPT_NAME is the program's address only over CGI and from mod_proxy_uwsgi. Elsewhere it
//     is the whole path (decoded, in nginx with merged slashes), and PATH_INFO is missing; uwsgi
//     from nginx has the whole path in PATH_INFO and no SCRIPT_NAME.
//   - lighttpd's SCRIPT_NAME goes on from the end of the configured prefix to the next slash: one
//     segment too many for a prefix that ends in a slash. That is right for no application:
//     configure it without (and then /scgix is an application's address too where /scgi is
//     configured).
//   - PATH_INFO has merged slashes and resolved dots, and %2F decoded (lighttpd) or not (Apache).
//   - Apache and lighttpd join repeated fields with ", ", Apache cookies too.
//   - lighttpd lets X_U through, and drops empty fields.
//   - nginx and lighttpd send HTTP_CONTENT_LENGTH and HTTP_CONTENT_TYPE besides.
//   - nginx's HTTP_HOST has no port; haproxy's SERVER_NAME has one.
//   - nginx and haproxy set REMOTE_USER to what the client claims.
var servers = []server{
	{
		name: "apache cgi",
		vars: `
HTTP_HOST=127.0.0.1:19080
HTTP_X_A=1, 2
HTTP_COOKIE=a=1, b=2
HTTP_X_E=
CONTENT_LENGTH=5
CONTENT_TYPE=text/plain
SERVER_SOFTWARE=Apache/2.4.71 (Debian)
SERVER_NAME=127.0.0.1
SERVER_ADDR=127.0.0.1
SERVER_PORT=19080
REMOTE_ADDR=127.0.0.1
REQUEST_SCHEME=http
CONTEXT_PREFIX=/cgi/
SCRIPT_FILENAME=/run/cgi-bin/backend.cgi
REMOTE_PORT=46144
GATEWAY_INTERFACE=CGI/1.1
SERVER_PROTOCOL=HTTP/1.1
REQUEST_METHOD=POST
QUERY_STRING=q=%31&r
REQUEST_URI=/cgi/a%2Fb//c%20d/x/../%c3%a9;p?q=%31&r
SCRIPT_NAME=/cgi
PATH_INFO=/a%2Fb/c d/é;p
PATH_TRANSLATED=/run/htdocs/a%2Fb/c d/é;p`,
		prefix: "/cgi", xa: "1, 2", cookie: "a=1, b=2", xe: true, host: "127.0.0.1:19080",
	}, {
		name: "apache scgi",
		vars: `
CONTENT_LENGTH=5
SCGI=1
HTTP_HOST=127.0.0.1:19080
HTTP_X_A=1, 2
HTTP_COOKIE=a=1, b=2
HTTP_X_E=
CONTENT_TYPE=text/plain
SERVER_SOFTWARE=Apache/2.4.71 (Debian)
SERVER_NAME=127.0.0.1
SERVER_PORT=19080
REMOTE_ADDR=127.0.0.1
REQUEST_SCHEME=http
SCRIPT_FILENAME=proxy:scgi://127.0.0.1:19003/a%252Fb//c%2520d/x/../%25c3%25a9;p%3Fq=%2531&r
REMOTE_PORT=46160
SERVER_PROTOCOL=HTTP/1.1
REQUEST_METHOD=POST
QUERY_STRING=q=%31&r
REQUEST_URI=/scgi/a%2Fb//c%20d/x/../%c3%a9;p?q=%31&r
SCRIPT_NAME=/scgi/a%2Fb/c d/é;p`,
		xa: "1, 2", cookie: "a=1, b=2", xe: true, host: "127.0.0.1:19080",
	}, {
		name: "apache uwsgi",
		vars: `
PATH_INFO=/a%2Fb/c d/é;p
HTTP_HOST=127.0.0.1:19080
HTTP_X_A=1, 2
HTTP_COOKIE=a=1, b=2
HTTP_X_E=
CONTENT_LENGTH=5
CONTENT_TYPE=text/plain
SERVER_NAME=127.0.0.1
SERVER_PORT=19080
REMOTE_ADDR=127.0.0.1
REQUEST_SCHEME=http
REMOTE_PORT=46170
SERVER_PROTOCOL=HTTP/1.1
REQUEST_METHOD=POST
QUERY_STRING=q=%31&r
REQUEST_URI=/uwsgi/a%2Fb//c%20d/x/../%c3%a9;p?q=%31&r
SCRIPT_NAME=/uwsgi`,
		prefix: "/uwsgi", xa: "1, 2", cookie: "a=1, b=2", xe: true, host: "127.0.0.1:19080",
	}, {
		name: "nginx fastcgi",
		vars: `
QUERY_STRING=q=%31&r
REQUEST_METHOD=POST
CONTENT_TYPE=text/plain
CONTENT_LENGTH=5
SCRIPT_NAME=/fcgi/a/b/c d/é;p
REQUEST_URI=/fcgi/a%2Fb//c%20d/x/../%c3%a9;p?q=%31&r
DOCUMENT_URI=/fcgi/a/b/c d/é;p
DOCUMENT_ROOT=/run/html
SERVER_PROTOCOL=HTTP/1.1
REQUEST_SCHEME=http
GATEWAY_INTERFACE=CGI/1.1
SERVER_SOFTWARE=nginx/1.22.1
REMOTE_ADDR=127.0.0.1
REMOTE_PORT=42128
REMOTE_USER=x
SERVER_ADDR=127.0.0.1
SERVER_PORT=19081
SERVER_NAME=localhost
REDIRECT_STATUS=200
HTTP_HOST=127.0.0.1
HTTP_X_A=1
HTTP_X_A=2
HTTP_COOKIE=a=1
HTTP_COOKIE=b=2
HTTP_X_E=
HTTP_CONTENT_LENGTH=5
HTTP_CONTENT_TYPE=text/plain`,
		xa: "1|2", cookie: "a=1|b=2", xe: true, host: "127.0.0.1",
	}, {
		name: "nginx scgi",
		vars: `
CONTENT_LENGTH=5
REQUEST_METHOD=POST
REQUEST_URI=/scgi/a%2Fb//c%20d/x/../%c3%a9;p?q=%31&r
QUERY_STRING=q=%31&r
CONTENT_TYPE=text/plain
DOCUMENT_URI=/scgi/a/b/c d/é;p
SCGI=1
SERVER_PROTOCOL=HTTP/1.1
REQUEST_SCHEME=http
REMOTE_ADDR=127.0.0.1
REMOTE_PORT=42166
SERVER_PORT=19081
SERVER_NAME=localhost
HTTP_HOST=127.0.0.1
HTTP_X_A=1
HTTP_X_A=2
HTTP_COOKIE=a=1
HTTP_COOKIE=b=2
HTTP_X_E=
HTTP_CONTENT_LENGTH=5
HTTP_CONTENT_TYPE=text/plain`,
		xa: "1|2", cookie: "a=1|b=2", xe: true, host: "127.0.0.1",
	}, {
		name: "nginx uwsgi",
		vars: `
QUERY_STRING=q=%31&r
REQUEST_METHOD=POST
CONTENT_TYPE=text/plain
CONTENT_LENGTH=5
REQUEST_URI=/uwsgi/a%2Fb//c%20d/x/../%c3%a9;p?q=%31&r
PATH_INFO=/uwsgi/a/b/c d/é;p
SERVER_PROTOCOL=HTTP/1.1
REQUEST_SCHEME=http
REMOTE_ADDR=127.0.0.1
REMOTE_PORT=42132
SERVER_PORT=19081
SERVER_NAME=localhost
HTTP_HOST=127.0.0.1
HTTP_X_A=1
HTTP_X_A=2
HTTP_COOKIE=a=1
HTTP_COOKIE=b=2
HTTP_X_E=`,
		xa: "1|2", cookie: "a=1|b=2", xe: true, host: "127.0.0.1",
	}, {
		name: "lighttpd cgi",
		vars: `
CONTENT_LENGTH=5
QUERY_STRING=q=1&r
REQUEST_URI=/cgi/a%2Fb//c%20d/x/../%c3%a9;p?q=%31&r
REDIRECT_URI=/cgi/a/b/c%20d/%C3%A9;p?q=1&r
REDIRECT_STATUS=200
SCRIPT_NAME=/cgi
PATH_INFO=/a/b/c d/é;p
REQUEST_METHOD=POST
SERVER_PROTOCOL=HTTP/1.1
SERVER_SOFTWARE=lighttpd/1.4.69
GATEWAY_INTERFACE=CGI/1.1
REQUEST_SCHEME=http
SERVER_PORT=19082
SERVER_ADDR=127.0.0.1
SERVER_NAME=127.0.0.1
REMOTE_ADDR=127.0.0.1
REMOTE_PORT=54202
HTTP_HOST=127.0.0.1:19082
HTTP_X_A=1, 2
HTTP_COOKIE=a=1; b=2
HTTP_X_U=3
HTTP_CONTENT_LENGTH=5
CONTENT_TYPE=text/plain`,
		prefix: "/cgi", xa: "1, 2", cookie: "a=1; b=2", xu: true, host: "127.0.0.1:19082",
	}, {
		name: "lighttpd scgi, prefix with a slash at its end",
		vars: `
CONTENT_LENGTH=5
QUERY_STRING=q=1&r
REQUEST_URI=/scgi/a%2Fb//c%20d/x/../%c3%a9;p?q=%31&r
SCRIPT_NAME=/scgi/a
PATH_INFO=/b/c d/é;p
REQUEST_METHOD=POST
SERVER_PROTOCOL=HTTP/1.1
SERVER_SOFTWARE=lighttpd/1.4.69
GATEWAY_INTERFACE=CGI/1.1
REQUEST_SCHEME=http
SERVER_PORT=19082
SERVER_NAME=127.0.0.1
REMOTE_ADDR=127.0.0.1
REMOTE_PORT=54206
HTTP_HOST=127.0.0.1:19082
HTTP_X_A=1, 2
HTTP_COOKIE=a=1; b=2
HTTP_X_U=3
HTTP_CONTENT_LENGTH=5
CONTENT_TYPE=text/plain
SCGI=1`,
		prefix: "", // the escaped slash saves it here
		xa:     "1, 2", cookie: "a=1; b=2", xu: true, host: "127.0.0.1:19082",
	}, {
		name: "lighttpd scgi, prefix without a slash at its end",
		vars: `
CONTENT_LENGTH=5
QUERY_STRING=q=1&r
REQUEST_URI=/scgi/a%2Fb//c%20d/x/../%c3%a9;p?q=%31&r
SCRIPT_NAME=/scgi
PATH_INFO=/a/b/c d/é;p
REQUEST_METHOD=POST
SERVER_PROTOCOL=HTTP/1.1
SERVER_SOFTWARE=lighttpd/1.4.69
REMOTE_ADDR=127.0.0.1
REMOTE_PORT=54208
HTTP_HOST=127.0.0.1:19082
HTTP_X_A=1, 2
HTTP_COOKIE=a=1; b=2
HTTP_X_U=3
HTTP_CONTENT_LENGTH=5
CONTENT_TYPE=text/plain
SCGI=1`,
		prefix: "/scgi", xa: "1, 2", cookie: "a=1; b=2", xu: true, host: "127.0.0.1:19082",
	}, {
		name: "haproxy fastcgi",
		vars: `
HTTP_HOST=127.0.0.1:19083
HTTP_X_A=1
HTTP_X_A=2
HTTP_COOKIE=a=1
HTTP_COOKIE=b=2
HTTP_X_E=
CONTENT_LENGTH=5
CONTENT_TYPE=text/plain
AUTH_TYPE=Basic
REMOTE_USER=x
GATEWAY_INTERFACE=CGI/1.1
SCRIPT_NAME=/fcgi/a/b//c d/x/../é;p
REQUEST_URI=/fcgi/a%2Fb//c%20d/x/../%c3%a9;p?q=%31&r
REQUEST_METHOD=POST
QUERY_STRING=q=%31&r
SERVER_NAME=127.0.0.1:19083
SERVER_PORT=19083
SERVER_PROTOCOL=HTTP/1.1
REMOTE_ADDR=127.0.0.1
REMOTE_PORT=45332
SERVER_SOFTWARE=HAProxy 2.6.12-1+deb12u4`,
		xa: "1|2", cookie: "a=1|b=2", xe: true, host: "127.0.0.1:19083",
	},
}

func TestServers(t *testing.T) {
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			vars := cgienv.Environ(strings.Split(strings.TrimSpace(s.vars), "\n"))
			r, err := cgienv.Request(context.Background(), vars, "")
			if err != nil {
				t.Fatal(err)
			}
			if got := cgienv.Prefix(r.Context()); got != s.prefix {
				t.Errorf("prefix %q, want %q", got, s.prefix)
			}
			path, _, _ := strings.Cut(vars.Get("REQUEST_URI"), "?")
			if got, want := r.URL.EscapedPath(), strings.TrimPrefix(path, s.prefix); got != want {
				t.Errorf("path %q, want %q", got, want)
			}
			if r.RequestURI != vars.Get("REQUEST_URI") || r.URL.RawQuery != "q=%31&r" || r.Method != "POST" {
				t.Errorf("%s %s, query %s", r.Method, r.RequestURI, r.URL.RawQuery)
			}
			if got := strings.Join(r.Header["X-A"], "|"); got != s.xa {
				t.Errorf("X-A %q, want %q", got, s.xa)
			}
			if got := strings.Join(r.Header["Cookie"], "|"); got != s.cookie {
				t.Errorf("Cookie %q, want %q", got, s.cookie)
			}
			if _, ok := r.Header["X-U"]; ok != s.xu {
				t.Errorf("has X-U: %v", ok)
			}
			if _, ok := r.Header["X-E"]; ok != s.xe {
				t.Errorf("has X-E: %v", ok)
			}
			if r.Host != s.host {
				t.Errorf("host %q, want %q", r.Host, s.host)
			}
			if r.ContentLength != 5 || r.Header.Get("Content-Length") != "5" || r.Header.Get("Content-Type") != "text/plain" {
				t.Errorf("length %d, %v", r.ContentLength, r.Header)
			}
			if !strings.HasPrefix(r.RemoteAddr, "127.0.0.1:4") && !strings.HasPrefix(r.RemoteAddr, "127.0.0.1:5") {
				t.Errorf("peer %s", r.RemoteAddr)
			}
			if r.TLS != nil || r.Body != http.NoBody || r.Header.Get("Proxy") != "" {
				t.Errorf("TLS %v, body %v, header %v", r.TLS, r.Body, r.Header)
			}
		})
	}
}
