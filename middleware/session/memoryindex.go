package session

import (
	"context"
	"hash/maphash"
	"iter"
	"slices"
	"sync"
	"time"
)

// subjectIndex finds the nodes that sign a subject in. The locks of its shards are taken
// inside those of a Memory's shards, never the other way round.
type subjectIndex [memoryShards]indexShard

// indexShard holds, by subject, the first of a list of nodes; the links of the list are in
// the nodes and belong to this shard's lock.
type indexShard struct {
	mu    sync.Mutex
	first map[string]*node
}

// subjectLinks makes a node part of the list of its subject, which it names again: the
// node's own Subject belongs to another lock.
type subjectLinks struct {
	subject       string
	before, after *node
}

var subjectSeed = maphash.MakeSeed()

func (x *subjectIndex) shard(subject string) *indexShard {
	return &x[maphash.String(subjectSeed, subject)%memoryShards]
}

func (x *subjectIndex) add(n *node) {
	if n.Subject == "" {
		return
	}
	s := x.shard(n.Subject)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first == nil {
		s.first = make(map[string]*node)
	}
	n.of.subject, n.of.after = n.Subject, s.first[n.Subject]
	if n.of.after != nil {
		n.of.after.of.before = n
	}
	s.first[n.Subject] = n
}

func (x *subjectIndex) remove(n *node) {
	if n.Subject == "" {
		return
	}
	s := x.shard(n.Subject)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case n.of.before != nil:
		n.of.before.of.after = n.of.after
	case n.of.after != nil:
		// Deleted first, as the map's key is the string of a node that goes.
		delete(s.first, n.Subject)
		s.first[n.of.after.of.subject] = n.of.after
	default:
		delete(s.first, n.Subject)
	}
	if n.of.after != nil {
		n.of.after.of.before = n.of.before
	}
	n.of = subjectLinks{}
}

// ids returns the nodes of subject as they are now.
func (x *subjectIndex) ids(subject string) (ids []ID) {
	s := x.shard(subject)
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := s.first[subject]; n != nil; n = n.of.after {
		ids = append(ids, n.id)
	}
	return ids
}

// List implements [Lister].
func (m *Memory) List(_ context.Context, subject string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		if subject == "" {
			return
		}
		for _, id := range m.subjects.ids(subject) {
			r, ok := m.peek(id)
			if ok && r.Subject == subject && !yield(r, nil) {
				return
			}
		}
	}
}

// peek is Load without the session counting as used.
func (m *Memory) peek(id ID) (Record, bool) {
	s := m.shard(&id)
	s.mu.Lock()
	defer s.mu.Unlock()
	n := m.live(s, id, time.Now())
	if n == nil {
		return Record{}, false
	}
	return n.Record, true
}

// Revoke implements [Revoker].
func (m *Memory) Revoke(_ context.Context, subject string, except ...ID) error {
	if subject == "" {
		return nil
	}
	for _, id := range m.subjects.ids(subject) {
		if slices.Contains(except, id) {
			continue
		}
		s := m.shard(&id)
		s.mu.Lock()
		if n := s.nodes[id]; n != nil && n.Subject == subject {
			m.remove(s, n)
		}
		s.mu.Unlock()
	}
	return nil
}
