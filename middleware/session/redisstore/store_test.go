package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/redisstore"
)

// Fifty writers of one record, each of whom adds to what is there, all get through.
func TestSave_Fifty(t *testing.T) {
	server := testserver.Redis(t)
	for _, cache := range []int64{0, 1 << 20} {
		stores := []*redisstore.Store{open(t, redisstore.Config{URL: server.URL(), CacheBytes: cache}), open(t, redisstore.Config{URL: server.URL(), CacheBytes: cache})}
		name := id(fmt.Sprint("counter", cache))
		save(t, stores[0], name, record(0, "ada", ""))
		const writers, each = 50, 4
		var wg sync.WaitGroup
		for n := range writers {
			s := stores[n%2]
			wg.Go(func() {
				for done := 0; done < each; {
					r, err := s.Load(context.Background(), name)
					if err != nil {
						t.Error(err)
						return
					}
					r.Data += "+"
					switch _, err = s.Save(context.Background(), name, r); {
					case err == nil:
						done++
					case !errors.Is(err, session.ErrConflict):
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		r, err := stores[0].Load(t.Context(), name)
		if wantErr(t, "load", err, nil); len(r.Data) != writers*each || r.Version != writers*each+1 {
			t.Errorf("cache %d: %d changes and version %d, want %d", cache, len(r.Data), r.Version, writers*each)
		}
	}
}

// A record ends when it says so, also where Redis keeps the key, and nothing brings it
// back but creating it anew.
func TestExpired(t *testing.T) {
	server := testserver.Redis(t)
	for _, cache := range []int64{0, 1 << 20} {
		s := open(t, redisstore.Config{URL: server.URL(), CacheBytes: cache})
		for _, subject := range []string{"", "ada"} {
			name := id(fmt.Sprint(cache, subject))
			r := record(0, subject, "x")
			r.Expires = time.Now().Add(50 * time.Millisecond)
			save(t, s, name, r)
			server.MustDo("PERSIST", recordKey(name))
			_, _ = s.Load(t.Context(), name) // a copy, where copies are kept
			time.Sleep(time.Until(r.Expires) + 5*time.Millisecond)
			wantGone(t, s, name, 1, subject)
			if found := listed(t, s, subject); len(found) > 0 {
				t.Errorf("listed %v", found)
			}
			if v := save(t, s, name, record(0, subject, "new")); v != 1 {
				t.Errorf("created anew with version %d", v)
			}
			wantErr(t, "end", s.Touch(t.Context(), name, time.Now().Add(-time.Second)), nil)
			wantGone(t, s, name, 1, subject)
			if server.MustDo("EXISTS", recordKey(name)) != int64(0) {
				t.Error("a record that a touch ended is still there")
			}
		}
	}
}

// A server that forgot the scripts is told them again.
func TestScriptsForgotten(t *testing.T) {
	server := testserver.Redis(t)
	s := open(t, redisstore.Config{URL: server.URL()})
	for _, op := range []func() error{
		func() error { _, err := s.Save(t.Context(), id("a"), record(0, "", "x")); return err },
		func() error { _, err := s.Save(t.Context(), id("a"), record(1, "ada", "x")); return err },
		func() error { _, err := s.Save(t.Context(), id("a"), record(2, "ada", "x")); return err },
		func() error { return s.Touch(t.Context(), id("a"), time.Now().Add(10*time.Hour)) },
		func() error { return s.Revoke(t.Context(), "ada") },
	} {
		server.MustDo("SCRIPT", "FLUSH")
		wantErr(t, "after SCRIPT FLUSH", op(), nil)
	}
	wantGone(t, s, id("a"), 3, "ada")
}

// A server that hangs holds nobody for much longer than Timeout, and works again when
// it does.
func TestTimeout(t *testing.T) {
	for _, cache := range []int64{0, 1 << 20} {
		server := testserver.Redis(t)
		s := open(t, redisstore.Config{URL: server.URL(), CacheBytes: cache, Timeout: 100 * time.Millisecond})
		save(t, s, id("a"), record(0, "ada", "x"))
		server.Pause()
		began := time.Now()
		var wg sync.WaitGroup
		for n := range 40 {
			wg.Go(func() {
				if err := operations(s, id("b"))[n%6](); err == nil {
					t.Errorf("operation %d on a server that hangs succeeded", n%6)
				}
			})
		}
		wg.Wait()
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("cache %d: it took %v", cache, took)
		}
		server.Resume()
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			if _, err := s.Load(t.Context(), id("a")); err == nil {
				break
			} else if time.Now().After(deadline) {
				t.Fatal(err)
			}
		}
	}
}

// A request that is over asks for nothing.
func TestContext(t *testing.T) {
	s := open(t, redisstore.Config{URL: testserver.Redis(t).URL()})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Load(ctx, id("a"))
	wantErr(t, "load", err, context.Canceled)
	_, err = s.Save(ctx, id("a"), record(0, "", ""))
	wantErr(t, "save", err, context.Canceled)
	wantErr(t, "touch", s.Touch(ctx, id("a"), time.Now()), context.Canceled)
	wantErr(t, "delete", s.Delete(ctx, id("a")), context.Canceled)
	wantErr(t, "revoke", s.Revoke(ctx, "ada"), context.Canceled)
	for _, err := range s.List(ctx, "ada") {
		wantErr(t, "list", err, context.Canceled)
	}
	ctx, cancel = context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	_, err = s.Load(ctx, id("a"))
	wantErr(t, "load", err, context.DeadlineExceeded)
}

// operations are all of them.
func operations(s *redisstore.Store, id session.ID) [6]func() error {
	ctx := context.Background()
	return [6]func() error{
		func() error { _, err := s.Load(ctx, id); return err },
		func() error { _, err := s.Save(ctx, id, record(0, "ada", "x")); return err },
		func() error { return s.Touch(ctx, id, time.Now().Add(time.Hour)) },
		func() error { return s.Delete(ctx, id) },
		func() error { return s.Revoke(ctx, "ada") },
		func() error {
			for _, err := range s.List(ctx, "ada") {
				return err
			}
			return nil
		},
	}
}

// Nothing is left after Close, and nothing works.
func TestClose(t *testing.T) {
	server := testserver.Redis(t)
	before := runtime.NumGoroutine()
	for _, c := range []redisstore.Config{{}, {CacheBytes: 1 << 20}, {WaitReplicas: 1, WaitTimeout: time.Millisecond}} {
		c.URL = server.URL()
		s, err := redisstore.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for n := range 30 {
			wg.Go(func() { _ = operations(s, id(fmt.Sprint(n)))[n%6]() })
		}
		wg.Wait()
		for range 2 {
			wantErr(t, "close", s.Close(), nil)
		}
		for n, op := range operations(s, id("a")) {
			if err := op(); err == nil || errors.Is(err, session.ErrGone) {
				t.Errorf("operation %d after Close: got %v", n, err)
			}
		}
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		clients := strings.Count(server.MustDo("CLIENT", "LIST").(string), "\n") - 1 // without who asks
		n := runtime.NumGoroutine() - before
		if n <= 0 && clients == 0 {
			return
		}
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines and %d connections are left:\n%s", n, clients, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// Replicas are waited for longer than servers, where the Config says so, and it is said
// that they did not answer.
func TestWaitTimeout(t *testing.T) {
	s := open(t, redisstore.Config{URL: testserver.Redis(t).URL(), WaitReplicas: 2, WaitTimeout: 400 * time.Millisecond, Timeout: 300 * time.Millisecond})
	for n, op := range operations(s, id("a")) {
		err := op()
		switch n {
		case 0, 2, 5: // load, touch and list wait for nobody; the record is there after save
			wantErr(t, "operation", err, map[int]error{0: session.ErrGone}[n])
		default:
			if err == nil || !strings.Contains(err.Error(), "only 0 of 2 acknowledged it within 400ms") {
				t.Errorf("operation %d: got %v", n, err)
			}
		}
	}
	_, err := s.Save(t.Context(), id("nobody"), record(7, "ada", "x"))
	wantErr(t, "where nothing was written", err, session.ErrGone)
}
