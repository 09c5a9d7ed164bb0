package boltstore_test

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/session/boltstore"
)

// A touch holds at once; in the file it is at the next write of anything, at Close, and
// after TouchEvery. A crash before that gives the session the end that it had.
func TestTouchIsWrittenBehind(t *testing.T) {
	s := open(t, boltstore.Config{TouchEvery: time.Hour})
	id := newID()
	first := save(t, s, id, record("ada"))
	r := first
	touch := func(s *boltstore.Store, add time.Duration) {
		r.Expires = r.Expires.Add(add)
		wantErr(t, "Touch", s.Touch(t.Context(), id, r.Expires), nil)
		wantLoad(t, "touched", s, id, r)
	}
	before := s.Transactions()
	for range 100 {
		touch(s, time.Second)
	}
	if n := s.Transactions() - before; n != 0 {
		t.Errorf("%d transactions for touches", n)
	}
	wantLoad(t, "after a crash", crashed(t, s), id, first)

	save(t, s, newID(), record(""))
	wantLoad(t, "after a crash, something else having been stored", crashed(t, s), id, r)

	path := filepath.Join(t.TempDir(), "sessions.db")
	s = open(t, boltstore.Config{Path: path, TouchEvery: time.Hour})
	r = save(t, s, id, record("ada"))
	touch(s, time.Second)
	closeStore(t, s)
	s = open(t, boltstore.Config{Path: path, TouchEvery: time.Millisecond})
	wantLoad(t, "after Close", s, id, r)
	before = s.Transactions()
	touch(s, time.Second)
	eventually(t, "the touch is written", func() bool { return s.Transactions() > before })
	wantLoad(t, "after a crash, later than TouchEvery", crashed(t, s), id, r)
}

// Memory is bounded: when very many touches wait, the next ones wait for the disk.
func TestTouchesThatWaitAreBounded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions.db")
	s := open(t, boltstore.Config{Path: path, TouchEvery: time.Hour, CacheBytes: 1})
	ids := fill(t, s, boltstore.MaxTouched+10, "")
	before := s.Transactions()
	end := time.Now().Add(2 * time.Hour)
	for i := range ids[:boltstore.MaxTouched] {
		wantErr(t, "Touch", s.Touch(t.Context(), ids[i], end), nil)
	}
	if n := s.Transactions() - before; n != 0 {
		t.Errorf("%d transactions for touches within the bound", n)
	}
	for i := range ids[boltstore.MaxTouched:] {
		id := ids[boltstore.MaxTouched+i]
		wantErr(t, "Touch", s.Touch(t.Context(), id, end), nil)
		r := record("")
		r.Version, r.Expires = 1, end
		wantLoad(t, "a touch beyond the bound", s, id, r)
	}
	if s.Transactions() == before {
		t.Error("no transaction for touches beyond the bound")
	}
	closeStore(t, s)
	s = open(t, boltstore.Config{Path: path})
	for i := range ids {
		if r, err := s.Load(t.Context(), ids[i]); err != nil || !r.Expires.Equal(end) {
			t.Fatalf("after Close session %d ends at %v and not at %v: %v", i, r.Expires, end, err)
		}
	}
}

// More touches wait than one transaction writes, and the ends that the file has pass: the
// sessions live.
func TestTouchedSessionsAreNotSwept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	synctest.Test(t, func(t *testing.T) {
		s := open(t, boltstore.Config{Path: path, TouchEvery: 24 * time.Hour})
		ids := fill(t, s, 6000, "ada")
		for range 100 { // the first ones due, and in the shard whose touches are written last
			id, r := newID(), record("ada")
			id[0], r.Expires = 63, r.Expires.Add(-time.Minute)
			save(t, s, id, r)
			ids = append(ids, id)
		}
		synctest.Wait() // no transaction under way takes touches along
		for i := range ids {
			wantErr(t, "Touch", s.Touch(t.Context(), ids[i], time.Now().Add(3*time.Hour)), nil)
		}
		time.Sleep(2 * time.Hour)
		for range 3 {
			save(t, s, newID(), record("bob"))
		}
		for i := range ids {
			if _, err := s.Load(t.Context(), ids[i]); err != nil {
				t.Fatalf("session %d: %v", i, err)
			}
		}
	})
}
