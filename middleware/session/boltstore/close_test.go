package boltstore_test

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/boltstore"
)

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
