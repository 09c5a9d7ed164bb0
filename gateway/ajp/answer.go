package ajp

import (
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/gateway/internal/exchange"
)

const (
	// holdBack is how much an answer holds back: more than the head and body of most small ones.
	holdBack = 8 << 10
	// atOnce is about how much is written in one go.
	atOnce = 64 << 10
	// around is how long a packet of the answer's body is besides its content: the packet's own
	// head, its kind, the content's length, and a NUL.
	around = 4 + 1 + 2 + 1
)

var (
	smallBuffers = sync.Pool{New: func() any { return buffer(holdBack + around) }}
	largeBuffers = sync.Pool{New: func() any { return buffer(holdBack + atOnce + 16*around) }}
)

func buffer(n int) *[]byte {
	b := make([]byte, 0, n)
	return &b
}

// answer is the carrier of one answer.
type answer struct {
	conn *conn
	buf  *[]byte // packets that are held back, the last perhaps open
	open int     // where the open packet of the body begins, -1: none is open
	most int     // how long a packet is
	last bool    // the connection ends with this answer
	drop bool    // the handler's answer cannot be sent
}

func newAnswer(c *conn) *answer {
	return &answer{conn: c, buf: smallBuffers.Get().(*[]byte), open: -1, most: c.server.packetSize()}
}

// release hands the buffer back; what it holds is lost.
func (a *answer) release() {
	if cap(*a.buf) <= 2*holdBack {
		*a.buf = (*a.buf)[:0]
		smallBuffers.Put(a.buf)
	}
	a.buf = nil
}

// Head implements exchange.Carrier.
func (a *answer) Head(status int, header []exchange.Field) error {
	from := len(*a.buf)
	*a.buf = appendHead(*a.buf, status, header)
	if len(*a.buf)-from <= maxPacket {
		return nil
	}
	a.conn.server.logger().Error("ajp: the header of an answer is longer than a packet can be; answered with 500 instead",
		"peer", a.conn.RemoteAddr().String(), "length", len(*a.buf)-from)
	a.drop = true
	*a.buf = appendHead((*a.buf)[:from], http.StatusInternalServerError, []exchange.Field{{Name: "Content-Length", Value: "0"}})
	return nil
}

// appendHead appends the packet with the status and the header.
func appendHead(b []byte, status int, header []exchange.Field) []byte {
	from := len(b)
	b = append(b, 'A', 'B', 0, 0, sendHeaders, byte(status>>8), byte(status))
	text := http.StatusText(status)
	if text == "" { // Apache has its own for an empty one
		text = "Status " + strconv.Itoa(status)
	}
	b = appendString(b, text)
	b = append(b, byte(len(header)>>8), byte(len(header)))
	for _, f := range header {
		if code := answerFields[f.Name]; code != 0 {
			b = append(b, byte(code>>8), byte(code))
		} else {
			b = appendString(b, f.Name)
		}
		b = appendString(b, f.Value)
	}
	putLength(b[from:])
	return b
}

// appendString appends a string. What is too long for its length is too long for a packet too.
func appendString(b []byte, s string) []byte {
	b = append(b, byte(len(s)>>8), byte(len(s)))
	return append(append(b, s...), 0)
}

// putLength writes the length of what is in a packet.
func putLength(packet []byte) {
	n := len(packet) - 4
	packet[2], packet[3] = byte(n>>8), byte(n)
}

// Inform implements exchange.Carrier.
func (*answer) Inform(int, []exchange.Field) error { return nil }

// Body implements exchange.Carrier.
func (a *answer) Body(p []byte) error {
	switch {
	case a.drop:
		return nil
	case len(*a.buf)+around+len(p) <= holdBack:
		a.hold(p)
		return nil
	case len(p)+around > holdBack:
		return a.large(p)
	}
	if err := a.write(); err != nil {
		return err
	}
	a.hold(p)
	return nil
}

// hold puts p into packets.
func (a *answer) hold(p []byte) {
	for len(p) > 0 {
		if a.open >= 0 && a.room() == 0 {
			a.seal()
		}
		if a.open < 0 {
			a.open = len(*a.buf)
			*a.buf = append(*a.buf, 'A', 'B', 0, 0, sendBodyChunk, 0, 0)
		}
		n := min(len(p), a.room())
		*a.buf = append(*a.buf, p[:n]...)
		p = p[n:]
	}
}

// room is how much the open packet still takes.
func (a *answer) room() int { return a.most - 1 - (len(*a.buf) - a.open) }

// seal ends the open packet.
func (a *answer) seal() {
	if a.open < 0 {
		return
	}
	*a.buf = append(*a.buf, 0)
	packet := (*a.buf)[a.open:]
	putLength(packet)
	n := len(packet) - around
	packet[5], packet[6] = byte(n>>8), byte(n)
	a.open = -1
}

// large sends p after what was held back, through a larger buffer.
func (a *answer) large(p []byte) (err error) {
	small, big := a.buf, largeBuffers.Get().(*[]byte)
	*big = append((*big)[:0], *small...)
	*small = (*small)[:0]
	a.buf = big
	for len(p) > 0 && err == nil {
		n := min(len(p), atOnce)
		a.hold(p[:n])
		p = p[n:]
		err = a.write()
	}
	a.buf, a.open = small, -1
	largeBuffers.Put(big)
	return err
}

// write sends what was held back.
func (a *answer) write() error {
	a.seal()
	err := a.conn.write(*a.buf)
	*a.buf = (*a.buf)[:0]
	return err
}

// Flush implements exchange.Carrier. An empty packet of the body asks the server in front to do
// the same: Apache does, even without flushpackets.
func (a *answer) Flush() error {
	a.seal()
	*a.buf = append(*a.buf, 'A', 'B', 0, around-4, sendBodyChunk, 0, 0, 0)
	return a.write()
}

// End implements exchange.Carrier.
func (a *answer) End([]exchange.Field) error {
	a.last = a.last || a.conn.ShuttingDown()
	reuse := byte(1)
	if a.last {
		reuse = 0
	}
	a.seal()
	*a.buf = append(*a.buf, 'A', 'B', 0, 2, endResponse, reuse)
	c := a.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	defer func() { *a.buf = (*a.buf)[:0] }()
	return c.writeLocked(*a.buf)
}

// Abort implements exchange.Carrier: an answer without its end is torn.
func (a *answer) Abort() { _ = a.conn.Conn.Conn.Close() }

// refuse answers a request that is AJP but none that a handler may see. What follows it is not
// known for sure to be another.
func (a *answer) refuse(err error) {
	a.conn.server.reject(a.conn.Conn, err)
	a.last = true
	var refused *cgienv.Error
	if errors.As(err, &refused) && exchange.Refuse(a, refused.Status) == nil {
		a.conn.Linger()
	}
}

// SetReadDeadline is for http.ResponseController.
func (a *answer) SetReadDeadline(t time.Time) error { return a.conn.SetReadDeadline(t) }

// SetWriteDeadline is for http.ResponseController.
func (a *answer) SetWriteDeadline(t time.Time) error { return a.conn.SetWriteDeadline(t) }
