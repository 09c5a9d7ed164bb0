package wsgi

import (
	"context"
	"slices"
	"sync"

	"github.com/surcoat/surcoat/gateway/internal/relay"
)

// queue has the threads that wait for a request, or else the requests that wait for a thread.
type queue struct {
	most int // requests

	mu      sync.Mutex
	idle    []*line      // the last is taken first: its memory is the warmest
	waiting []chan offer // the first is served first
	broken  func() error // not nil: there is no thread, and nobody need wait for one
}

// offer is what a request that waits gets.
type offer struct {
	line *line
	err  error
}

// take returns a thread that waits for a request.
func (q *queue) take(ctx context.Context) (*line, error) {
	q.mu.Lock()
	if n := len(q.idle); n > 0 {
		l := q.idle[n-1]
		q.idle = q.idle[:n-1]
		q.mu.Unlock()
		return l, nil
	}
	if q.broken != nil {
		defer q.mu.Unlock()
		return nil, q.broken()
	}
	if len(q.waiting) >= q.most {
		q.mu.Unlock()
		return nil, &relay.Busy{Reason: "all workers are busy, and too many requests wait already", RetryAfter: retryBusy}
	}
	offers := make(chan offer, 1)
	q.waiting = append(q.waiting, offers)
	q.mu.Unlock()
	select {
	case o := <-offers:
		return o.line, o.err
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := slices.Index(q.waiting, offers); i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
		return nil, ctx.Err()
	}
	o := <-offers // it came meanwhile; the caller sees to the rest
	return o.line, o.err
}

// give hands a thread to the request that has waited longest, or keeps it for the next. It
// reports whether it did: not for a worker that retires.
func (q *queue) give(l *line) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if l.worker.retiring.Load() { // remove comes after that was set
		return false
	}
	if len(q.waiting) > 0 {
		q.waiting[0] <- offer{line: l}
		q.waiting = q.waiting[1:]
		return true
	}
	q.idle = append(q.idle, l)
	return true
}

// remove takes the idle threads of a worker out, and returns them.
func (q *queue) remove(w *worker) (lines []*line) {
	q.mu.Lock()
	defer q.mu.Unlock()
	kept := q.idle[:0]
	for _, l := range q.idle {
		if l.worker == w {
			lines = append(lines, l)
		} else {
			kept = append(kept, l)
		}
	}
	clear(q.idle[len(kept):])
	q.idle = kept
	return lines
}

// fail answers all requests that wait, and all that come, with what why returns, until why is nil.
func (q *queue) fail(why func() error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.broken = why
	if why == nil {
		return
	}
	for _, w := range q.waiting {
		w <- offer{err: why()}
	}
	q.waiting = nil
}

// drop takes an idle thread out.
func (q *queue) drop(l *line) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.idle = slices.DeleteFunc(q.idle, func(other *line) bool { return other == l })
}
