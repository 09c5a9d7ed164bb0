package session

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Memory is a [Backend], [Lister] and [Revoker] in the memory of one process: its
// sessions end with the process. It is what a [Manager] without a Store uses. The zero
// Memory is ready; it must not be copied.
//
// When it is full, the anonymous sessions that were unused for longest go first.
// Sessions that sign somebody in are never dropped: with those alone, a further
// session is refused with [ErrFull].
//
// Expired sessions leave when somebody asks for them, and a few at every save;
// nothing ever sweeps the whole store at once.
type Memory struct {
	// MaxBytes bounds the memory used, estimated by the length of what is stored and
	// the cost of keeping it; 0 is 256 MiB.
	MaxBytes int64

	// MaxSessions bounds the number of sessions; 0 leaves that to MaxBytes.
	MaxSessions int

	shards   [memoryShards]shard
	subjects subjectIndex
	bytes    atomic.Int64
	count    atomic.Int64
	evict    atomic.Uint32 // where the next search for a victim starts
}

const (
	memoryShards    = 64
	defaultMaxBytes = 256 << 20
	nodeCost        = 256 // a node and its place in the map, measured, and some more as a map has just grown
	indexCost       = 64  // its place in the index
	sweepEach       = 2   // how many of the least recently used of a list a save looks at, and of those at its hand
	searchEach      = 8   // how many at the hand of a list are looked at for room
)

// shard is a part of the store with its own lock.
type shard struct {
	mu    sync.Mutex
	nodes map[ID]*node
	used  [2]useList // by use, of sessions without and with a subject
}

// node is a stored record. It is part of one of its shard's lists.
type node struct {
	Record
	id         ID
	prev, next *node
	of         subjectLinks
}

func (n *node) cost() int64 { return recordCost(&n.Record) }

func recordCost(r *Record) int64 {
	cost := int64(len(r.Data)+len(r.Subject)) + nodeCost
	if r.Subject != "" {
		cost += indexCost
	}
	return cost
}

// signedIn says which of its shard's lists n is in.
func (n *node) signedIn() int {
	if n.Subject != "" {
		return 1
	}
	return 0
}

func (m *Memory) shard(id *ID) *shard { return &m.shards[id[0]%memoryShards] }

// Load implements [Backend].
func (m *Memory) Load(_ context.Context, id ID) (Record, error) {
	now := time.Now()
	s := m.shard(&id)
	s.mu.Lock()
	defer s.mu.Unlock()
	n := m.live(s, id, now)
	if n == nil {
		return Record{}, ErrGone
	}
	s.used[n.signedIn()].front(n)
	return n.Record, nil
}

// Save implements [Backend].
func (m *Memory) Save(_ context.Context, id ID, r Record) (uint64, error) {
	s := m.shard(&id)
	if r.Version == 0 {
		return m.create(s, id, r)
	}
	s.mu.Lock()
	n, grows, err := m.based(s, id, &r)
	if err == nil && grows > 0 {
		// Room is made without this lock, as it takes those of other shards.
		s.mu.Unlock()
		if !m.reserve(grows, 0) {
			return 0, ErrFull
		}
		s.mu.Lock()
		if n, _, err = m.based(s, id, &r); err != nil {
			m.release(grows, 0)
		}
	}
	defer s.mu.Unlock()
	if err != nil {
		return 0, err
	}
	if grows < 0 {
		m.release(-grows, 0)
	}
	s.used[n.signedIn()].remove(n)
	r.Version++
	if n.Subject != r.Subject {
		m.subjects.remove(n)
		n.Record = r
		m.subjects.add(n)
	} else {
		n.Record = r
	}
	s.used[n.signedIn()].front(n)
	m.sweep(s)
	return r.Version, nil
}

// based returns the node on which the change r is based, and by how much r is
// larger. A node of one version is always of one size.
func (m *Memory) based(s *shard, id ID, r *Record) (n *node, grows int64, err error) {
	n = m.live(s, id, time.Now())
	switch {
	case n == nil:
		return nil, 0, ErrGone
	case n.Version != r.Version:
		return nil, 0, ErrConflict
	}
	return n, recordCost(r) - n.cost(), nil
}

