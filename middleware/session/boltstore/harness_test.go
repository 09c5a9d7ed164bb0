package boltstore_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/boltstore"
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

func newID() (id session.ID) {
	_, _ = rand.Read(id[:]) // never fails (crypto/rand)
	return id
}

// record is one of the size that a login with a few values has.
func record(subject string) session.Record {
	return session.Record{Subject: subject, Expires: time.Now().Add(time.Hour), Data: string(make([]byte, 200))}
}

// fill stores n sessions that sign subject in.
func fill(tb testing.TB, s *boltstore.Store, n int, subject string) []session.ID {
	ids := make([]session.ID, n)
	save := make(chan *session.ID, n)
	errs := make(chan error)
	for i := range ids {
		ids[i] = newID()
		save <- &ids[i]
	}
	close(save)
	const savers = 512
	for range savers {
		go func() {
			var err error
			for id := range save {
				if err == nil {
					_, err = s.Save(context.Background(), *id, record(subject))
				}
			}
			errs <- err
		}()
	}
	for range savers {
		if err := <-errs; err != nil {
			tb.Fatal(err)
		}
	}
	return ids
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
