package connserver_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/connserver"
)

// wrapping is a listener whose connections are wrapped.
type wrapping struct{ net.Listener }

func (l wrapping) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return wrapped{c}, err
}

type wrapped struct{ net.Conn }

func (w wrapped) NetConn() net.Conn { return w.Conn }

// listen serves conn over TCP until the test ends.
func listen(t *testing.T, wrap bool, conn func(*connserver.Conn)) net.Conn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if wrap {
		l = wrapping{l}
	}
	s := &connserver.Server{Conn: conn}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	t.Cleanup(func() {
		_ = c.Close()
		_ = s.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	return c
}

// Who is still sending gets the answer of one that did not want it all.
func TestLinger(t *testing.T) {
	const size = 8 << 20
	for _, wrap := range []bool{false, true} {
		c := listen(t, wrap, func(c *connserver.Conn) {
			_ = c.Await()
			_, _ = c.Write([]byte("no"))
			c.Linger()
		})
		if n, err := c.Write(make([]byte, size)); n != size || err != nil {
			t.Fatalf("sent %d: %v", n, err)
		}
		if got, err := io.ReadAll(c); string(got) != "no" || err != nil {
			t.Errorf("%q %v", got, err)
		}
	}
}

func TestReset(t *testing.T) {
	for _, wrap := range []bool{false, true} {
		c := listen(t, wrap, func(c *connserver.Conn) {
			_, _ = c.Write([]byte("half"))
			_, _ = c.Reader().ReadByte()
			c.Reset()
		})
		_, _ = io.ReadFull(c, make([]byte, 4))
		_, _ = c.Write([]byte("x"))
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("wrapped %v: %v", wrap, err)
		}
	}
}