func (m *Memory) create(s *shard, id ID, r Record) (uint64, error) {
	r.Version = 1
	n := &node{Record: r, id: id}
	if !m.reserve(n.cost(), 1) {
		return 0, ErrFull
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.live(s, id, time.Now()) != nil {
		m.release(n.cost(), 1)
		return 0, ErrConflict
	}
	if s.nodes == nil {
		s.nodes = make(map[ID]*node)
	}
	s.nodes[id] = n
	m.subjects.add(n)
	s.used[n.signedIn()].front(n)
	m.sweep(s)
	return r.Version, nil
}

// Touch implements [Backend].
func (m *Memory) Touch(_ context.Context, id ID, expires time.Time) error {
	now := time.Now()
	s := m.shard(&id)
	s.mu.Lock()
	defer s.mu.Unlock()
	n := m.live(s, id, now)
	if n == nil {
		return ErrGone
	}
	n.Expires = expires
	s.used[n.signedIn()].front(n)
	return nil
}

// Delete implements [Backend].
func (m *Memory) Delete(_ context.Context, id ID) error {
	s := m.shard(&id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.nodes[id]; n != nil {
		m.remove(s, n)
	}
	return nil
}

// Len returns how many sessions are stored, those among them that have expired but
// were not yet removed included.
func (m *Memory) Len() int { return int(m.count.Load()) }

// live returns the node of id, and removes it instead when it has expired.
func (m *Memory) live(s *shard, id ID, now time.Time) *node {
	n := s.nodes[id]
	if n != nil && !now.Before(n.Expires) {
		m.remove(s, n)
		return nil
	}
	return n
}

func (m *Memory) remove(s *shard, n *node) {
	s.used[n.signedIn()].remove(n)
	m.subjects.remove(n)
	delete(s.nodes, n.id)
	m.release(n.cost(), 1)
}

// sweep removes expired nodes from the ends of a shard's lists. With one idle
// timeout for all, the least recently used expire first. Those behind one that lasts for
// longer are found at the list's hand.
func (m *Memory) sweep(s *shard) {
	now := time.Now()
	for i := range s.used {
		m.search(s, &s.used[i], sweepEach, now)
		for range sweepEach {
			n := s.used[i].last
			if n == nil || now.Before(n.Expires) {
				break
			}
			m.remove(s, n)
		}
	}
}

// search looks at the next few nodes at a list's hand, and removes those that have
// expired. It reports whether there were any.
func (m *Memory) search(s *shard, l *useList, most int, now time.Time) (found bool) {
	for range most {
		n := l.hand
		if n == nil {
			n = l.last
		}
		if n == nil {
			break
		}
		l.hand = n.prev
		if !now.Before(n.Expires) {
			m.remove(s, n)
			found = true
		}
	}
	return found
}

// reserve makes room, and drops sessions for it where it must. The room counts before
// it is used, so that many savers at once do not overshoot the bounds.
func (m *Memory) reserve(bytes, count int64) bool {
	maxBytes := cmp.Or(m.MaxBytes, defaultMaxBytes)
	m.bytes.Add(bytes)
	m.count.Add(count)
	for m.bytes.Load() > maxBytes || m.MaxSessions > 0 && m.count.Load() > int64(m.MaxSessions) {
		if bytes > maxBytes || !m.dropOne() {
			m.release(bytes, count)
			return false
		}
	}
	return true
}

func (m *Memory) release(bytes, count int64) {
	m.bytes.Add(-bytes)
	m.count.Add(-count)
}

// dropOne removes one session that may go: an expired one, or one that signs nobody
// in. It holds one shard's lock at a time.
func (m *Memory) dropOne() bool {
	now := time.Now()
	start := m.evict.Add(1)
	for i := range uint32(memoryShards) {
		s := &m.shards[(start+i)%memoryShards]
		s.mu.Lock()
		n := s.used[0].last
		if n == nil {
			if n = s.used[1].last; n != nil && now.Before(n.Expires) {
				n = nil
			}
		}
		found := n != nil
		if found {
			m.remove(s, n)
		} else {
			found = m.search(s, &s.used[1], searchEach, now)
		}
		s.mu.Unlock()
		if found {
			return true
		}
	}
	return false
}
