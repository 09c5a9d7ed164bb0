package connserver

import (
	"net"
	"time"
)

const (
	lingerIdle  = 5 * time.Second  // without a byte from the other end
	lingerTotal = 30 * time.Second // altogether
)

// Linger ends the writing side and discards what still comes, so that the other end, which may be
// sending, gets what was written: a connection closed with bytes unread resets it, and the answer
// is lost. It returns at the other end's close, after 5 s without a byte, or after 30 s.
func (c *Conn) Linger() {
	half, ok := under[interface{ CloseWrite() error }](c.Conn)
	if !ok || half.CloseWrite() != nil {
		return
	}
	buf := make([]byte, 16<<10)
	for end := time.Now().Add(lingerTotal); ; {
		until := time.Now().Add(lingerIdle)
		if until.After(end) {
			until = end
		}
		if c.SetReadDeadline(until) != nil {
			return
		}
		if _, err := c.Conn.Read(buf); err != nil {
			return
		}
	}
}

// Reset closes the connection so that the other end sees an error instead of an end, where the
// kernel lets us: over TCP (RST), not over a Unix socket.
func (c *Conn) Reset() {
	if tcp, ok := under[interface{ SetLinger(int) error }](c.Conn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Conn.Close()
}

// under finds a method of a connection, or of the one that it wraps and shows with NetConn.
func under[T any](c net.Conn) (T, bool) {
	for {
		if t, ok := c.(T); ok {
			return t, true
		}
		wrapper, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			var none T
			return none, false
		}
		c = wrapper.NetConn()
	}
}
