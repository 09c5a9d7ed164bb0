package session

import (
	"sync"
	"sync/atomic"
)

// revocations is the list of sessions that were destroyed while cookies of them are
// still good by themselves. It is bounded: when it is full, the oldest entry goes.
type revocations struct {
	n     atomic.Int64 // entries, to answer at once where there are none
	mu    sync.Mutex
	until map[publicID]int64 // Unix time from which the cookies have expired anyway
	order []publicID         // the oldest first, and so roughly by expiry
	max   int
}

// maxRevoked bounds the list to some 6 MiB.
const maxRevoked = 1 << 16

func newRevocations(limit int) *revocations {
	return &revocations{until: make(map[publicID]int64), max: limit}
}

// add puts id on the list. It reports an entry that went to make room though its
// cookies have not expired.
func (l *revocations) add(id publicID, until, now int64) (dropped publicID, full bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.until[id]; known {
		l.until[id] = until
		return dropped, false
	}
	for len(l.order) > 0 {
		first := l.order[0]
		expired := l.until[first] <= now
		if !expired && len(l.order) < l.max {
			break
		}
		if !expired {
			dropped, full = first, true
		}
		delete(l.until, first)
		l.order = l.order[1:]
	}
	l.order = append(l.order, id)
	l.until[id] = until
	l.n.Store(int64(len(l.order)))
	return dropped, full
}

func (l *revocations) has(id publicID) bool {
	if l.n.Load() == 0 {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.until[id]
	return ok
}
