package connserver_test

import (
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/connserver"
)

// watching runs body on the server's side of a connection.
func watching(t *testing.T, body func(c *connserver.Conn, client net.Conn)) {
	t.Helper()
	var client net.Conn
	s := &connserver.Server{Conn: func(c *connserver.Conn) { body(c, client) }}
	test(t, s, func(_ *testing.T, l *pipes, _ *protocol) {
		end, server := net.Pipe()
		client = end
		l.conns <- server
		synctest.Wait()
		time.Sleep(time.Hour)
		_ = end.Close()
	})
}

func TestWatch(t *testing.T) {
	t.Run("gone", func(t *testing.T) {
		watching(t, func(c *connserver.Conn, client net.Conn) {
			gone := make(chan struct{})
			c.Watch(func() { close(gone) })
			_ = client.Close()
			<-gone
			c.Unwatch()
		})
	})
	t.Run("still there", func(t *testing.T) {
		watching(t, func(c *connserver.Conn, client net.Conn) {
			c.Watch(func() { t.Error("gone") })
			time.Sleep(time.Minute)
			c.Unwatch()
			c.Unwatch()
			go func() { _, _ = client.Write([]byte("ab")) }()
			if b, err := c.Reader().ReadByte(); b != 'a' || err != nil {
				t.Errorf("%q %v", b, err)
			}
		})
	})
	t.Run("a byte is kept", func(t *testing.T) {
		watching(t, func(c *connserver.Conn, client net.Conn) {
			c.Watch(func() { t.Error("gone") })
			go func() { _, _ = client.Write([]byte("ab")) }()
			time.Sleep(time.Second)
			c.Unwatch()
			got := make([]byte, 2)
			n, err := c.Reader().Read(got[:1])
			m, err2 := c.Reader().Read(got[n:])
			if n+m != 2 || string(got) != "ab" || errors.Join(err, err2) != nil {
				t.Errorf("%q %v %v", got, err, err2)
			}
		})
	})
	t.Run("bytes that are there already", func(t *testing.T) {
		watching(t, func(c *connserver.Conn, client net.Conn) {
			go func() { _, _ = client.Write([]byte("ab")) }()
			_, _ = c.Reader().ReadByte()
			c.Watch(func() { t.Error("gone") })
			c.Unwatch()
			if b, _ := c.Reader().ReadByte(); b != 'b' {
				t.Errorf("%q", b)
			}
		})
	})
	t.Run("a deadline for the body is none for the watch", func(t *testing.T) {
		watching(t, func(c *connserver.Conn, client net.Conn) {
			gone := make(chan struct{})
			_ = c.SetReadDeadline(time.Now().Add(time.Second))
			c.Watch(func() { close(gone) })
			time.Sleep(time.Minute)
			select {
			case <-gone:
				t.Error("gone")
			default:
			}
			_ = client.Close()
			<-gone
			c.Unwatch()
		})
	})
	t.Run("a deadline outlives the watch", func(t *testing.T) {
		watching(t, func(c *connserver.Conn, _ net.Conn) {
			_ = c.SetReadDeadline(time.Now().Add(time.Minute))
			c.Watch(func() { t.Error("gone") })
			time.Sleep(time.Second)
			c.Unwatch()
			start := time.Now()
			_, err := c.Reader().ReadByte()
			if d := time.Since(start); !errors.Is(err, os.ErrDeadlineExceeded) || d != 59*time.Second {
				t.Errorf("%v after %v", err, d)
			}
		})
	})
}
