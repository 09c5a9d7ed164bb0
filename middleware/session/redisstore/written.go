package redisstore

import (
	"math"
	"sync"
	"time"
)

// writtenTable knows what this process wrote lately. The server tells of a change
// after it has answered who made it, and over another connection perhaps: until
// then the cached copy of what one has just written is stale. A copy older than what
// is noted here is not taken, for as long as a connection may live that delivers
// nothing; one that does not deliver is closed then, and its copies go with it.
//
// Keys are hashes; two that collide cost a read that was not needed.
type writtenTable struct {
	keep   time.Duration
	shards [32]writtenShard
}

type writtenShard struct {
	mu       sync.Mutex
	new, old map[uint64]state
	since    time.Time // when new began
}

// state is how a value was left: a record with its version and end, or a subject with
// its epoch.
type state struct {
	version uint64
	expires int64 // Unix ms
}

// never is the state that no copy has reached: none is taken.
var never = state{version: math.MaxUint64}

// covers reports whether a copy in state s may be taken where one in state min was left.
func (s state) covers(min state) bool {
	return s.version > min.version || s.version == min.version && s.expires >= min.expires
}

// later is the state of which no copy is stale that is neither for a nor for b.
func later(a, b state) state {
	switch {
	case a.version == b.version && a.expires != 0 && b.expires != 0 && a.expires != b.expires:
		return never // ends do not tell which was first
	case a.covers(b):
		return a
	}
	return b
}

func (t *writtenTable) note(key uint64, s state) {
	shard := &t.shards[key%uint64(len(t.shards))]
	now := time.Now()
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if age := now.Sub(shard.since); age >= t.keep || shard.new == nil {
		if shard.old = shard.new; age >= 2*t.keep {
			shard.old = nil
		}
		shard.new, shard.since = make(map[uint64]state), now
	}
	if was := shard.get(key); was != (state{}) {
		s = later(was, s)
	}
	shard.new[key] = s
}

// left is the state in which this process left a value; zero if it did not write it
// lately.
func (t *writtenTable) left(key uint64) state {
	shard := &t.shards[key%uint64(len(t.shards))]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	return shard.get(key)
}

func (s *writtenShard) get(key uint64) state {
	if v, ok := s.new[key]; ok {
		return v
	}
	return s.old[key]
}
