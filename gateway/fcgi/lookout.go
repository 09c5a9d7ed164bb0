package fcgi

import (
	"sync"
	"time"
)

// lookout sees which handlers take longer than [handOver], on all connections of a server: a timer
// for each request would wake a thread each time it is set.
type lookout struct {
	mu          sync.Mutex
	first, last *request // whose handlers run while nobody reads, the longest first
	tick        uint32
	timer       *time.Timer
	armed       bool
}

// spot is a request's in a lookout.
type spot struct {
	prev, next *request
	since      uint32 // tick
	taken      bool
}

// add begins to look at q.
func (l *lookout) add(q *request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q.spot = spot{prev: l.last, since: l.tick, taken: true}
	if l.last == nil {
		l.first = q
	} else {
		l.last.spot.next = q
	}
	l.last = q
	switch {
	case l.armed:
		return
	case l.timer == nil:
		l.timer = time.AfterFunc(handOver, l.look)
	default:
		l.timer.Reset(handOver)
	}
	l.armed = true
}

// remove ends what add began.
func (l *lookout) remove(q *request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unlink(q)
}

func (l *lookout) unlink(q *request) {
	at := q.spot
	if !at.taken {
		return
	}
	q.spot = spot{}
	if at.prev == nil {
		l.first = at.next
	} else {
		at.prev.spot.next = at.next
	}
	if at.next == nil {
		l.last = at.prev
	} else {
		at.next.spot.prev = at.prev
	}
}

// look lets others read where a handler has been running for a whole tick.
func (l *lookout) look() {
	for _, q := range l.late() {
		q.conn.readOn()
	}
}

func (l *lookout) late() (all []*request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tick++
	for q := l.first; q != nil && l.tick-q.spot.since > 1; q = l.first {
		l.unlink(q)
		all = append(all, q)
	}
	if l.armed = l.first != nil; l.armed {
		l.timer.Reset(handOver)
	}
	return all
}
