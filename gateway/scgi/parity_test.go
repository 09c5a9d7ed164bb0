package scgi_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/paritytest"
	"github.com/surcoat/surcoat/gateway/internal/servertest"
	"github.com/surcoat/surcoat/gateway/scgi"
)

func TestParity(t *testing.T) {
	paritytest.Run(t, func(t *testing.T, h http.Handler, q paritytest.Request) paritytest.Answer {
		addr := serve(t, &scgi.Server{Handler: h, Logger: paritytest.Silent})
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
		return paritytest.ReadCGI(conn, q.Method)
	}, nil)
}

// encode makes the netstring of variables.
func encode(vars ...[2]string) string {
	var b strings.Builder
	for _, v := range vars {
		b.WriteString(v[0] + "\x00" + v[1] + "\x00")
	}
	return fmt.Sprintf("%d:%s,", b.Len(), b.String())
}

// serve starts s on a port of its own until the test ends.
func serve(t testing.TB, s *scgi.Server) (addr string) {
	t.Helper()
	return servertest.Serve(t, s)
}
