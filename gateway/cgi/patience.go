package cgi

import (
	"io"
	"sync"
	"time"
)

// patience is how long a program may leave us without the head of its answer while it is its turn:
// when it has all of the body, or is given a part. It does not count how long the client takes.
type patience struct {
	limit time.Duration
	timer *time.Timer // nil: there is no limit

	mu   sync.Mutex
	over bool // the head has come
}

// newPatience returns one that calls lost, once, when it is over. It does not run yet.
func newPatience(limit time.Duration, lost func()) *patience {
	p := &patience{limit: limit}
	if limit > 0 {
		p.timer = time.AfterFunc(limit, lost)
		p.timer.Stop()
	}
	return p
}

// run: it is the program's turn.
func (p *patience) run() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil && !p.over {
		p.timer.Reset(p.limit)
	}
}

// pause: it is the client's.
func (p *patience) pause() {
	if p.timer != nil {
		p.timer.Stop()
	}
}

// end is called when the head has come.
func (p *patience) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	p.pause()
}

// input is a program's standard input.
type input struct {
	io.Writer
	patience *patience
}

func (i *input) Write(b []byte) (int, error) {
	i.patience.run()
	n, err := i.Writer.Write(b)
	if err == nil { // else it wants no more of the body
		i.patience.pause()
	}
	return n, err
}
