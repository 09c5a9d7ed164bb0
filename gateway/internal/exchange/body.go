package exchange

import (
	"io"
	"math"
	"net/http"
	"sync"
	"sync/atomic"
)

// maxDrain is how much of a body that the handler did not read is read for it, as in net/http:
// before the answer's head, since a server in front may not read an answer before it has sent the
// request; and at the end.
const maxDrain = 256 << 10

// body is a request's body. It may be read in one goroutine while another answers.
type body struct {
	src   io.Reader
	onEOF func()
	// onRead is called at the first Read, for a client that waits to be told to go on.
	onRead func()
	all    bool // of what the handler does not read, all is read, not only maxDrain

	mu     sync.Mutex
	remain int64 // bytes to come, -1 where the source says when it ends
	closed bool
	sawEOF atomic.Bool
}

// Read implements [io.Reader]. The last bytes come together with io.EOF where the length is
// known.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	if b.onRead != nil {
		b.onRead()
		b.onRead = nil
	}
	return b.read(p)
}

func (b *body) read(p []byte) (n int, err error) {
	if b.sawEOF.Load() {
		return 0, io.EOF
	}
	if b.remain >= 0 && int64(len(p)) > b.remain {
		p = p[:b.remain]
	}
	n, err = b.src.Read(p)
	if b.remain >= 0 {
		b.remain -= int64(n)
		switch {
		case b.remain == 0:
			err = io.EOF
		case err == io.EOF:
			return n, io.ErrUnexpectedEOF
		}
	}
	if err == io.EOF && !b.sawEOF.Swap(true) {
		b.onEOF()
	}
	return n, err
}

// Close implements [io.Closer]. It reads what is left if that is not too much.
func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.closed = true
	if b.remain > maxDrain && !b.all {
		return nil
	}
	return b.drain(maxDrain)
}

// drainForHead reads what is left before the head of the answer is sent; after that the handler
// cannot read any more. What is known to be more than maxDrain is left to the handler, unless all
// must be read.
func (b *body) drainForHead() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || b.remain >= maxDrain && !b.all {
		return
	}
	_ = b.drain(maxDrain + 1)
	if b.sawEOF.Load() {
		b.closed = true
	}
}

// drain reads at most that many bytes, or all, and returns what kept it from the end but for
// their number.
func (b *body) drain(most int64) error {
	if b.sawEOF.Load() {
		return nil
	}
	if b.all {
		most = math.MaxInt64
	}
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	for most > 0 {
		n, err := b.read((*buf)[:min(int64(len(*buf)), most)])
		most -= int64(n)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// copyBuffers are for moving bodies.
var copyBuffers = sync.Pool{New: func() any {
	buf := make([]byte, 32<<10)
	return &buf
}}
