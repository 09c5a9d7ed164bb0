package redisstore

import (
	"sync"
	"sync/atomic"
	"time"
)

// table holds copies of values, by what they are about, within a number of bytes. Those
// that were not used for a while make room.
type table[K comparable, V any] struct {
	hash   func(K) uint64
	shards [16]shard[K, V]
}

type shard[K comparable, V any] struct {
	mu     sync.RWMutex
	copies map[K]*copied[V]
	bytes  int
	max    int
}

// copied is the copy of a value.
type copied[V any] struct {
	value V
	until time.Time
	from  *connection
	size  int
	used  atomic.Bool // since somebody looked for room
}

// copyCost is what a copy takes beside what is in it.
const copyCost = 250

func newTable[K comparable, V any](bytes int64, hash func(K) uint64) *table[K, V] {
	t := &table[K, V]{hash: hash}
	for i := range t.shards {
		t.shards[i].copies, t.shards[i].max = make(map[K]*copied[V]), int(bytes/int64(len(t.shards)))
	}
	return t
}

func (t *table[K, V]) shard(key K) *shard[K, V] { return &t.shards[t.hash(key)%uint64(len(t.shards))] }

// get returns the copy of a value, nil when there is none that may be used.
func (t *table[K, V]) get(key K, now time.Time) *copied[V] {
	s := t.shard(key)
	s.mu.RLock()
	c := s.copies[key]
	s.mu.RUnlock()
	if c == nil || now.After(c.until) {
		return nil
	}
	if !c.used.Load() {
		c.used.Store(true)
	}
	return c
}

func (t *table[K, V]) put(key K, c *copied[V]) {
	s := t.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(key)
	if c.size > s.max {
		return
	}
	// The order in which a map is walked is random, and two rounds find what to drop.
	for range 2 {
		for k, old := range s.copies {
			if s.bytes+c.size <= s.max {
				break
			}
			if !old.used.Swap(false) {
				s.remove(k)
			}
		}
	}
	s.copies[key] = c
	s.bytes += c.size
}

// remove is for who holds the lock.
func (s *shard[K, V]) remove(key K) {
	if c := s.copies[key]; c != nil {
		s.bytes -= c.size
		delete(s.copies, key)
	}
}

// drop removes a copy that came over a connection.
func (t *table[K, V]) drop(key K, from *connection) {
	s := t.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.copies[key]; c != nil && c.from == from {
		s.remove(key)
	}
}

// dropAll removes all copies that came over a connection.
func (t *table[K, V]) dropAll(from *connection) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		for key, c := range s.copies {
			if c.from == from {
				s.remove(key)
			}
		}
		s.mu.Unlock()
	}
}
