package boltstore_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/boltstore"
	"github.com/surcoat/surcoat/middleware/session/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(tb testing.TB) session.Backend { return open(tb, boltstore.Config{}) })
}

// The same where no session is in memory.
func TestStoreWithoutCache(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(tb testing.TB) session.Backend {
		return open(tb, boltstore.Config{CacheBytes: 1, TouchEvery: time.Millisecond})
	})
}

// What was acknowledged is in the file at that moment.
func TestAcknowledgedIsInTheFile(t *testing.T) {
	s := open(t, boltstore.Config{TouchEvery: time.Hour})
	kept, changed, deleted, revoked, spared := newID(), newID(), newID(), newID(), newID()
	k := save(t, s, kept, record(""))
	c := save(t, s, changed, record(""))
	save(t, s, deleted, record("ada"))
	save(t, s, revoked, record("bob"))
	sp := save(t, s, spared, record("bob"))
	c.Subject, c.Data = "carol", "signed in"
	for _, subject := range []string{"dave", "", "carol"} {
		c = save(t, s, changed, c)
		c.Subject = subject
	}
	c = save(t, s, changed, c)
	if err := errors.Join(s.Delete(t.Context(), deleted), s.Revoke(t.Context(), "bob", spared)); err != nil {
		t.Fatal(err)
	}
	after := crashed(t, s)
	wantLoad(t, "created", after, kept, k)
	wantLoad(t, "changed", after, changed, c)
	wantGone(t, "deleted", after, deleted)
	wantGone(t, "revoked", after, revoked)
	wantLoad(t, "spared", after, spared, sp)
	n := 0
	for r, err := range after.List(t.Context(), "carol") {
		if n++; err != nil || r.Data != c.Data {
			t.Error(r, err)
		}
	}
	if n != 1 || after.Len() != 3 {
		t.Errorf("%d sessions of carol, %d in all", n, after.Len())
	}
}

// Callers that wait at the same time share a transaction, and with it the disk's work.
func TestGroupCommit(t *testing.T) {
	s := open(t, boltstore.Config{})
	before := s.Transactions()
	end := s.Stall()
	var wg sync.WaitGroup
	const savers = 500
	var failed atomic.Int64
	for range savers {
		wg.Go(func() {
			if _, err := s.Save(t.Context(), newID(), record("ada")); err != nil {
				failed.Add(1)
			}
		})
	}
	time.Sleep(20 * time.Millisecond) // whoever comes later shares the next one
	end()
	wg.Wait()
	if n := s.Transactions() - before; n > savers/10 || failed.Load() > 0 {
		t.Errorf("%d transactions for %d saves, %d failed", n, savers, failed.Load())
	}
}

// Ten thousand sessions of one user end in one transaction.
func TestRevokeIsOneTransaction(t *testing.T) {
	t.Parallel()
	s := open(t, boltstore.Config{TouchEvery: time.Hour})
	const n = 10_000
	ids, others := fill(t, s, n, "ada"), fill(t, s, 100, "ad")
	listed := 0
	for r, err := range s.List(t.Context(), "ada") {
		if listed++; err != nil || r.Subject != "ada" {
			t.Fatal(r, err)
		}
	}
	if listed != n {
		t.Errorf("%d sessions were listed", listed)
	}
	before := s.Transactions()
	wantErr(t, "Revoke", s.Revoke(t.Context(), "ada", ids[0]), nil)
	if d := s.Transactions() - before; d != 1 {
		t.Errorf("%d transactions", d)
	}
	for _, id := range ids[1:] {
		if _, err := s.Load(t.Context(), id); !errors.Is(err, session.ErrGone) {
			t.Fatalf("a revoked session: %v", err)
		}
	}
	for _, id := range append(others, ids[0]) {
		if _, err := s.Load(t.Context(), id); err != nil {
			t.Fatalf("a session of somebody else: %v", err)
		}
	}
	if s = crashed(t, s); s.Len() != len(others)+1 {
		t.Errorf("the file has %d sessions", s.Len())
	}
}

// A disk that does not answer delays nobody for longer than Timeout. What had not begun
// does not happen.
func TestTimeout(t *testing.T) {
	s := open(t, boltstore.Config{Timeout: 30 * time.Millisecond, TouchEvery: time.Hour})
	id := newID()
	r := save(t, s, id, record("ada"))
	end := s.Stall()
	begun, late := newID(), newID()
	_, err := s.Save(t.Context(), begun, record("")) // the committer takes it, and is stuck
	wantErr(t, "Save on a disk that hangs", err, boltstore.ErrSlow)
	_, err = s.Save(t.Context(), late, record(""))
	wantErr(t, "Save behind it", err, boltstore.ErrSlow)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n := s.Queued(); n != 0 {
		t.Errorf("%d operations are kept that nobody waits for", n)
	}
	wantErr(t, "Delete by a client that left", s.Delete(ctx, id), context.Canceled)
	wantLoad(t, "a session in memory", s, id, r)
	end()
	eventually(t, "what had begun is carried out", func() bool {
		_, err := s.Load(t.Context(), begun)
		return err == nil
	})
	save(t, s, newID(), record(""))
	wantGone(t, "what had not begun", s, late)
	wantLoad(t, "a session that was not deleted", s, id, r)
}

// Readers that miss the cache, beside everything that writes: what ended stays so.
func TestParallelReadersSeeNoZombie(t *testing.T) {
	s := open(t, boltstore.Config{CacheBytes: 64 << 10, TouchEvery: time.Millisecond})
	var wg sync.WaitGroup
	var stop atomic.Bool
	var current [8]atomic.Pointer[session.ID]
	for range 4 {
		wg.Go(func() {
			for !stop.Load() {
				if id := current[rand.N(len(current))].Load(); id != nil {
					_, _ = s.Load(t.Context(), *id)
					_ = s.Touch(t.Context(), *id, time.Now().Add(time.Hour))
				}
				time.Sleep(20 * time.Microsecond) // or they alone have the processors
			}
		})
	}
	var writers sync.WaitGroup
	for w := range current {
		writers.Go(func() {
			for n := range 150 {
				id := newID()
				current[w].Store(&id)
				r := record(fmt.Sprint("user ", w))
				for v := range uint64(3) {
					r.Version = v
					if _, err := s.Save(t.Context(), id, r); err != nil {
						t.Errorf("save %d: %v", v, err)
					}
					if got, err := s.Load(t.Context(), id); err != nil || got.Version != v+1 {
						t.Errorf("version %d after %d was stored: %v", got.Version, v+1, err)
					}
				}
				var err error
				if n%2 == 0 {
					err = s.Delete(t.Context(), id)
				} else {
					err = s.Revoke(t.Context(), r.Subject)
				}
				wantErr(t, "the end", err, nil)
				for range 3 {
					wantGone(t, "a session that ended", s, id)
					runtime.Gosched()
				}
				wantErr(t, "Touch of a session that ended", s.Touch(t.Context(), id, r.Expires), session.ErrGone)
			}
		})
	}
	writers.Wait()
	stop.Store(true)
	wg.Wait()
	if s = crashed(t, s); s.Len() != 0 {
		t.Errorf("%d sessions are left", s.Len())
	}
}

// A single session does not fill the disk.
func TestTooLarge(t *testing.T) {
	s := open(t, boltstore.Config{})
	r := record("")
	r.Data = strings.Repeat("x", 16<<20+1)
	if _, err := s.Save(t.Context(), newID(), r); err == nil || s.Len() != 0 {
		t.Errorf("stored: %v", err)
	}
}
