package boltstore_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/boltstore"
)

func soak() bool { return os.Getenv("SOAK") == "1" }

// Expired sessions leave the file without anybody asking for them; those that were used
// stay, though touches do not move them in the index.
func TestExpiredSessionsLeave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	synctest.Test(t, func(t *testing.T) {
		s := open(t, boltstore.Config{Path: path})
		const n = 300
		fill(t, s, n, "")
		used, left := newID(), newID()
		u := save(t, s, used, record("ada"))
		l := record("ada")
		l.Expires = time.Now().Add(10 * time.Hour)
		save(t, s, left, l)
		for range 8 { // 2 hours, of sessions that live for 1
			time.Sleep(15 * time.Minute)
			u.Expires = time.Now().Add(time.Hour)
			wantErr(t, "Touch", s.Touch(t.Context(), used, u.Expires), nil)
		}
		time.Sleep(10 * time.Second)
		if got := s.Len(); got != 2 {
			t.Errorf("%d sessions are stored, 2 live", got)
		}
		wantLoad(t, "the session that was used", s, used, u)
		time.Sleep(time.Hour)
		wantGone(t, "the session that was used, later", s, used)
		time.Sleep(time.Second)
		if got := s.Len(); got != 1 {
			t.Errorf("%d sessions are stored, 1 lives", got)
		}
	})
	if err := boltstore.CheckFile(path); err != nil {
		t.Error(err)
	}
}

// What expired while no process ran leaves as well.
func TestExpiredWhileClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	synctest.Test(t, func(t *testing.T) {
		s := open(t, boltstore.Config{Path: path})
		fill(t, s, 2000, "ada")
		closeStore(t, s)
		time.Sleep(2 * time.Hour)
		s = open(t, boltstore.Config{Path: path})
		time.Sleep(3 * time.Second)
		if got := s.Len(); got != 0 {
			t.Errorf("%d sessions are stored", got)
		}
	})
}

// A clock that is set back makes sessions live longer, and breaks nothing.
func TestClockSetBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	id := newID()
	r := record("ada") // the bubble's time is long before
	s := open(t, boltstore.Config{Path: path})
	r = save(t, s, id, r)
	closeStore(t, s)
	synctest.Test(t, func(t *testing.T) {
		s := open(t, boltstore.Config{Path: path})
		time.Sleep(time.Minute)
		wantLoad(t, "a session of the future", s, id, r)
		r.Data, r.Expires = "now", time.Now().Add(time.Hour)
		r = save(t, s, id, r)
		time.Sleep(2 * time.Hour)
		wantGone(t, "a session whose end has come", s, id)
		if s.Len() != 0 {
			t.Error("it is still stored")
		}
	})
}

// When the file is full, anonymous sessions go, the one that expires soonest first; a
// login always finds room as long as there is an anonymous session.
func TestFull(t *testing.T) {
	const max = 20
	s := open(t, boltstore.Config{MaxSessions: max, TouchEvery: time.Hour})
	anonymous := make([]session.ID, max)
	for i := range anonymous {
		anonymous[i] = newID()
		r := record("")
		r.Expires = time.Now().Add(time.Hour + time.Duration(i)*time.Minute)
		save(t, s, anonymous[i], r)
	}
	// The first one is used, and so no longer the one that expires soonest.
	wantErr(t, "Touch", s.Touch(t.Context(), anonymous[0], time.Now().Add(24*time.Hour)), nil)
	var users []session.ID
	for i := range max {
		users = append(users, newID())
		save(t, s, users[i], record("ada"))
		if i == 0 {
			wantGone(t, "the session that expires soonest", s, anonymous[1])
		}
		if i < max-1 {
			if _, err := s.Load(t.Context(), anonymous[0]); err != nil {
				t.Errorf("the anonymous session that was used, after %d logins: %v", i+1, err)
			}
		}
		if n := s.Len(); n != max {
			t.Errorf("%d sessions, and %d are allowed", n, max)
		}
	}
	for what, subject := range map[string]string{"anonymous": "", "login": "bob"} {
		_, err := s.Save(t.Context(), newID(), record(subject))
		wantErr(t, what+" where all are signed in", err, session.ErrFull)
	}
	r := record("ada")
	r.Version = 1
	save(t, s, users[0], r) // a change needs no room
	wantErr(t, "Delete", s.Delete(t.Context(), users[0]), nil)
	save(t, s, newID(), record("bob"))
	if after := crashed(t, s); after.Len() != max {
		t.Errorf("%d sessions in the file", after.Len())
	}
}

