package cgienv_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
)

// get is a request with more variables: names and values by turns.
func get(more ...string) cgienv.Vars {
	vars := cgienv.Vars{
		{Name: "REQUEST_METHOD", Value: "GET"},
		{Name: "REQUEST_URI", Value: "/a"},
		{Name: "SERVER_PROTOCOL", Value: "HTTP/1.1"},
		{Name: "REMOTE_ADDR", Value: "192.0.2.1"},
		{Name: "REMOTE_PORT", Value: "1234"},
		{Name: "SERVER_NAME", Value: "example.org"},
		{Name: "SERVER_PORT", Value: "80"},
	}
	for i := 0; i < len(more); i += 2 {
		vars.Add(more[i], more[i+1])
	}
	return vars
}

func TestRequest(t *testing.T) {
	for _, test := range []struct {
		name string
		vars cgienv.Vars
		get  func(r *http.Request) string
		want string
	}{
		{"later wins", get("REQUEST_METHOD", "PUT"), method, "PUT"},
		{"no uri", get("REQUEST_URI", "", "SCRIPT_NAME", "/a b", "PATH_INFO", "/c?", "QUERY_STRING", "d"), uri, "/a%20b/c%3F?d"},
		{"no uri nor path", get("REQUEST_URI", ""), uri, "/"},
		{"no protocol", get("SERVER_PROTOCOL", ""), proto, "HTTP/1.1"},
		{"included", get("SERVER_PROTOCOL", "INCLUDED"), proto, "HTTP/1.0"},
		{"http 2", get("SERVER_PROTOCOL", "HTTP/2.0"), proto, "HTTP/2.0"},
		{"http 3", get("SERVER_PROTOCOL", "HTTP/3.0"), proto, "HTTP/3.0"},
		{"ipv6 peer", get("REMOTE_ADDR", "2001:db8::1"), peer, "[2001:db8::1]:1234"},
		{"peer without port", get("REMOTE_PORT", ""), peer, "192.0.2.1:0"},
		{"peer with bad port", get("REMOTE_PORT", "99999"), peer, "192.0.2.1:0"},
		{"peer on a unix socket", get("REMOTE_ADDR", "unix:"), peer, "@"},
		{"no peer", get("REMOTE_ADDR", ""), peer, "@"},
		{"host", get("HTTP_HOST", "h:1"), host, "h:1"},
		{"no host", get(), host, "example.org"},
		{"no host, port", get("SERVER_PORT", "81"), host, "example.org:81"},
		{"no host, tls", get("SERVER_PORT", "443", "HTTPS", "on"), host, "example.org"},
		{"no host, tls at 80", get("HTTPS", "on"), host, "example.org:80"},
		{"no host, 443 without tls", get("SERVER_PORT", "443"), host, "example.org:443"},
		{"no host, port in the name", get("SERVER_NAME", "example.org:99", "SERVER_PORT", "99"), host, "example.org:99"},
		{"no host, ipv6", get("SERVER_NAME", "::1"), host, "[::1]"},
		{"no host, ipv6 and port", get("SERVER_NAME", "::1", "SERVER_PORT", "81"), host, "[::1]:81"},
		{"no host, ipv6 in brackets", get("SERVER_NAME", "[::1]", "SERVER_PORT", "81"), host, "[::1]:81"},
		{"no host, nothing", get("SERVER_NAME", ""), host, ""},
		{"host of the target", get("HTTP_HOST", "h:1", "REQUEST_URI", "http://example.net/a"), host, "example.net"},
		{"http", get(), secure, "false"},
		{"https on", get("HTTPS", "on"), secure, "true"},
		{"https ON", get("HTTPS", "ON"), secure, "true"},
		{"https 1", get("HTTPS", "1"), secure, "true"},
		{"https off", get("HTTPS", "off"), secure, "false"},
		{"https empty", get("HTTPS", ""), secure, "false"},
		{"scheme https", get("REQUEST_SCHEME", "https"), secure, "true"},
		{"scheme https, but off", get("REQUEST_SCHEME", "https", "HTTPS", "off"), secure, "false"},
		{"client says https", get("HTTP_HTTPS", "on", "HTTP_REQUEST_SCHEME", "https"), secure, "false"},
		{"no length", get(), length, "-1 []"},
		{"empty length", get("CONTENT_LENGTH", ""), length, "-1 []"},
		{"length 0 of a get", get("CONTENT_LENGTH", "0"), length, "0 []"},
		{"length 0 of a get that said so", get("CONTENT_LENGTH", "0", "HTTP_CONTENT_LENGTH", "0"), length, "0 [0]"},
		{"length 0 of a post", get("CONTENT_LENGTH", "0", "REQUEST_METHOD", "POST"), length, "0 [0]"},
		{"length", get("CONTENT_LENGTH", "7"), length, "7 [7]"},
		{"length, then empty", get("CONTENT_LENGTH", "7", "CONTENT_LENGTH", ""), length, "7 [7]"},
		{"length twice", get("CONTENT_LENGTH", "7", "CONTENT_LENGTH", "7"), length, "7 [7]"},
		{"only the client says a length", get("HTTP_CONTENT_LENGTH", "7"), length, "-1 []"},
		{"only the client says a type", get("HTTP_CONTENT_TYPE", "a/b"), field("Content-Type"), "absent"},
		{"type", get("CONTENT_TYPE", "a/b"), field("Content-Type"), "a/b"},
		{"empty type", get("CONTENT_TYPE", ""), field("Content-Type"), "absent"},
		{"httpoxy", get("HTTP_PROXY", "evil"), field("Proxy"), "absent"},
		{"httpoxy in lower case", get("HTTP_Proxy", "evil"), field("Proxy"), "absent"},
		{"host in lower case", get("HTTP_host", "h:1"), host, "h:1"},
		{"length in lower case", get("HTTP_content_length", "7"), length, "-1 []"},
		{"cookies", get("HTTP_COOKIE", "a=1", "HTTP_COOKIE", "b=2"), field("Cookie"), "a=1|b=2"},
		{"repeated", get("HTTP_X_A", "1", "HTTP_X_B", "2", "HTTP_X_A", "3"), field("X-A"), "1|3"},
		{"known name", get("HTTP_USER_AGENT", "x"), field("User-Agent"), "x"},
		{"other name", get("HTTP_X_REAL_IP2", "x"), field("X-Real-Ip2"), "x"},
		{"lower case", get("HTTP_x_lower", "x"), field("X-Lower"), "x"},
		{"no http name", get("X_A", "x"), field("X-A"), "absent"},
		{"chunked", get("HTTP_TRANSFER_ENCODING", "chunked"), chunked, "-1 [chunked] absent"},
		{"Chunked", get("HTTP_TRANSFER_ENCODING", " Chunked"), chunked, "-1 [chunked] absent"},
		{"chunked, but counted", get("HTTP_TRANSFER_ENCODING", "chunked", "CONTENT_LENGTH", "7"), chunked, "7 [] absent"},
		{"gzip, but counted", get("HTTP_TRANSFER_ENCODING", "gzip", "CONTENT_LENGTH", "7"), chunked, "7 [] absent"},
		{"trailer", get("HTTP_TRANSFER_ENCODING", "chunked", "HTTP_TRAILER", "x-t, X-U"), trailers, "map[X-T:[] X-U:[]] absent"},
		{"trailer without chunks", get("HTTP_TRAILER", "x-t"), trailers, "map[] x-t"},
		{"close", get("HTTP_CONNECTION", "x, close"), closed, "true"},
		{"1.0", get("SERVER_PROTOCOL", "HTTP/1.0"), closed, "true"},
		{"1.0 keep-alive", get("SERVER_PROTOCOL", "HTTP/1.0", "HTTP_CONNECTION", "Keep-Alive"), closed, "false"},
		{"pragma", get("HTTP_PRAGMA", "no-cache"), field("Cache-Control"), "no-cache"},
		{"pragma and cache-control", get("HTTP_PRAGMA", "no-cache", "HTTP_CACHE_CONTROL", "x"), field("Cache-Control"), "x"},
		{"connect", get("REQUEST_METHOD", "CONNECT", "REQUEST_URI", "example.org:443"), urlOf, "//example.org:443"},
		{"connect with a path", get("REQUEST_METHOD", "CONNECT", "REQUEST_URI", "/x"), urlOf, "/x"},
		{"star", get("REQUEST_METHOD", "OPTIONS", "REQUEST_URI", "*"), urlOf, "*"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := cgienv.Request(context.Background(), test.vars, "")
			if err != nil {
				t.Fatal(err)
			}
			if got := test.get(r); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func method(r *http.Request) string { return r.Method }
func uri(r *http.Request) string    { return r.RequestURI }
func proto(r *http.Request) string  { return r.Proto }
func peer(r *http.Request) string   { return r.RemoteAddr }
func host(r *http.Request) string   { return r.Host }
func urlOf(r *http.Request) string  { return r.URL.String() }
func secure(r *http.Request) string { return str(r.TLS != nil) }
func closed(r *http.Request) string { return str(r.Close) }

func length(r *http.Request) string { return str(r.ContentLength, r.Header["Content-Length"]) }

func chunked(r *http.Request) string {
	return str(r.ContentLength, r.TransferEncoding, field("Transfer-Encoding")(r))
}

func trailers(r *http.Request) string { return str(r.Trailer, field("Trailer")(r)) }

func field(name string) func(*http.Request) string {
	return func(r *http.Request) string {
		if _, ok := r.Header[name]; !ok {
			return "absent"
		}
		return strings.Join(r.Header[name], "|")
	}
}

func TestTLS(t *testing.T) {
	r, err := cgienv.Request(context.Background(), get("HTTPS", "on", "SSL_PROTOCOL", "TLSv1.3", "SSL_TLS_SNI", "example.org"), "")
	if err != nil {
		t.Fatal(err)
	}
	if !r.TLS.HandshakeComplete || r.TLS.Version != tls.VersionTLS13 || r.TLS.ServerName != "example.org" {
		t.Errorf("%+v", r.TLS)
	}
}

func TestBad(t *testing.T) {
	for _, test := range []struct {
		name   string
		vars   cgienv.Vars
		status int
	}{
		{"nothing", nil, 400},
		{"no method", get("REQUEST_METHOD", ""), 400},
		{"method with a space", get("REQUEST_METHOD", "GET /"), 400},
		{"method with a line end", get("REQUEST_METHOD", "GET\r\nX: y"), 400},
		{"uri with a space", get("REQUEST_URI", "/a b"), 400},
		{"uri with a line end", get("REQUEST_URI", "/a\r\nX: y"), 400},
		{"uri with NUL", get("REQUEST_URI", "/a\x00"), 400},
		{"uri without a slash", get("REQUEST_URI", "a"), 400},
		{"uri with a bad escape", get("REQUEST_URI", "/%zz"), 400},
		{"query with a line end", get("REQUEST_URI", "", "QUERY_STRING", "a\nb"), 400},
		{"protocol", get("SERVER_PROTOCOL", "HTTP"), 400},
		{"protocol 0.9", get("SERVER_PROTOCOL", "HTTP/0.9"), 505},
		{"protocol 4.0", get("SERVER_PROTOCOL", "HTTP/4.0"), 505},
		{"host", get("HTTP_HOST", "a/b"), 400},
		{"two hosts", get("HTTP_HOST", "a", "HTTP_HOST", "b"), 400},
		{"server name", get("SERVER_NAME", "a b"), 400},
		{"field with a line end", get("HTTP_X", "a\r\nSet-Cookie: b"), 400},
		{"field with NUL", get("HTTP_X", "a\x00"), 400},
		{"field with DEL", get("HTTP_X", "a\x7f"), 400},
		{"field name with a space", get("HTTP_A B", "x"), 400},
		{"field name with a line end", get("HTTP_A\r\nB", "x"), 400},
		{"field name with a colon", get("HTTP_A:B", "x"), 400},
		{"field without a name", get("HTTP_", "x"), 400},
		{"type with a line end", get("CONTENT_TYPE", "a\nb"), 400},
		{"user with a line end", get("REMOTE_USER", "a\nb"), 400},
		{"auth type with a line end", get("AUTH_TYPE", "a\nb"), 400},
		{"NUL where nobody looks", get("X", "a\x00"), 400},
		{"length", get("CONTENT_LENGTH", "five"), 400},
		{"length negative", get("CONTENT_LENGTH", "-1"), 400},
		{"length with a sign", get("CONTENT_LENGTH", "+1"), 400},
		{"length too large", get("CONTENT_LENGTH", "9223372036854775808"), 400},
		{"two lengths", get("CONTENT_LENGTH", "1", "CONTENT_LENGTH", "2"), 400},
		{"coding", get("HTTP_TRANSFER_ENCODING", "gzip"), 501},
		{"two codings", get("HTTP_TRANSFER_ENCODING", "gzip, chunked"), 501},
		{"chunked twice", get("HTTP_TRANSFER_ENCODING", "chunked", "HTTP_TRANSFER_ENCODING", "chunked"), 501},
		{"trailer", get("HTTP_TRANSFER_ENCODING", "chunked", "HTTP_TRAILER", "Content-Length"), 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := cgienv.Request(context.Background(), test.vars, "")
			var bad *cgienv.Error
			if !errors.As(err, &bad) || bad.Status != test.status {
				t.Errorf("got %v, want status %d", err, test.status)
			}
		})
	}
}

func TestMount(t *testing.T) {
	const none = "-" // 404
	for _, test := range []struct {
		mount, uri, script, info string
		program                  bool
		path, prefix             string
	}{
		// None given: what the server says, where it can be true.
		{"", "/cgi/a", "/cgi", "/a", false, "/a", "/cgi"},
		{"", "/cgi/a/b?c", "/cgi", "/a/b", false, "/a/b", "/cgi"},
		{"", "/cgi/", "/cgi", "/", false, "/", "/cgi"},
		{"", "/uwsgi/", "/uwsgi/", "/", false, "/", "/uwsgi"}, // Apache
		{"", "/cgi", "/cgi", "", true, "/", "/cgi"},
		{"", "/cgi", "/cgi", "", false, "/cgi", ""},
		{"", "/a/b", "/a/b", "", false, "/a/b", ""}, // nginx and haproxy
		{"", "/a/b", "", "/a/b", false, "/a/b", ""}, // nginx uwsgi
		{"", "/a/b", "/", "a/b", false, "/a/b", ""},
		{"", "/wiki/a", "/cgi-bin/wiki.cgi", "/a", true, "/wiki/a", ""}, // rewritten
		{"", "/cgix/a", "/cgi", "/a", true, "/cgix/a", ""},
		{"", "/cgi/a", "/cgi", "/b", true, "/cgi/a", ""},
		{"", "/cgi%2Fa", "/cgi", "/a", true, "/cgi%2Fa", ""}, // no end of a segment
		{"", "/c%67i/a", "/cgi", "/a", true, "/a", "/c%67i"},
		{"", "/my%20app/a", "/my app", "/a", true, "/a", "/my%20app"},
		{"", "/cgi//a", "/cgi", "/a", true, "//a", "/cgi"}, // merged by the server
		{"", "/cgi/a%2Fb", "/cgi", "/a/b", true, "/a%2Fb", "/cgi"},
		{"", "/cgi/a%2fb", "/cgi", "/a%2fb", true, "/a%2fb", "/cgi"},
		{"", "/cgi/../b", "/cgi", "/b", true, "/../b", "/cgi"},
		{"", "/x/../cgi/b", "/cgi", "/b", true, "/x/../cgi/b", ""},
		{"", "http://h/cgi/a", "/cgi", "/a", true, "/a", "/cgi"},
		// The whole path.
		{"/", "/cgi/a", "/cgi", "/a", true, "/cgi/a", ""},
		{"/", "/cgi%2Fa", "", "", false, "/cgi%2Fa", ""},
		{"//", "/cgi/a", "/cgi", "/a", true, "/cgi/a", ""},
		// A prefix.
		{"/wiki", "/wiki/a", "", "", false, "/a", "/wiki"},
		{"/wiki", "/wiki", "", "", false, "/", "/wiki"},
		{"/wiki", "/wiki?a", "", "", false, "/", "/wiki"},
		{"/wiki/", "/wiki/a", "", "", false, "/a", "/wiki"},
		{"/wiki", "/wiki/", "", "", false, "/", "/wiki"},
		{"/wiki", "/wiki//a", "", "", false, "//a", "/wiki"},
		{"/wiki", "/wiki/a%2Fb", "", "", false, "/a%2Fb", "/wiki"},
		{"/wiki", "/w%69ki/a", "", "", false, "/a", "/w%69ki"},
		{"/a/b", "/a/b/c", "/x", "/y", true, "/c", "/a/b"},
		{"/a/b", "/a%2Fb/c", "", "", false, none, ""},
		{"/wiki", "/wiki%2Fa", "", "", false, none, ""},
		{"/wiki", "/wikia", "", "", false, none, ""},
		{"/wiki", "/", "", "", false, none, ""},
		{"/wiki", "//wiki/a", "", "", false, none, ""},
		{"/wiki", "/Wiki/a", "", "", false, none, ""},
		{"/wiki", "http://h/wiki/a", "", "", false, "/a", "/wiki"},
		{"/wiki", "http://h", "", "", false, none, ""},
		{"/wiki", "*", "", "", false, "*", ""},
		{"/é", "/%C3%A9/a", "", "", false, "/a", "/%C3%A9"},
		{"/é", "/é/a", "", "", false, "/a", "/%C3%A9"},
		{"", "/cgi/a%0Ab", "/cgi", "/a\nb", true, "/a%0Ab", "/cgi"},
	} {
		head, err := cgienv.Parse(get("REQUEST_URI", test.uri, "SCRIPT_NAME", test.script, "PATH_INFO", test.info))
		if err != nil {
			t.Fatal(err)
		}
		head.Program = test.program
		r, err := head.Request(context.Background(), test.mount)
		if err != nil {
			var bad *cgienv.Error
			if test.path != none || !errors.As(err, &bad) || bad.Status != http.StatusNotFound {
				t.Errorf("%+v: %v", test, err)
			}
			continue
		}
		if got := r.URL.EscapedPath(); got != test.path {
			t.Errorf("%+v: path %q", test, got)
		}
		if got := cgienv.Prefix(r.Context()); got != test.prefix {
			t.Errorf("%+v: prefix %q", test, got)
		}
		if r.RequestURI != test.uri {
			t.Errorf("%+v: RequestURI %q", test, r.RequestURI)
		}
	}
}

func TestContext(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(context.Background(), key{}, "outer")
	r, err := cgienv.Request(ctx, get("X", "1", "X", "2"), "")
	if err != nil {
		t.Fatal(err)
	}
	vars := cgienv.Env(r.Context())
	if vars.Get("X") != "2" || vars.Get("Y") != "" || r.Context().Value(key{}) != "outer" {
		t.Errorf("%v", vars)
	}
	var all []string
	for name, value := range vars.All() {
		if name == "X" {
			all = append(all, value)
		}
	}
	if !slices.Equal(all, []string{"1", "2"}) {
		t.Errorf("%v", all)
	}
	for range vars.All() {
		break
	}
	if cgienv.Env(ctx) != nil || cgienv.Prefix(ctx) != "" {
		t.Error("a context without a request has variables")
	}
	if got := cgienv.Prefix(cgienv.WithPrefix(ctx, "/a")); got != "/a" {
		t.Errorf("prefix %q", got)
	}
}

func TestEnviron(t *testing.T) {
	t.Setenv("CGIENV_TEST", "a=b")
	if got := cgienv.Environ(os.Environ()).Get("CGIENV_TEST"); got != "a=b" {
		t.Errorf("%q", got)
	}
	if got := len(cgienv.Environ([]string{"novalue", "A=1"})); got != 1 {
		t.Errorf("%d", got)
	}
}

func TestBodyFirst(t *testing.T) {
	if !cgienv.BodyFirst(get("SERVER_SOFTWARE", "Apache/2.4.71 (Debian)")) || cgienv.BodyFirst(get("SERVER_SOFTWARE", "nginx/1.22.1")) {
		t.Error("only Apache sends the body first")
	}
}

func TestRemoteUser(t *testing.T) {
	for _, row := range []struct{ server, user, authType, want string }{
		{"Apache/2.4.71", "ann", "Basic", "ann Basic"},
		{"lighttpd/1.4.69", "ann", "Digest", "ann Digest"},
		{"nginx/1.22.1", "claimed", "", " "},
		{"nginx/1.22.1", "ann", "Basic", "ann Basic"}, // the configuration says that it was asked for
		{"HAProxy 2.6.12", "claimed", "Basic", " "},
		{"Apache/2.4.71", "", "Basic", " "},
		{"", "ann", "Basic", "ann Basic"},
	} {
		user, authType := cgienv.RemoteUser(get("SERVER_SOFTWARE", row.server, "REMOTE_USER", row.user, "AUTH_TYPE", row.authType))
		if got := user + " " + authType; got != row.want {
			t.Errorf("%+v: %q", row, got)
		}
	}
}
