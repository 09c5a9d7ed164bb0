package ajp

import (
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/upstream"
)

// call is a request on a connection to a container, and its answer.
type call struct {
	client *Client
	link   *upstream.Link
	packet []byte

	mu    sync.Mutex
	turn  sync.Cond // asked or over has changed
	asked int       // how much of the body the container waits for, 0: for none
	ended bool      // the body
	over  bool      // nothing more is sent

	output
}

func newCall(c *Client, l *upstream.Link, r *http.Request, packet []byte) *call {
	x := &call{client: c, link: l, packet: packet}
	x.turn.L = &x.mu
	if r.ContentLength > 0 { // the first packet of a body with a length is not asked for
		x.asked = x.most()
	}
	return x
}

// most is how much of a body a packet has.
func (c *call) most() int { return c.client.packetSize() - chunkHead }

var (
	errPong = errors.New("the container does not answer to a CPing with a CPong")
	errOver = errors.New("the container has ended the request")
)

// Probe implements upstream.Prober.
func (c *call) Probe() error {
	if c.client.PingTimeout <= 0 || c.link.Requests == 1 {
		return nil
	}
	_ = c.link.Conn.SetDeadline(time.Now().Add(c.client.PingTimeout))
	if _, err := c.link.Conn.Write([]byte{0x12, 0x34, 0, 1, cPing}); err != nil {
		return err
	}
	var pong [5]byte
	if _, err := io.ReadFull(c.link.Reader, pong[:]); err != nil {
		return err
	}
	if pong != [5]byte{'A', 'B', 0, 1, cPong} {
		return errPong
	}
	return nil
}

// Begin implements upstream.Request.
func (c *call) Begin(body bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = !body
	_, err := c.link.Conn.Write(c.packet)
	c.packet = nil
	return err
}

// Write implements upstream.Request. The container asks for each packet.
func (c *call) Write(p []byte) (n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for n < len(p) {
		for c.asked == 0 && !c.over {
			c.turn.Wait()
		}
		if c.over {
			return n, errOver
		}
		part := p[n:min(len(p), n+min(c.asked, c.most()))]
		c.asked = 0
		if err := c.send(part); err != nil {
			return n, err
		}
		n += len(part)
	}
	return n, nil
}

// send sends a packet of the body; without content it says that there is no more. The mutex is
// held.
func (c *call) send(part []byte) error {
	n := len(part)
	head := []byte{0x12, 0x34, byte((n + 2) >> 8), byte(n + 2), byte(n >> 8), byte(n)}
	if n == 0 {
		_, err := c.link.Conn.Write(head)
		return err
	}
	both := net.Buffers{head, part}
	_, err := both.WriteTo(c.link.Conn.Conn) // the very connection, which can write both at once
	return err
}

// End implements upstream.Request.
func (c *call) End() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.asked == 0 {
		return nil
	}
	c.asked = 0
	return c.send(nil)
}

// ask notes that the container wants more of the body.
func (c *call) ask(n int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case n == 0:
		return errAsk
	case c.ended:
		return c.send(nil)
	case c.asked > 0:
		return errAsk
	}
	c.asked = n
	c.turn.Broadcast()
	return nil
}

// stop ends what still waits for the container to ask, and reports whether it waits for nothing.
func (c *call) stop() (even bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	c.turn.Broadcast()
	return c.asked == 0
}

// Abort implements upstream.Aborter. The protocol has no word for it.
func (c *call) Abort() {
	// Write may hold the mutex while it writes to an end that does not read.
	_ = c.link.Conn.Close()
	c.stop()
}
