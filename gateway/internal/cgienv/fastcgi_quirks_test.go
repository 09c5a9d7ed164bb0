package cgienv_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
)

// Over FastCGI, seen with the same servers:
//
//   - Apache sends its own PATH and SERVER_SIGNATURE among the variables, and SCRIPT_FILENAME is
//     the address that it connects to.
//   - lighttpd says the prefix of fastcgi.server in SCRIPT_NAME, if it does not end in a slash.
//   - nginx sends HTTP_PROXY where the client sent Proxy; Apache, lighttpd and haproxy (with
//     http-request del-header) do not.
//   - A chunked body: lighttpd, and nginx unless fastcgi_request_buffering is off, wait for all of
//     it and send its length, nginx with HTTP_TRANSFER_ENCODING=chunked besides. nginx otherwise,
//     and Apache unless the body is small, send no length and that variable. haproxy answers 400
//     if the body does not fit into its buffer.
func init() {
	servers = append(servers, server{
		name: "apache fastcgi",
		vars: `
HTTP_HOST=127.0.0.1:29080
HTTP_X_A=1, 2
HTTP_COOKIE=a=1, b=2
HTTP_X_E=
CONTENT_TYPE=text/plain
CONTENT_LENGTH=5
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
SERVER_SIGNATURE=
SERVER_SOFTWARE=Apache/2.4.71 (Debian)
SERVER_NAME=127.0.0.1
SERVER_ADDR=127.0.0.1
SERVER_PORT=29080
REMOTE_ADDR=127.0.0.1
DOCUMENT_ROOT=/run/htdocs
REQUEST_SCHEME=http
CONTEXT_PREFIX=
CONTEXT_DOCUMENT_ROOT=/run/htdocs
SERVER_ADMIN=[no address given]
SCRIPT_FILENAME=proxy:fcgi://127.0.0.1:29002/fcgi/a%2Fb/c%20d/%C3%A9;p
REMOTE_PORT=44824
GATEWAY_INTERFACE=CGI/1.1
SERVER_PROTOCOL=HTTP/1.1
REQUEST_METHOD=POST
QUERY_STRING=q=%31&r
REQUEST_URI=/fcgi/a%2Fb//c%20d/x/../%c3%a9;p?q=%31&r
SCRIPT_NAME=/fcgi/a%2Fb/c d/é;p`,
		xa: "1, 2", cookie: "a=1, b=2", xe: true, host: "127.0.0.1:29080",
	}, server{
		name: "lighttpd fastcgi",
		vars: `
CONTENT_LENGTH=5
QUERY_STRING=q=1&r
REQUEST_URI=/fcgi/a%2Fb//c%20d/x/../%c3%a9;p?q=%31&r
REDIRECT_URI=/fcgi/a/b/c%20d/%C3%A9;p?q=1&r
REDIRECT_STATUS=200
SCRIPT_NAME=/fcgi
PATH_INFO=/a/b/c d/é;p
PATH_TRANSLATED=/run/htdocs/a/b/c d/é;p
SCRIPT_FILENAME=/run/htdocs/fcgi
DOCUMENT_ROOT=/run/htdocs
REQUEST_METHOD=POST
SERVER_PROTOCOL=HTTP/1.1
SERVER_SOFTWARE=lighttpd/1.4.69
GATEWAY_INTERFACE=CGI/1.1
REQUEST_SCHEME=http
SERVER_PORT=29082
SERVER_ADDR=127.0.0.1
SERVER_NAME=127.0.0.1
REMOTE_ADDR=127.0.0.1
REMOTE_PORT=42922
HTTP_HOST=127.0.0.1:29082
HTTP_X_A=1, 2
HTTP_COOKIE=a=1; b=2
HTTP_X_U=3
CONTENT_TYPE=text/plain
HTTP_CONTENT_LENGTH=5`,
		prefix: "/fcgi", xa: "1, 2", cookie: "a=1; b=2", xu: true, host: "127.0.0.1:29082",
	}, server{
		name: "lighttpd fastcgi, prefix with a slash at its end",
		vars: `
CONTENT_LENGTH=5
QUERY_STRING=q=1&r
REQUEST_URI=/fcgi/a%2Fb//c%20d/x/../%c3%a9;p?q=%31&r
SCRIPT_NAME=/fcgi/a
PATH_INFO=/b/c d/é;p
REQUEST_METHOD=POST
SERVER_PROTOCOL=HTTP/1.1
SERVER_SOFTWARE=lighttpd/1.4.69
GATEWAY_INTERFACE=CGI/1.1
REQUEST_SCHEME=http
SERVER_PORT=29082
SERVER_NAME=127.0.0.1
REMOTE_ADDR=127.0.0.1
REMOTE_PORT=42910
HTTP_HOST=127.0.0.1:29082
HTTP_X_A=1, 2
HTTP_COOKIE=a=1; b=2
HTTP_X_U=3
CONTENT_TYPE=text/plain
HTTP_CONTENT_LENGTH=5`,
		xa: "1, 2", cookie: "a=1; b=2", xu: true, host: "127.0.0.1:29082",
	}, server{
		name: "nginx fastcgi without a name of its own",
		vars: `
QUERY_STRING=q=%31&r
REQUEST_METHOD=POST
CONTENT_TYPE=text/plain
CONTENT_LENGTH=5
SCRIPT_NAME=/fcgi/a/b/c d/é;p
REQUEST_URI=/fcgi/a%2Fb//c%20d/x/../%c3%a9;p?q=%31&r
DOCUMENT_URI=/fcgi/a/b/c d/é;p
SERVER_PROTOCOL=HTTP/1.1
REQUEST_SCHEME=http
GATEWAY_INTERFACE=CGI/1.1
SERVER_SOFTWARE=nginx/1.22.1
REMOTE_ADDR=127.0.0.1
REMOTE_PORT=58548
SERVER_ADDR=127.0.0.1
SERVER_PORT=29081
SERVER_NAME=
REDIRECT_STATUS=200
HTTP_HOST=127.0.0.1
HTTP_X_A=1
HTTP_X_A=2
HTTP_COOKIE=a=1
HTTP_COOKIE=b=2
HTTP_X_E=
HTTP_PROXY=evil
HTTP_CONTENT_TYPE=text/plain
HTTP_CONTENT_LENGTH=5`,
		xa: "1|2", cookie: "a=1|b=2", xe: true, host: "127.0.0.1",
	})
}

