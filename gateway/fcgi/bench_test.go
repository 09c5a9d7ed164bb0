package fcgi_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/fcgi"
)

// BenchmarkHello is a small answer over a kept connection, at a Unix socket.
func BenchmarkHello(b *testing.B) {
	p := dial(b, serve(b, &fcgi.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hello\n")
	})}))
	_ = p.SetDeadline(time.Time{})
	vars := variables("/hello?a=b", "") + pairs(
		[2]string{"QUERY_STRING", "a=b"}, [2]string{"CONTENT_TYPE", ""}, [2]string{"SCRIPT_NAME", "/hello"},
		[2]string{"DOCUMENT_URI", "/hello"}, [2]string{"DOCUMENT_ROOT", "/usr/share/nginx/html"}, [2]string{"REQUEST_SCHEME", "http"},
		[2]string{"GATEWAY_INTERFACE", "CGI/1.1"}, [2]string{"SERVER_SOFTWARE", "nginx/1.22.1"}, [2]string{"REMOTE_ADDR", "127.0.0.1"},
		[2]string{"REMOTE_PORT", "42128"}, [2]string{"SERVER_ADDR", "127.0.0.1"}, [2]string{"SERVER_PORT", "80"},
		[2]string{"SERVER_NAME", "localhost"}, [2]string{"REDIRECT_STATUS", "200"}, [2]string{"HTTP_USER_AGENT", "curl/7.88.1"},
		[2]string{"HTTP_ACCEPT", "*/*"})
	question := []byte(beginning(1, true) + padded(params, 1, vars, "\x00\x00\x00") + record(params, 1, "") + record(stdin, 1, ""))
	answer := make([]byte, 64<<10)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Write(question); err != nil {
			b.Fatal(err)
		}
		n := 0
		for n < 16 || answer[n-16] != 1 || answer[n-15] != end {
			m, err := p.Read(answer[n:])
			if err != nil {
				b.Fatal(err)
			}
			n += m
		}
	}
}
