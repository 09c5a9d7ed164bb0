package connserver

import (
	"bufio"
	"context"
	"net"
)

// Conn is a connection. Its state is one of: new or idle (Shutdown closes it), reading a head (Shutdown
// waits, at most as long as ReadHeaderTimeout), answering (Shutdown waits).
//
// Reading is done through [Conn.Reader], by one goroutine; writing directly.
type Conn struct {
	net.Conn
}

// Context returns the context around the requests on this connection. It has
// http.LocalAddrContextKey and ends with Server.Close, and when Server.Conn returns.
func (c *Conn) Context() context.Context { return nil }

// Reader returns the buffered reader of the connection. It is not for use after
// Server.Conn has returned.
func (c *Conn) Reader() *bufio.Reader { return nil }

// Await waits for the first byte of the next request, as long as IdleTimeout allows, and gives
// the request ReadHeaderTimeout from then on. The connection is idle meanwhile. It returns an error
// when there will be no request: io.EOF, a timeout, or http.ErrServerClosed.
func (c *Conn) Await() error { return nil }

// Begin says that the head of a request is complete: the connection is answering until End
// was called as often as Begin. The first Begin sets the deadlines that ReadTimeout (counted from the head's first byte) and
// WriteTimeout ask for. It is safe for concurrent use.
func (c *Conn) Begin() {}

// End says that a request was answered. After the last the deadlines of Begin are gone
// and the connection is idle: a reader blocked in a Read of its own gets a timeout when IdleTimeout is over
// or the server shuts down. It is safe for concurrent use.
func (c *Conn) End() {}

// ShuttingDown reports whether Shutdown or Close was called: the answer in hand is
// the connection's last.
func (c *Conn) ShuttingDown() bool { return false }

// Watch waits in a goroutine for the other end to go away, and calls gone if it does. Nobody may
// read meanwhile. A byte that comes is kept for the reader, and ends the watch.
func (c *Conn) Watch(gone func()) {}

// Unwatch ends Watch and returns when reading is possible again. Without Watch it does nothing.
func (c *Conn) Unwatch() {}

// Linger ends the writing side and discards what still comes, so that the other end, which may
// be sending, gets what was written: a connection closed with bytes unread resets it, and
// the answer is lost. It returns at the other end's close, after 5 s without a byte, or after 30 s.
func (c *Conn) Linger() {}

// Reset closes the connection so that the other end sees an error instead of an
// end, where the kernel lets us: over TCP (RST), not over a Unix socket.
func (c *Conn) Reset() {}