// TestChunkedOverFastCGI has what servers say of a chunked body of 300,000 bytes.
func TestChunkedOverFastCGI(t *testing.T) {
	for _, row := range []struct {
		name   string
		vars   cgienv.Vars
		length int64
		coding string
	}{
		{"apache", cgienv.Vars{{Name: "HTTP_TRANSFER_ENCODING", Value: "chunked"}}, -1, "[chunked]"},
		{"nginx", cgienv.Vars{{Name: "CONTENT_LENGTH", Value: "300000"}, {Name: "HTTP_TRANSFER_ENCODING", Value: "chunked"}}, 300000, "[]"},
		{"nginx, not buffering", cgienv.Vars{{Name: "CONTENT_LENGTH", Value: ""}, {Name: "HTTP_TRANSFER_ENCODING", Value: "chunked"}}, -1, "[chunked]"},
		{"lighttpd", cgienv.Vars{{Name: "CONTENT_LENGTH", Value: "300000"}}, 300000, "[]"},
	} {
		vars := append(row.vars, cgienv.Var{Name: "REQUEST_METHOD", Value: "POST"}, cgienv.Var{Name: "REQUEST_URI", Value: "/"})
		r, err := cgienv.Request(context.Background(), vars, "")
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if r.ContentLength != row.length || fmt.Sprint(r.TransferEncoding) != row.coding || r.Header.Get("Transfer-Encoding") != "" {
			t.Errorf("%s: length %d, coding %v, %v", row.name, r.ContentLength, r.TransferEncoding, r.Header)
		}
	}
}
