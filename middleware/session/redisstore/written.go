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
	new, old map[uint64]uint64 // by key, the lowest version to take
	since    time.Time         // when new began
}

// never is a version that no copy has: nothing cached is taken.
const never = math.MaxUint64

func (t *writtenTable) note(key, version uint64) {
	s := &t.shards[key%uint64(len(t.shards))]
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if age := now.Sub(s.since); age >= t.keep || s.new == nil {
		if s.old = s.new; age >= 2*t.keep {
			s.old = nil
		}
		s.new, s.since = make(map[uint64]uint64), now
	}
	s.new[key] = max(s.new[key], version)
}

// floor is the lowest version of a cached copy that may be taken.
func (t *writtenTable) floor(key uint64) uint64 {
	s := &t.shards[key%uint64(len(t.shards))]
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(s.new[key], s.old[key])
}
