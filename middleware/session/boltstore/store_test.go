package boltstore_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/boltstore"
	"github.com/surcoat/surcoat/middleware/session/storetest"
)

// The tests make the store and sites on it fail; each failure is logged. A test binary
// that is told to be a child does what that child does, and no tests.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	if child := children[os.Getenv("BOLTSTORE_CHILD")]; child != nil {
		child(os.Getenv("BOLTSTORE_PATH"))
		return
	}
	os.Exit(m.Run())
}

// children are what the test binary does in processes of its own.
var children = map[string]func(path string){}

// open opens the file that c names, or a new one, until the test ends.
func open(tb testing.TB, c boltstore.Config) *boltstore.Store {
	tb.Helper()
	if c.Path == "" {
		c.Path = filepath.Join(tb.TempDir(), "sessions.db")
	}
	s, err := boltstore.Open(context.Background(), c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { closeStore(tb, s) })
	return s
}

func closeStore(tb testing.TB, s *boltstore.Store) {
	tb.Helper()
	if err := s.Close(); err != nil {
		tb.Error(err)
	}
}

// crashed opens the file as a process that is killed now leaves it.
func crashed(tb testing.TB, s *boltstore.Store) *boltstore.Store {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "crashed.db")
	if err := s.Crash(path); err != nil {
		tb.Fatal(err)
	}
	if err := boltstore.CheckFile(path); err != nil {
		tb.Error(err)
	}
	return open(tb, boltstore.Config{Path: path})
}

func save(tb testing.TB, s *boltstore.Store, id session.ID, r session.Record) session.Record {
	tb.Helper()
	version, err := s.Save(tb.Context(), id, r)
	if err != nil {
		tb.Fatal(err)
	}
	r.Version = version
	return r
}

func wantErr(tb testing.TB, what string, got, want error) {
	tb.Helper()
	if !errors.Is(got, want) {
		tb.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func wantLoad(tb testing.TB, what string, s *boltstore.Store, id session.ID, want session.Record) {
	tb.Helper()
	got, err := s.Load(tb.Context(), id)
	if err != nil || got.Version != want.Version || got.Subject != want.Subject || got.Data != want.Data || !got.Expires.Equal(want.Expires) {
		tb.Errorf("%s: got %v until %v (%v), want %v until %v", what, got, got.Expires, err, want, want.Expires)
	}
}

func wantGone(tb testing.TB, what string, s *boltstore.Store, id session.ID) {
	tb.Helper()
	_, err := s.Load(tb.Context(), id)
	wantErr(tb, what, err, session.ErrGone)
}

// eventually polls until ok, for as long as a machine may be busy with something else.
func eventually(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatal("not in 20 seconds: " + what)
		}
	}
}

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

func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	path := filepath.Join(t.TempDir(), "sessions.db")
	s, err := boltstore.Open(t.Context(), boltstore.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	id := newID()
	r := save(t, s, id, record("ada"))
	var stored sync.Map
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for {
				id := newID()
				_, err := s.Save(t.Context(), id, record("bob"))
				if err != nil {
					wantErr(t, "Save beside Close", err, boltstore.ErrClosed)
					return
				}
				stored.Store(id, true)
			}
		})
	}
	time.Sleep(10 * time.Millisecond)
	closeStore(t, s)
	wg.Wait()
	closeStore(t, s)
	_, loading := s.Load(t.Context(), id)
	_, saving := s.Save(t.Context(), id, r)
	var listing error
	for _, err := range s.List(t.Context(), "ada") {
		listing = err
	}
	for what, err := range map[string]error{
		"Load": loading, "Save": saving, "List": listing, "Touch": s.Touch(t.Context(), id, r.Expires), "Delete": s.Delete(t.Context(), id),
		"Revoke": s.Revoke(t.Context(), "ada"), "Backup": s.Backup(path + ".copy"),
	} {
		wantErr(t, what+" after Close", err, boltstore.ErrClosed)
	}
	eventually(t, "goroutines end", func() bool { return runtime.NumGoroutine() <= before })
	s = open(t, boltstore.Config{Path: path})
	stored.Range(func(id, _ any) bool {
		if _, err := s.Load(t.Context(), id.(session.ID)); err != nil {
			t.Errorf("stored just before Close: %v", err)
		}
		return true
	})
}

// Whoever waits when the store is closed gets an answer, and what was queued is stored.
func TestCloseWithALongQueue(t *testing.T) {
	s := open(t, boltstore.Config{})
	end := s.Stall()
	const n = 3000
	errs := make(chan error, n)
	for range n {
		go func() {
			_, err := s.Save(context.Background(), newID(), record(""))
			errs <- err
		}()
	}
	defer end()
	eventually(t, "many wait", func() bool { return s.Queued() > n/2 })
	queued := s.Queued()
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	eventually(t, "it closes", func() bool {
		_, err := s.Load(t.Context(), session.ID{})
		return errors.Is(err, boltstore.ErrClosed)
	})
	end()
	wantErr(t, "Close", <-closed, nil)
	stored := 0
	for range n {
		if err := <-errs; err == nil {
			stored++
		} else if !errors.Is(err, boltstore.ErrClosed) {
			t.Errorf("Save beside Close: %v", err)
		}
	}
	if stored < queued || s.Len() != stored {
		t.Errorf("%d were queued, %d said to be stored, and the file has %d", queued, stored, s.Len())
	}
}

func TestBackup(t *testing.T) {
	s := open(t, boltstore.Config{})
	id := newID()
	r := save(t, s, id, record("ada"))
	path := filepath.Join(t.TempDir(), "copy.db")
	wantErr(t, "Backup", s.Backup(path), nil)
	wantErr(t, "Delete", s.Delete(t.Context(), id), nil)
	wantErr(t, "Backup over a file", s.Backup(path), os.ErrExist)
	wantErr(t, "the copy", boltstore.CheckFile(path), nil)
	wantLoad(t, "the copy", open(t, boltstore.Config{Path: path}), id, r)
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
