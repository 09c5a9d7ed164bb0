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
	waiting []*waiter    // the first is served first
	broken  func() error // not nil: there is no thread, and nobody need wait for one
}

// atOnce is how many bytes fit into the socket of a thread that waits, so that whoever writes them
// does not have to wait for the thread.
const atOnce = 64 << 10

// waiter is a request that waits. Whoever gives it a thread sends the request at once: a
// processor that has to find out that it has something to do again would let the thread wait.
type waiter struct {
	encoded []byte
	offers  chan offer
}

// offer is what a request that waits gets.
type offer struct {
	line *line
	sent bool  // the request
	err  error // of sending it, or why there is no line
}

// take returns a thread that waits for a request, or one to which the request was sent.
func (q *queue) take(ctx context.Context, encoded []byte) (o offer) {
	q.mu.Lock()
	if n := len(q.idle); n > 0 {
		o.line = q.idle[n-1]
		q.idle = q.idle[:n-1]
		q.mu.Unlock()
		return o
	}
	if q.broken != nil {
		defer q.mu.Unlock()
		return offer{err: q.broken()}
	}
	if len(q.waiting) >= q.most {
		q.mu.Unlock()
		return offer{err: &relay.Busy{Reason: "all workers are busy, and too many requests wait already", RetryAfter: retryBusy}}
	}
	w := &waiter{encoded, make(chan offer, 1)}
	q.waiting = append(q.waiting, w)
	q.mu.Unlock()
	select {
	case o = <-w.offers:
		return o
	case <-ctx.Done():
	}
	q.mu.Lock()
	i := slices.Index(q.waiting, w)
	if i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
	q.mu.Unlock()
	if i >= 0 {
		return offer{err: ctx.Err()}
	}
	return <-w.offers // it is under way; the caller sees to the rest
}

// give hands a thread to the request that has waited longest, or keeps it for the next. It
// reports whether it did: not for a worker that retires.
func (q *queue) give(l *line) bool {
	q.mu.Lock()
	if l.worker.retiring.Load() { // remove comes after that was set
		q.mu.Unlock()
		return false
	}
	if len(q.waiting) == 0 {
		q.idle = append(q.idle, l)
		q.mu.Unlock()
		return true
	}
	w := q.waiting[0]
	q.waiting[0] = nil
	q.waiting = q.waiting[1:]
	q.mu.Unlock()
	o := offer{line: l}
	if n := len(w.encoded); n > 0 && n <= atOnce {
		o.sent, o.err = true, l.send(w.encoded)
	}
	w.offers <- o
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
		w.offers <- offer{err: why()}
	}
	q.waiting = nil
}

// drop takes an idle thread out.
func (q *queue) drop(l *line) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.idle = slices.DeleteFunc(q.idle, func(other *line) bool { return other == l })
}
