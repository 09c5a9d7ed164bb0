package cgi

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

const (
	// silence is how long nothing has to come of a program that has ended, before that is taken for
	// the end though one of its children holds the pipe. What the program itself has written is
	// there at once.
	silence = 50 * time.Millisecond
	// chatter is how long in all such a program's children are listened to, if they are never
	// silent.
	chatter = time.Second
	// maxLeft is how much can be left in a pipe (fs.pipe-max-size of Linux): what is read beyond
	// is a child's.
	maxLeft = 1 << 20
)

// pipe is where a program writes to.
type pipe struct {
	file   *os.File
	exited <-chan struct{}
	after  int           // bytes read since the program ended
	waited time.Duration // for them

	mu     sync.Mutex
	closed bool
}

// Read implements io.Reader. The end is when the last has closed the pipe, or the program has
// ended and no more of it is there.
func (p *pipe) Read(b []byte) (int, error) {
	for {
		over := p.over()
		if over {
			if p.after >= maxLeft || p.waited >= chatter {
				return 0, io.EOF
			}
			_ = p.file.SetReadDeadline(time.Now().Add(silence))
		}
		began := time.Now()
		n, err := p.file.Read(b)
		if over {
			p.after += n
			p.waited += time.Since(began)
		}
		if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) {
			if over {
				return 0, io.EOF
			}
			continue // the program has just ended
		}
		return n, err
	}
}

func (p *pipe) over() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// wake ends a Read that waits for more of a program that has ended.
func (p *pipe) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		_ = p.file.SetReadDeadline(time.Now().Add(silence))
	}
}

// close may be called more than once, and while Read waits.
func (p *pipe) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed = true
		_ = p.file.Close()
	}
}
