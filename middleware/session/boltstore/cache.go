package boltstore

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

const (
	cacheShards = 64
	nodeCost    = 240     // as in session.Memory: a node and its place in the map
	maxTouched  = 1 << 14 // touches that wait; one costs some 100 bytes
)

// cache is what this process knows of the file: the sessions used last, the touches
// that were not yet written, and which sessions are being written.
//
// What is being written is published when it is on the disk and not before, although
// bbolt shows it to readers a moment earlier: a power failure in that moment would take
// back what a client was told. Until then a session in the cache is shown as it was,
// and one that is not there is waited for.
type cache struct {
	shards  [cacheShards]shard
	touched atomic.Int64 // of all shards
}

// shard is a part of the cache with its own lock.
type shard struct {
	mu      sync.Mutex
	nodes   map[session.ID]*node
	used    node // a ring; the node used last follows it
	bytes   int64
	max     int64
	touched map[session.ID]time.Time       // ends that are newer than the file's
	writing map[session.ID]<-chan struct{} // closed when it was published
	seq     uint64                         // grows whenever a write of sessions of this shard begins
}

type node struct {
	session.Record
	id         session.ID
	prev, next *node
}

func cost(r *session.Record) int64 { return int64(len(r.Data)+len(r.Subject)) + nodeCost }

func (c *cache) init(max int64) {
	for i := range c.shards {
		s := &c.shards[i]
		s.nodes = make(map[session.ID]*node)
		s.touched = make(map[session.ID]time.Time)
		s.writing = make(map[session.ID]<-chan struct{})
		s.used.prev, s.used.next = &s.used, &s.used
		s.max = max / cacheShards
	}
}

func (c *cache) shard(id *session.ID) *shard { return &c.shards[id[0]%cacheShards] }

// load returns the session if it is in the cache.
func (c *cache) load(id *session.ID) (r session.Record, ok bool) {
	s := c.shard(id)
	s.mu.Lock()
	n := s.nodes[*id]
	if n != nil {
		r, ok = n.Record, true
		s.front(n)
	}
	s.mu.Unlock()
	return r, ok
}

// miss is the state of a shard in which a session was not in it.
type miss struct {
	seq     uint64
	writing <-chan struct{} // to be waited for, if not nil
}

// miss prepares a look into the file.
func (c *cache) miss(id *session.ID) miss {
	s := c.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	return miss{seq: s.seq, writing: s.writing[*id]}
}

// fill puts into the cache what was found in the file after m. It reports false where
// sessions were written since: r may then be no longer, or not yet, what is stored. The
// end of r becomes the one that was touched last.
func (c *cache) fill(id *session.ID, r *session.Record, m miss) bool {
	s := c.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seq != m.seq {
		return false
	}
	if t, ok := s.touched[*id]; ok {
		r.Expires = t
	}
	s.put(id, r)
	return true
}

// hold notes that the sessions in changed are about to be written; done is closed when
// release has published them.
func (c *cache) hold(changed map[session.ID]*session.Record, done <-chan struct{}) {
	for id := range changed {
		s := c.shard(&id)
		s.mu.Lock()
		s.seq++
		s.writing[id] = done
		s.mu.Unlock()
	}
}

// release publishes what was written; where that failed it forgets what the cache had,
// so that the file is asked what it holds now.
func (c *cache) release(changed map[session.ID]*session.Record, failed bool) {
	for id, r := range changed {
		s := c.shard(&id)
		s.mu.Lock()
		delete(s.writing, id)
		if r != nil && !failed {
			s.put(&id, r)
		} else if n := s.nodes[id]; n != nil {
			s.remove(n)
		}
		// A Touch that came before this write, or in the middle of it, is superseded.
		if !failed {
			c.forget(s, id)
		}
		s.mu.Unlock()
	}
}

// touch moves the end of a session that r is known of, since m where it is not in the
// cache. The error is ErrGone when it has expired. It reports false where the file must
// be asked again.
func (c *cache) touch(id *session.ID, r *session.Record, m miss, expires time.Time) (bool, error) {
	s := c.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.nodes[*id]; n != nil {
		if !time.Now().Before(n.Expires) {
			return true, session.ErrGone
		}
		n.Expires = expires
		s.front(n)
	} else {
		if r == nil || s.seq != m.seq {
			return false, nil
		}
		if t, ok := s.touched[*id]; ok {
			r.Expires = t
		}
		if !time.Now().Before(r.Expires) {
			return true, session.ErrGone
		}
		r.Expires = expires
		s.put(id, r)
	}
	if _, ok := s.touched[*id]; !ok {
		c.touched.Add(1)
	}
	s.touched[*id] = expires
	return true, nil
}

// pending returns the end of a session that is newer than the file's.
func (c *cache) pending(id *session.ID) (time.Time, bool) {
	s := c.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.touched[*id]
	return t, ok
}

// touch is a new end of a session.
type touch struct {
	id      session.ID
	expires time.Time
}

// waiting returns at most n touches that were not yet written.
func (c *cache) waiting(n int) (all []touch) {
	if c.touched.Load() == 0 {
		return nil
	}
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		for id, expires := range s.touched {
			if len(all) == n {
				break
			}
			all = append(all, touch{id, expires})
		}
		s.mu.Unlock()
	}
	return all
}

// written notes that touches are in the file, but for those that came after them.
func (c *cache) written(all []touch) {
	for i := range all {
		t := &all[i]
		s := c.shard(&t.id)
		s.mu.Lock()
		if s.touched[t.id].Equal(t.expires) {
			c.forget(s, t.id)
		}
		s.mu.Unlock()
	}
}

func (c *cache) forget(s *shard, id session.ID) {
	if _, ok := s.touched[id]; ok {
		delete(s.touched, id)
		c.touched.Add(-1)
	}
}

// put stores r in the place of what the shard has of it, and drops what was not used for
// longest to make room. What is larger than the whole shard may be is not kept.
func (s *shard) put(id *session.ID, r *session.Record) {
	n := s.nodes[*id]
	switch {
	case cost(r) > s.max:
		if n != nil {
			s.remove(n)
		}
		return
	case n != nil:
		s.bytes += cost(r) - cost(&n.Record)
		n.Record = *r
		s.front(n)
	default:
		n = &node{Record: *r, id: *id}
		s.nodes[*id] = n
		s.bytes += cost(r)
		n.link(&s.used)
	}
	for s.bytes > s.max {
		s.remove(s.used.prev)
	}
}

func (s *shard) remove(n *node) {
	delete(s.nodes, n.id)
	s.bytes -= cost(&n.Record)
	n.unlink()
}

func (s *shard) front(n *node) {
	if s.used.next != n {
		n.unlink()
		n.link(&s.used)
	}
}

func (n *node) link(after *node) {
	n.prev, n.next = after, after.next
	n.prev.next, n.next.prev = n, n
}

func (n *node) unlink() {
	n.prev.next, n.next.prev = n.next, n.prev
}
