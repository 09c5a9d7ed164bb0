package fcgi_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/fcgi"
)

// hello is a handler as small as there is.
func hello(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, "hello\n")
}

// question is what nginx sends for a request of wrk's.
func question() string {
	vars := variables("/hello?a=b", "") + pairs(
		[2]string{"QUERY_STRING", "a=b"}, [2]string{"CONTENT_TYPE", ""}, [2]string{"SCRIPT_NAME", "/hello"},
		[2]string{"DOCUMENT_URI", "/hello"}, [2]string{"DOCUMENT_ROOT", "/usr/share/nginx/html"}, [2]string{"REQUEST_SCHEME", "http"},
		[2]string{"GATEWAY_INTERFACE", "CGI/1.1"}, [2]string{"SERVER_SOFTWARE", "nginx/1.22.1"}, [2]string{"REMOTE_ADDR", "127.0.0.1"},
		[2]string{"REMOTE_PORT", "42128"}, [2]string{"SERVER_ADDR", "127.0.0.1"}, [2]string{"SERVER_PORT", "80"},
		[2]string{"SERVER_NAME", "localhost"}, [2]string{"REDIRECT_STATUS", "200"}, [2]string{"HTTP_USER_AGENT", "curl/7.88.1"},
		[2]string{"HTTP_ACCEPT", "*/*"})
	return beginning(1, true) + padded(params, 1, vars, "\x00\x00\x00") + record(params, 1, "") + record(stdin, 1, "")
}

// canned is a connection on which the same request comes as soon as the last was answered, and
// whose answers go nowhere.
type canned struct {
	b        *testing.B
	question string
	rest     string // of it
	answered chan struct{}
	ended    sync.Once
	done     chan struct{}
}

func (c *canned) Read(p []byte) (int, error) {
	if c.rest == "" {
		<-c.answered
		if !c.b.Loop() {
			return 0, io.EOF
		}
		c.rest = c.question
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

func (c *canned) Write(p []byte) (int, error) {
	c.answered <- struct{}{}
	return len(p), nil
}

func (c *canned) Close() error {
	c.ended.Do(func() { close(c.done) })
	return nil
}

func (*canned) LocalAddr() net.Addr              { return &net.UnixAddr{} }
func (*canned) RemoteAddr() net.Addr             { return &net.UnixAddr{} }
func (*canned) SetDeadline(time.Time) error      { return nil }
func (*canned) SetReadDeadline(time.Time) error  { return nil }
func (*canned) SetWriteDeadline(time.Time) error { return nil }

// one is a listener with one connection.
type one struct{ conns chan net.Conn }

func (l one) Accept() (net.Conn, error) {
	c, ok := <-l.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (one) Close() error   { return nil }
func (one) Addr() net.Addr { return &net.UnixAddr{} }

// BenchmarkServer is all that a request costs but for the network.
func BenchmarkServer(b *testing.B) {
	c := &canned{b: b, question: question(), answered: make(chan struct{}, 1), done: make(chan struct{})}
	c.answered <- struct{}{}
	l := one{make(chan net.Conn, 1)}
	l.conns <- c
	s := &fcgi.Server{Handler: http.HandlerFunc(hello)}
	b.ReportAllocs()
	go func() { _ = s.Serve(l) }()
	<-c.done
	close(l.conns)
}

type server interface {
	Serve(net.Listener) error
	Close() error
}

// BenchmarkHello is a small answer over a kept connection, at a Unix socket; of net/http's server
// for the same handler too, to which the request is written as nginx does.
func BenchmarkHello(b *testing.B) {
	for _, bb := range []struct {
		name, question, end string
		server              func() server
	}{
		{"fcgi", question(), record(end, 1, "\x00\x00\x00\x00\x00\x00\x00\x00"), func() server { return &fcgi.Server{Handler: http.HandlerFunc(hello)} }},
		{"http", "GET /hello?a=b HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 127.0.0.1\r\n" +
			"User-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n", "hello\n", func() server { return &http.Server{Handler: http.HandlerFunc(hello)} }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			l := listen(b)
			s := bb.server()
			go func() { _ = s.Serve(l) }()
			defer s.Close()
			p := dial(b, l.Addr().String())
			_ = p.SetDeadline(time.Time{})
			question, answer := []byte(bb.question), make([]byte, 64<<10)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Write(question); err != nil {
					b.Fatal(err)
				}
				for n := 0; !bytes.HasSuffix(answer[:n], []byte(bb.end)); {
					m, err := p.Read(answer[n:])
					if err != nil {
						b.Fatal(err)
					}
					n += m
				}
			}
		})
	}
}
