package boltstore

import (
	"slices"
	"sync"
	"sync/atomic"
)

const (
	maxBatch      = 1024     // operations of one transaction
	maxBatchBytes = 16 << 20 // of data, beyond which the rest waits for the next
)

// operation is what a caller waits for.
type operation struct {
	run  func(*transaction) (refused, err error)
	size int // of its data

	state atomic.Int32
	err   error
	done  chan struct{}
}

// The states of an operation.
const (
	queued = iota
	begun
	abandoned
)

// queue holds the operations that wait for a transaction.
type queue struct {
	mu     sync.Mutex
	all    []*operation
	closed bool
}

func (q *queue) add(o *operation) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.all = append(q.all, o)
	return true
}

// remove takes out an operation whose caller has left: while a disk hangs, nothing else
// would.
func (q *queue) remove(o *operation) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := slices.Index(q.all, o); i >= 0 {
		q.all = slices.Delete(q.all, i, i+1)
	}
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
}

// take returns the operations for one transaction, and whether others are left.
func (q *queue) take() (batch []*operation, more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, bytes := 0, 0
	for n < len(q.all) && n < maxBatch && bytes < maxBatchBytes {
		bytes += q.all[n].size
		n++
	}
	for _, o := range q.all[:n] {
		if o.state.CompareAndSwap(queued, begun) {
			batch = append(batch, o)
		}
	}
	rest := copy(q.all, q.all[n:])
	clear(q.all[rest:])
	q.all = q.all[:rest]
	return batch, rest > 0
}
