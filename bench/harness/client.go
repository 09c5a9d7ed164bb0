package harness

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Client sends the same bytes again and again; http.Client would cost more than what
// is measured.
type Client struct {
	conn    net.Conn
	in      *bufio.Reader
	request []byte
	body    bytes.Buffer
}

// Dial serves h at an address of its own, until tb is over, and returns a client that has r to send.
func Dial(tb testing.TB, h http.Handler, r *http.Request) *Client {
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
	return &Client{conn: conn, in: bufio.NewReader(conn), request: raw.Bytes()}
}

// Exchange sends the request and returns the answer, whose Body is valid until the next.
func (c *Client) Exchange(tb testing.TB) Response {
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
	return Response{res.StatusCode, res.Header, c.body.Bytes()}
}