// A file that was filled under a larger bound shrinks as new sessions come.
func TestFullAfterTheBoundWasLowered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	s := open(t, boltstore.Config{Path: path})
	fill(t, s, 100, "")
	closeStore(t, s)
	s = open(t, boltstore.Config{Path: path, MaxSessions: 10})
	for range 60 {
		save(t, s, newID(), record(""))
	}
	if n := s.Len(); n != 10 {
		t.Errorf("%d sessions, and 10 are allowed", n)
	}
}

// The file does not grow with the number of sessions that there ever were, but with that
// of those at one time. SOAK=1 makes it a million.
func TestGrowthSoak(t *testing.T) {
	t.Parallel()
	total, each := 30_000, 7_500
	if soak() {
		total, each = 1_000_000, 50_000
	}
	path := filepath.Join(t.TempDir(), "sessions.db")
	s := open(t, boltstore.Config{Path: path, TouchEvery: 50 * time.Millisecond})
	size := func() int64 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	began := time.Now()
	var early int64
	for n := 0; n < total; n += each {
		var wg sync.WaitGroup
		for w := range 256 {
			wg.Go(func() {
				for i := w; i < each; i += 256 {
					r := record("")
					if i%4 == 0 {
						r.Subject = fmt.Sprint("user ", i%1000)
					}
					r.Expires = time.Now().Add(time.Second)
					if _, err := s.Save(context.Background(), newID(), r); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if t.Failed() {
			return
		}
		eventually(t, "the sessions expire", func() bool { return s.Len() < each/2 })
		if n == 2*each {
			early = size()
		}
	}
	eventually(t, "the sessions expire", func() bool { return s.Len() == 0 })
	t.Logf("%d sessions created and expired, %d at a time, in %v: the file had %.1f MiB after three rounds and has %.1f MiB",
		total, each, time.Since(began).Round(time.Second), float64(early)/(1<<20), float64(size())/(1<<20))
	if size() > 2*early {
		t.Error("the file grows with every round")
	}
	closeStore(t, s)
	if err := boltstore.CheckFile(path); err != nil {
		t.Error(err)
	}
}

// What live sessions cost in memory and on the disk. SOAK=1 makes it a million.
func TestLiveSessionsSoak(t *testing.T) {
	n := 10_000
	if soak() {
		n = 1_000_000
	}
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / (1 << 20)
	}
	path := filepath.Join(t.TempDir(), "sessions.db")
	s := open(t, boltstore.Config{Path: path})
	before := heap()
	began := time.Now()
	// Not kept by the test: the ids alone would be 32 MB.
	const savers = 512
	var wg sync.WaitGroup
	for w := range savers {
		wg.Go(func() {
			for i := w; i < n; i += savers {
				r := record(fmt.Sprint("user ", i/3))
				r.Expires = time.Now().Add(10 * time.Hour)
				if _, err := s.Save(context.Background(), newID(), r); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	used := heap() - before
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	began = time.Now()
	s = open(t, boltstore.Config{Path: path})
	opened := time.Since(began)
	t.Logf("%d live sessions of 200 bytes of data: stored in %v, a file of %.0f MiB, %.0f MiB of heap (CacheBytes 64 MiB); opened again in %v",
		s.Len(), took.Round(time.Millisecond), float64(info.Size())/(1<<20), used, opened.Round(time.Microsecond))
	if s.Len() != n || used > 160 {
		t.Errorf("%d sessions, %.0f MiB", s.Len(), used)
	}
	closeStore(t, s)
	began = time.Now()
	if err := boltstore.CheckFile(path); err != nil {
		t.Error(err)
	}
	t.Logf("checked in %v", time.Since(began).Round(time.Millisecond))
}
