package fcgi_test

import (
	"net"
	"sync/atomic"
	"testing"
)

// counted is a listener that counts what happens on its connections.
type counted struct {
	net.Listener
	read   atomic.Int64 // bytes
	writes atomic.Int64 // calls
}

func (l *counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &countedConn{c, l}, nil
}

type countedConn struct {
	net.Conn
	l *counted
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.l.read.Add(int64(n))
	return n, err
}

func (c *countedConn) Write(p []byte) (int, error) {
	c.l.writes.Add(1)
	return c.Conn.Write(p)
}

// listen opens a Unix socket of its own.
func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("unix", t.TempDir()+"/s")
	if err != nil {
		t.Fatal(err)
	}
	return l
}
