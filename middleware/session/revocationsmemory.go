package session

import (
	"container/list"
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// memoryRevocations is the list in the memory of a process. It is bounded: when it is
// full, the oldest of the notes that matter least goes.
type memoryRevocations struct {
	n      atomic.Int64 // notes, to answer at once where there are none
	mu     sync.Mutex
	notes  map[target]*list.Element
	order  [ranks]list.List // of *memoryNote: the one made last at the end, so roughly by expiry
	max    int
	events func(context.Context, Event)
}

type memoryNote struct {
	target
	note
}

// The ranks of notes. Strangers can make as many of the first as they like, and who has an
// account of the second, without pushing out any of those that follow.
const (
	ofNobody = iota
	ofOne
	ofMany
	ranks
)

func (m *memoryNote) rank() int {
	switch {
	case m.id == (publicID{}):
		return ofMany
	case m.nobody:
		return ofNobody
	}
	return ofOne
}

const maxRevoked = 1 << 16

func newMemoryRevocations(limit int, events func(context.Context, Event)) *memoryRevocations {
	return &memoryRevocations{notes: make(map[target]*list.Element), max: limit, events: events}
}

func (l *memoryRevocations) add(ctx context.Context, t target, n note) error {
	if dropped, full := l.put(t, n, time.Now().Unix()); full {
		e := Event{Kind: EventDropped, Subject: dropped.subject}
		if dropped.id != (publicID{}) {
			e.Handle = dropped.id.String()
		}
		l.events(ctx, e)
	}
	return nil
}

// put is add. It reports a note that went to make room though it was not pointless yet.
func (l *memoryRevocations) put(t target, n note, now int64) (dropped target, full bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.notes[t]; e != nil {
		n = l.remove(e).merge(&t, n)
	}
	m := &memoryNote{t, n}
	l.notes[t] = l.order[m.rank()].PushBack(m)
	for i := range l.order {
		for e := l.order[i].Front(); e != nil && e.Value.(*memoryNote).until <= now; e = l.order[i].Front() {
			l.remove(e)
		}
	}
	if len(l.notes) > l.max {
		dropped, full = l.drop(), true
	}
	l.n.Store(int64(len(l.notes)))
	return dropped, full
}

func (l *memoryRevocations) remove(e *list.Element) note {
	m := e.Value.(*memoryNote)
	delete(l.notes, m.target)
	l.order[m.rank()].Remove(e)
	return m.note
}

func (l *memoryRevocations) drop() (t target) {
	for i := range l.order {
		if e := l.order[i].Front(); e != nil {
			t = e.Value.(*memoryNote).target
			l.remove(e)
			break
		}
	}
	return t
}

func (l *memoryRevocations) has(_ context.Context, c *content) (bool, error) {
	if l.n.Load() == 0 {
		return false, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var buf [3]target
	for _, t := range c.targets(&buf) {
		if e := l.notes[t]; e != nil && e.Value.(*memoryNote).covers(&t, c) {
			return true, nil
		}
	}
	return false, nil
}

func (l *memoryRevocations) latest(_ context.Context, subject string) (at int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range [...]target{{}, {subject: subject}} {
		if e := l.notes[t]; e != nil {
			at = max(at, e.Value.(*memoryNote).at)
		}
	}
	return at, nil
}
