package ajp

import (
	"errors"
	"io"
	"net"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/exchange"
	"github.com/surcoat/surcoat/gateway/internal/single"
)

// What is wrong with the packets of a body. They end the connection.
var (
	errChunk = errors.New("ajp: a packet of the body is not as long as it says")
	errMore  = errors.New("ajp: more of a body came than was asked for")
)

// chunkHead is how long a packet of the body is besides its content: the packet's own head, and
// the content's length.
const chunkHead = 4 + 2

// body reads a request's body: the server in front sends the first packet of one with a length
// without being asked, and each other when it is. An empty one is the end.
type body struct {
	conn   *conn
	ctx    *exchange.Context
	remain int64 // bytes for which there was no packet yet, -1 where the length is not known
	asked  int   // how much the packet that is on its way may have, 0: there is none
	left   int   // what was not read of the packet that has come
	ended  bool  // the empty packet has come
	err    error
}

func newBody(c *conn, ctx *exchange.Context, length int64) *body {
	b := &body{conn: c, ctx: ctx, remain: length}
	if length > 0 {
		b.asked = b.most(1<<16 - 1) // whose packets may be larger than ours
	}
	return b
}

// most is how much the next packet may have at most.
func (b *body) most(n int) int {
	if b.remain >= 0 {
		n = int(min(int64(n), b.remain))
	}
	return n
}

// Read implements [io.Reader].
func (b *body) Read(p []byte) (int, error) {
	for b.left == 0 && b.err == nil {
		b.fetch()
	}
	if b.left == 0 {
		return 0, b.err
	}
	n, err := b.conn.Reader().Read(p[:min(len(p), b.left)])
	b.left -= n
	if err != nil {
		b.fail(err)
	}
	return n, b.err
}

// fetch gets the next packet.
func (b *body) fetch() {
	if b.ended || b.remain == 0 {
		b.err = io.EOF
		return
	}
	if b.asked == 0 {
		n := b.most(b.conn.server.packetSize() - chunkHead)
		if err := b.conn.ask(n); err != nil {
			b.err = err
			return
		}
		b.asked = b.most(1<<16 - 1) // Apache fills packets of its own size, whatever was asked for
	}
	if err := b.open(); err != nil {
		b.fail(err)
	}
}

// open reads the head of the packet that is on its way.
func (b *body) open() error {
	r := b.conn.Reader()
	n, err := readLength(r)
	if err != nil {
		return err
	}
	if n == 0 { // an end that mod_jk knows
		b.asked, b.ended = 0, true
		return nil
	}
	var length [2]byte
	if n < len(length) {
		return errChunk
	}
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return err
	}
	b.left = int(length[0])<<8 | int(length[1])
	switch {
	case n != b.left+len(length):
		return errChunk
	case b.left > b.asked:
		return errMore
	}
	b.ended = b.left == 0
	b.asked = 0
	if b.remain >= 0 {
		b.remain -= int64(b.left)
	}
	return nil
}

// fail ends reading. A deadline may be the handler's; all else means that nobody is there, or
// nobody who speaks AJP.
func (b *body) fail(err error) {
	b.left = 0
	b.err = single.Unexpected(err)
	var netErr net.Error
	if errors.As(err, &netErr) && netErr.Timeout() {
		return
	}
	b.conn.server.reject(b.conn.Conn, err)
	b.ctx.Cancel()
}

// coming reports whether some of the body may be on its way.
func (b *body) coming() bool { return b.asked > 0 || b.left > 0 }

// skipTimeout is how long a packet of a body may take that no handler waits for, if there is no
// ReadTimeout. Apache does not read an answer before it has sent the first.
const skipTimeout = 30 * time.Second

// skip reads what is on its way, so that the next packet begins a request.
func (b *body) skip() error {
	if !b.coming() {
		return b.broken()
	}
	if b.conn.server.ReadTimeout <= 0 {
		_ = b.conn.SetReadDeadline(time.Now().Add(skipTimeout))
	}
	if b.left == 0 && b.err == nil {
		b.fetch()
	}
	n, err := b.conn.Reader().Discard(b.left)
	b.left -= n
	if err != nil {
		return err
	}
	return b.broken()
}

// broken is what has kept the body from its end, but for our own end of the answer.
func (b *body) broken() error {
	if b.err == io.EOF || errors.Is(b.err, errEnded) {
		return nil
	}
	return b.err
}
