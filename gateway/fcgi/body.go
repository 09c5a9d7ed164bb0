package fcgi

import (
	"bufio"
	"io"
	"os"
	"sync"
	"time"
)

// patience is how long a body that nobody reads holds up its connection, while nothing was seen
// there but this one request: the server in front is slowed down, as over HTTP. After that the
// rest goes to a file, so that the connection can be read on.
const patience = 500 * time.Millisecond

// body is what has come of a request's body and was not read yet: first in memory, the rest in a
// file. One goroutine fills it and another may read it.
type body struct {
	mu       sync.Mutex
	changed  sync.Cond
	ring     ring
	spool    spool
	err      error // what comes after all that, io.EOF mostly; nil: not known yet
	came     bool  // something of the body has come, even if only its end
	closed   bool  // nobody reads it any more
	filling  bool  // the ring's memory is being read into
	deadline time.Time
	alarm    *time.Timer
}

func (b *body) init(s *Server) {
	b.spool.of = &s.spools
	b.changed.L = &b.mu
}

// Read implements [io.Reader]. It waits for what is to come.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		switch {
		case b.expired():
			return 0, os.ErrDeadlineExceeded
		case b.ring.n > 0:
			b.changed.Broadcast()
			return b.ring.read(p), nil
		case b.spool.len() > 0:
			b.changed.Broadcast()
			n, err := b.spool.read(p)
			if err != nil {
				b.fail(err)
			}
			return n, err
		case b.err != nil:
			return 0, b.err
		}
		b.changed.Wait()
	}
}

// await waits until something is known of the body, and reports whether it is not empty.
func (b *body) await() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for !b.came && b.err == nil && !b.expired() {
		b.changed.Wait()
	}
	return b.ring.n > 0 || b.spool.len() > 0 || b.err != io.EOF
}

// ended reports whether all has come.
func (b *body) ended() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err != nil
}

// end says what comes after that which has come. The first call counts.
func (b *body) end(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail(err)
}

func (b *body) fail(err error) {
	if b.err == nil {
		b.err = err
	}
	b.changed.Broadcast()
}

func (b *body) expired() bool {
	return !b.deadline.IsZero() && !b.deadline.After(time.Now())
}

// setDeadline sets until when Read waits.
func (b *body) setDeadline(t time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	b.deadline = t
	if b.alarm != nil {
		b.alarm.Stop()
	}
	if !t.IsZero() {
		b.alarm = time.AfterFunc(time.Until(t), b.wake)
	}
	b.changed.Broadcast()
}

func (b *body) wake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.changed.Broadcast()
}

// close says that the body is not read any more. What still comes is dropped.
func (b *body) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	if b.alarm != nil {
		b.alarm.Stop()
	}
	b.spool.close()
	if !b.filling {
		b.ring.free()
	}
	b.changed.Broadcast()
}

// fill takes n bytes from r. shared says that there may be other requests on the connection: then
// it does not wait for a reader. An error is one of r.
func (b *body) fill(r *bufio.Reader, n int, shared bool) error {
	for n > 0 {
		space, where := b.room(n, shared)
		var m int
		var err error
		switch where {
		case memory:
			m, err = r.Read(space)
			b.filled(m)
		case file:
			m, err = b.keep(r, n)
		default:
			m, err = r.Discard(n)
		}
		if err != nil {
			return err
		}
		n -= m
	}
	return nil
}

// place is where the next bytes of a body go.
type place uint8

const (
	nowhere place = iota
	memory
	file
)

// room waits until there is a place for at most n bytes; in memory it says where exactly.
func (b *body) room(n int, shared bool) ([]byte, place) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.came = true
	b.changed.Broadcast()
	var patient *time.Timer
	for {
		if b.closed || b.err != nil {
			return nil, nowhere
		}
		if b.spool.len() == 0 {
			if space := b.ring.space(n); space != nil {
				b.filling = true
				return space, memory
			}
		}
		switch {
		case b.spool.len() > 0 || shared:
			if b.spool.room() > 0 {
				return nil, file
			}
		case patient == nil:
			patient = time.AfterFunc(patience, func() {
				b.mu.Lock()
				defer b.mu.Unlock()
				shared = true
				b.changed.Broadcast()
			})
			defer patient.Stop()
		}
		b.changed.Wait()
	}
}

// filled says that n bytes were read to where room said.
func (b *body) filled(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.filling = false
	if b.closed {
		b.ring.free()
		return
	}
	b.ring.add(n)
	b.changed.Broadcast()
}

// keep moves at most n bytes from r to the file. Where that cannot be written, it is the request's
// matter and not the connection's.
func (b *body) keep(r *bufio.Reader, n int) (int, error) {
	buf := files.Get().(*[]byte)
	defer files.Put(buf)
	b.mu.Lock()
	n = int(min(int64(n), int64(len(*buf)), b.spool.room()))
	b.mu.Unlock()
	n, err := r.Read((*buf)[:n])
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed && n > 0 {
		if err := b.spool.write((*buf)[:n]); err != nil {
			b.fail(err)
		}
	}
	b.changed.Broadcast()
	return n, err
}
