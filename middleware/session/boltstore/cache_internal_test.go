package boltstore

import (
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

var (
	old  = session.Record{Version: 1, Expires: time.Now().Add(time.Hour), Data: "old"}
	next = session.Record{Version: 2, Expires: time.Now().Add(time.Hour), Data: "new"}
)

func newCache(max int64) (*cache, session.ID) {
	c := &cache{}
	c.init(max)
	return c, session.ID{1}
}

// What is not yet on the disk is not shown: a power failure could take it back.
func TestPublishedWhenWritten(t *testing.T) {
	for _, failed := range []bool{false, true} {
		c, id := newCache(1 << 20)
		c.fill(&id, &old, c.miss(&id))
		changed := map[session.ID]*session.Record{id: &next}
		c.hold(changed, make(chan struct{}))
		if r, ok := c.load(&id); !ok || r.Data != "old" {
			t.Errorf("while it is written: %q %v", r.Data, ok)
		}
		c.release(changed, failed)
		r, ok := c.load(&id)
		if !failed && r.Data != "new" {
			t.Errorf("afterwards: %q", r.Data)
		}
		if failed && ok {
			t.Errorf("after a failure memory says %q, whatever the file holds", r.Data)
		}
	}
}

// Who has read the file before a write must not bring what it read into the cache
// afterwards: a deleted session would live again.
func TestReadBeforeWriteIsNotCached(t *testing.T) {
	c, id := newCache(1 << 20)
	m := c.miss(&id)
	changed := map[session.ID]*session.Record{id: nil}
	c.hold(changed, make(chan struct{}))
	if c.miss(&id).writing == nil {
		t.Error("a session that is being written is not waited for")
	}
	if c.fill(&id, &old, m) {
		t.Error("filled in the middle of the write")
	}
	c.release(changed, false)
	if c.fill(&id, &old, m) {
		t.Error("filled after the write: a zombie")
	}
	if done, _ := c.touch(&id, &old, m, time.Now().Add(time.Hour)); done {
		t.Error("touched after the write: a zombie")
	}
}

// A touch in the middle of a save that was based on an earlier end is superseded by it.
func TestSaveSupersedesTouch(t *testing.T) {
	for _, failed := range []bool{false, true} {
		c, id := newCache(1 << 20)
		c.fill(&id, &old, c.miss(&id))
		if done, err := c.touch(&id, nil, miss{}, time.Now().Add(2*time.Hour)); !done || err != nil {
			t.Fatal(done, err)
		}
		changed := map[session.ID]*session.Record{id: &next}
		c.hold(changed, make(chan struct{}))
		c.release(changed, failed)
		if _, waits := c.pending(&id); waits != failed || (c.touched.Load() == 1) != failed {
			t.Errorf("failed %v: the touch waits: %v, %d in all", failed, waits, c.touched.Load())
		}
	}
}

// A touch that came while an earlier one was written is written later.
func TestTouchDuringFlush(t *testing.T) {
	c, id := newCache(1 << 20)
	c.fill(&id, &old, c.miss(&id))
	_, _ = c.touch(&id, nil, miss{}, time.Now().Add(2*time.Hour))
	flushed := c.waiting(10)
	last := time.Now().Add(3 * time.Hour)
	_, _ = c.touch(&id, nil, miss{}, last)
	c.written(flushed)
	if end, waits := c.pending(&id); !waits || !end.Equal(last) {
		t.Error("the later touch was forgotten")
	}
	c.written(c.waiting(10))
	if c.touched.Load() != 0 {
		t.Error("a touch that was written still waits")
	}
}

func TestCacheIsBounded(t *testing.T) {
	const max = 1 << 20
	c, _ := newCache(max)
	for i := range 20_000 {
		id := session.ID{byte(i), byte(i >> 8)}
		r := old
		r.Data = string(make([]byte, i%3000))
		c.fill(&id, &r, c.miss(&id))
	}
	big, id := old, session.ID{9, 9, 9}
	big.Data = string(make([]byte, max/2))
	c.fill(&id, &big, c.miss(&id))
	if _, ok := c.load(&id); ok {
		t.Error("a session that is half the cache pushed all others out")
	}
	var bytes, n int64
	for i := range c.shards {
		s := &c.shards[i]
		for e := s.used.next; e != &s.used; e = e.next {
			n++
			bytes += cost(&e.Record)
			if s.nodes[e.id] != e {
				t.Fatal("the list has what the map has not")
			}
		}
		if s.bytes > max/cacheShards {
			t.Errorf("shard %d has %d bytes", i, s.bytes)
		}
		n -= int64(len(s.nodes))
	}
	if n != 0 || bytes < max/2 {
		t.Errorf("%d entries too many in lists, %d bytes used of %d", n, bytes, max)
	}
}
