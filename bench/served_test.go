package bench_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkStackServed is Stack behind net/http's server, over one kept-alive
// connection of the loopback interface. The server's and the client's own work is in all figures alike.
func BenchmarkStackServed(b *testing.B) {
	for _, coding := range []string{"", "gzip"} {
		name, w := stackWork(coding, alike)
		b.Run(name, func(b *testing.B) {
			for _, rv := range stacks(alike) {
				b.Run("lib="+rv.lib, func(b *testing.B) {
					h := rv.build(b)
					c := dial(b, h, w.prepare(b, h))
					if err := w.check(c.exchange(b)); err != nil {
						b.Fatal(err)
					}
					b.ReportAllocs()
					for b.Loop() {
						c.exchange(b)
					}
					if err := w.check(c.exchange(b)); err != nil {
						b.Fatal(err)
					}
				})
			}
		})
	}
}

// client sends the same bytes again and again; http.Client would cost more than what
// is measured.
type client struct {
	conn    net.Conn
	in      *bufio.Reader
	request []byte
	body    bytes.Buffer
}

func dial(tb testing.TB, h http.Handler, r *http.Request) *client {
	server := httptest.NewServer(h)
	tb.Cleanup(server.Close)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	var raw bytes.Buffer
	raw.WriteString("GET " + r.URL.Path + " HTTP/1.1\r\nHost: " + r.Host + "\r\n")
	_ = r.Header.Write(&raw)
	raw.WriteString("\r\n")
	return &client{conn: conn, in: bufio.NewReader(conn), request: raw.Bytes()}
}

func (c *client) exchange(tb testing.TB) response {
	if _, err := c.conn.Write(c.request); err != nil {
		tb.Fatal(err)
	}
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		tb.Fatal(err)
	}
	c.body.Reset()
	if _, err := io.Copy(&c.body, res.Body); err != nil {
		tb.Fatal(err)
	}
	return response{res.StatusCode, res.Header, c.body.Bytes()}
}
