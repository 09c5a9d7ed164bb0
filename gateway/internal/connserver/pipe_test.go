package connserver_test

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/surcoat/surcoat/gateway/internal/connserver"
)

// pipes is a listener whose connections are pipes, which go by synctest's clock.
type pipes struct {
	conns chan net.Conn
	errs  chan error
	once  sync.Once
	done  chan struct{}
}

func newPipes() *pipes {
	return &pipes{make(chan net.Conn), make(chan error), sync.Once{}, make(chan struct{})}
}

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case err := <-l.errs:
		return nil, err
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipes) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (*pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

// dial opens a connection, when the server accepts it.
func (l *pipes) dial() net.Conn {
	client, server := net.Pipe()
	l.conns <- server
	return client
}

// protocol is one in which a request is a byte, which is answered with the same.
//
//	'h' is a head of two bytes, 'n' no request, 'w' an answer that waits for release, 'p' a panic
type protocol struct {
	release chan struct{}
	mu      sync.Mutex
	ends    []error // what Await returned at the end of each connection
}

func (p *protocol) serve(c *connserver.Conn) {
	for {
		if err := c.Await(); err != nil {
			p.mu.Lock()
			p.ends = append(p.ends, err)
			p.mu.Unlock()
			return
		}
		b, err := c.Reader().ReadByte()
		if b == 'h' && err == nil {
			_, err = c.Reader().ReadByte()
		}
		if err != nil {
			return
		}
		if b == 'n' {
			continue
		}
		c.Begin()
		switch b {
		case 'w':
			<-p.release
		case 'p':
			panic("p")
		}
		_, _ = c.Write([]byte{b})
		c.End()
	}
}

// ended returns how the connections have ended.
func (p *protocol) ended() []error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ends
}

// test runs body in a bubble, with a server of the protocol above.
func test(t *testing.T, s *connserver.Server, body func(t *testing.T, l *pipes, p *protocol)) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		p := &protocol{release: make(chan struct{})}
		if s.Conn == nil {
			s.Conn = p.serve
		}
		s.Logger = slog.New(slog.DiscardHandler)
		served := make(chan error, 1)
		go func() { served <- s.Serve(l) }()
		body(t, l, p)
		_ = s.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
}

// ask sends a request of one byte and takes the answer.
func ask(c net.Conn, b byte) error {
	if _, err := c.Write([]byte{b}); err != nil {
		return err
	}
	got := make([]byte, 1)
	if _, err := io.ReadFull(c, got); err != nil {
		return err
	}
	if got[0] != b {
		return errors.New("another answer")
	}
	return nil
}

// closed reports whether the server has closed the connection, by now.
func closed(c net.Conn) bool {
	synctest.Wait()
	_ = c.SetReadDeadline(past)
	_, err := c.Read(make([]byte, 1))
	_ = c.SetReadDeadline(never)
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe)
}
