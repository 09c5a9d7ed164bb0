package uwsgi_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/paritytest"
	"github.com/surcoat/surcoat/gateway/internal/servertest"
	"github.com/surcoat/surcoat/gateway/uwsgi"
)

func TestParity(t *testing.T) {
	paritytest.Run(t, func(t *testing.T, h http.Handler, q paritytest.Request) paritytest.Answer {
		addr := serve(t, &uwsgi.Server{Handler: h, Logger: paritytest.Silent})
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		go func() {
			_, _ = io.WriteString(conn, encode(q.Vars()...)+q.Body)
			if q.Torn {
				_ = conn.(*net.TCPConn).CloseWrite()
			}
		}()
		return paritytest.ReadCGI(withStatus(conn), q.Method)
	}, nil)
}

// withStatus makes the status line a Status field, as a CGI program's answer has it.
func withStatus(r io.Reader) io.Reader {
	line := make([]byte, len("HTTP/1.1 "))
	if _, err := io.ReadFull(r, line); err != nil || string(line) != "HTTP/1.1 " {
		return strings.NewReader("")
	}
	return io.MultiReader(strings.NewReader("Status: "), r)
}

// encode makes the packet of variables.
func encode(vars ...[2]string) string {
	var b strings.Builder
	for _, v := range vars {
		for _, s := range v {
			b.WriteString(string([]byte{byte(len(s)), byte(len(s) >> 8)}) + s)
		}
	}
	return string([]byte{0, byte(b.Len()), byte(b.Len() >> 8), 0}) + b.String()
}

// serve starts s on a port of its own until the test ends.
func serve(t testing.TB, s *uwsgi.Server) (addr string) {
	t.Helper()
	return servertest.Serve(t, s)
}
