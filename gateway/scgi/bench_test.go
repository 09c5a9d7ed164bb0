package scgi_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/scgi"
)

// canned is a connection on which a request has come, and whose answer goes nowhere. done gets a
// value when it is closed.
type canned struct {
	strings.Reader
	done chan struct{}
}

func (c *canned) Write(p []byte) (int, error) { return len(p), nil }

func (c *canned) Close() error {
	c.done <- struct{}{}
	return nil
}

func (*canned) LocalAddr() net.Addr              { return &net.UnixAddr{} }
func (*canned) RemoteAddr() net.Addr             { return &net.UnixAddr{} }
func (*canned) SetDeadline(time.Time) error      { return nil }
func (*canned) SetReadDeadline(time.Time) error  { return nil }
func (*canned) SetWriteDeadline(time.Time) error { return nil }

// hand is a listener whose connections are handed to it.
type hand struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l hand) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, io.EOF
	}
}

func (l hand) Close() error {
	select {
	case <-l.done:
	default:
		close(l.done)
	}
	return nil
}

func (hand) Addr() net.Addr { return &net.UnixAddr{} }

// BenchmarkServer is all that a request costs but for the network.
func BenchmarkServer(b *testing.B) {
	request := encode([][2]string{
		{"CONTENT_LENGTH", "0"},
		{"REQUEST_METHOD", "GET"},
		{"REQUEST_URI", "/hello"},
		{"QUERY_STRING", ""},
		{"CONTENT_TYPE", ""},
		{"DOCUMENT_URI", "/hello"},
		{"DOCUMENT_ROOT", "/usr/share/nginx/html"},
		{"SCGI", "1"},
		{"SERVER_PROTOCOL", "HTTP/1.1"},
		{"REQUEST_SCHEME", "http"},
		{"REMOTE_ADDR", "127.0.0.1"},
		{"REMOTE_PORT", "42166"},
		{"SERVER_PORT", "8080"},
		{"SERVER_NAME", "localhost"},
		{"HTTP_HOST", "localhost"},
		{"HTTP_USER_AGENT", "Mozilla/5.0"},
		{"HTTP_ACCEPT", "*/*"},
		{"HTTP_ACCEPT_ENCODING", "gzip"},
		{"HTTP_COOKIE", "session=0123456789"},
	}...)
	hello := []byte("hello")
	s := &scgi.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write(hello)
	})}
	l := hand{make(chan net.Conn), make(chan struct{})}
	go func() { _ = s.Serve(l) }()
	defer s.Close()
	c := &canned{done: make(chan struct{}, 1)}
	b.ReportAllocs()
	for b.Loop() {
		c.Reset(request)
		l.conns <- c
		<-c.done
	}
}
