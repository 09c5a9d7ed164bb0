package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/redisstore"
)

// times is how often a test does what it measures.
func times(normally, soak int) int {
	if os.Getenv("SOAK") != "" {
		return soak
	}
	return normally
}

// aside has a test run beside others, unless it is to measure.
func aside(t *testing.T) {
	if os.Getenv("SOAK") == "" {
		t.Parallel()
	}
}

// quantiles are of times measured.
type quantiles []time.Duration

func (q quantiles) String() string {
	slices.Sort(q)
	at := func(part float64) time.Duration { return q[int(part*float64(len(q)-1))].Round(time.Microsecond) }
	return fmt.Sprintf("median %v, p99 %v, max %v of %d", at(0.5), at(0.99), at(1), len(q))
}

// What one process does to a session, another sees soon although it has the session in
// its cache. It says how soon.
func TestStalenessSoak(t *testing.T) {
	aside(t)
	server := testserver.Redis(t)
	config := redisstore.Config{URL: server.URL(), CacheBytes: 16 << 20}
	here, there := open(t, config), open(t, config)
	for _, test := range []struct {
		name string
		act  func(id session.ID, rec session.Record) error
		done func(session.Record, error) bool
	}{
		{
			"change", func(id session.ID, rec session.Record) error {
				rec.Data = "new"
				_, err := here.Save(t.Context(), id, rec)
				return err
			}, func(rec session.Record, err error) bool { return err == nil && rec.Data == "new" },
		},
		{"destroy", func(id session.ID, _ session.Record) error { return here.Delete(t.Context(), id) }, gone},
		{"revoke", func(_ session.ID, rec session.Record) error { return here.Revoke(t.Context(), rec.Subject) }, gone},
	} {
		for _, load := range []string{"idle", "busy"} {
			t.Run(test.name+"/"+load, func(t *testing.T) {
				if load == "busy" {
					defer busy(t, there)()
				}
				var seen quantiles
				for n := range times(100, 10_000) {
					id, rec := cached(t, here, there, fmt.Sprintf("%s %s %d", test.name, load, n))
					if err := test.act(id, rec); err != nil {
						t.Fatal(err)
					}
					began := time.Now()
					for !test.done(there.Load(t.Context(), id)) {
						if time.Since(began) > 10*time.Second {
							t.Fatal("never seen")
						}
						runtime.Gosched() // who reads from the connection needs a core, too
					}
					seen = append(seen, time.Since(began))
				}
				t.Logf("%s, the other process %s: seen after: %v", test.name, load, seen)
			})
		}
	}
}

func gone(_ session.Record, err error) bool { return errors.Is(err, session.ErrGone) }

// cached stores a session by one store and has another take it into its cache.
func cached(t *testing.T, here, there session.Backend, subject string) (session.ID, session.Record) {
	t.Helper()
	id := newID()
	rec := session.Record{Subject: subject, Expires: time.Now().Add(time.Hour), Data: "old"}
	version, err := here.Save(t.Context(), id, rec)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := there.Load(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	rec.Version = version
	return id, rec
}

// busy has eight goroutines use a store until stop is called.
func busy(t *testing.T, store session.Backend) (stop func()) {
	ids, _ := seed(t, store, 1000)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for n := w; ctx.Err() == nil; n += 7 {
				id := ids[n%len(ids)]
				rec, err := store.Load(ctx, id)
				if n%20 == 0 && err == nil {
					_, _ = store.Save(ctx, id, rec)
				}
			}
		})
	}
	return func() { cancel(); wg.Wait() }
}

// A store never reads from its cache what was there before its own write, whatever
// else reads the same session.
func TestStaleness_OwnWrite(t *testing.T) {
	aside(t)
	const writers, each = 4, 5000
	store := open(t, redisstore.Config{URL: testserver.Redis(t).URL(), CacheBytes: 16 << 20})
	var stale, conflicts atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var readers, wg sync.WaitGroup
	for w := range writers {
		id := newID()
		rec := session.Record{Subject: fmt.Sprint(w), Expires: time.Now().Add(time.Hour)}
		version, err := store.Save(t.Context(), id, rec)
		if err != nil {
			t.Fatal(err)
		}
		rec.Version = version
		for range 2 {
			readers.Go(func() {
				for ctx.Err() == nil {
					_, _ = store.Load(ctx, id)
					time.Sleep(rand.N(200 * time.Microsecond)) // else they have both cores
				}
			})
		}
		wg.Go(func() {
			for n := range each {
				rec.Data = fmt.Sprint(n)
				version, err := store.Save(t.Context(), id, rec)
				if err != nil {
					conflicts.Add(1)
					t.Error(err)
					return
				}
				rec.Version = version
				if got, err := store.Load(t.Context(), id); err != nil || got.Data != rec.Data || got.Version != version {
					stale.Add(1)
				}
			}
		})
	}
	wg.Wait()
	cancel()
	readers.Wait()
	t.Logf("%d of %d reads after an own write were stale", stale.Load(), writers*each)
	if stale.Load() > 0 {
		t.Error("stale after an own write")
	}
}

// The same for the ends of sessions: created, read, ended, read.
func TestStaleness_OwnEnd(t *testing.T) {
	aside(t)
	store := open(t, redisstore.Config{URL: testserver.Redis(t).URL(), CacheBytes: 16 << 20})
	for name, end := range map[string]func(session.ID, string) error{
		"destroy": func(id session.ID, _ string) error { return store.Delete(t.Context(), id) },
		"revoke":  func(_ session.ID, subject string) error { return store.Revoke(t.Context(), subject) },
	} {
		t.Run(name, func(t *testing.T) {
			for n := range 1000 {
				id, rec := cached(t, store, store, fmt.Sprint(name, n%10)) // the same people again and again
				ctx, cancel := context.WithCancel(t.Context())
				var reader sync.WaitGroup
				reader.Go(func() {
					for ctx.Err() == nil {
						_, _ = store.Load(ctx, id)
						time.Sleep(rand.N(50 * time.Microsecond))
					}
				})
				err := end(id, rec.Subject)
				_, loaded := store.Load(t.Context(), id)
				cancel()
				reader.Wait()
				if err != nil || !errors.Is(loaded, session.ErrGone) {
					t.Fatalf("try %d: ended with %v, then loaded with %v, want ErrGone", n, err, loaded)
				}
			}
		})
	}
}

// What a process has written itself it does not read from its cache either when Redis
// tells of the change much later than it confirmed it, over another connection.
func TestStaleness_OwnWriteNewsIsLate(t *testing.T) {
	aside(t)
	server := testserver.Redis(t)
	testserver.Redis(t, "--replicaof", strings.Replace(server.Addr, ":", " ", 1))
	server.AwaitReplica()
	link := testserver.LinkTo(t, server.Addr)
	here := open(t, redisstore.Config{URL: server.URL()})
	there := open(t, redisstore.Config{URL: "redis://" + link.Addr, CacheBytes: 16 << 20, WaitReplicas: 1})
	id, rec := cached(t, here, there, "")
	link.FreezeOld() // writes that wait for replicas take connections of their own
	rec.Data = "new"
	version, err := there.Save(t.Context(), id, rec)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := there.Load(t.Context(), id); err == nil && got.Version != version {
		t.Errorf("got version %d, want %d or an error", got.Version, version)
	}
	link.Thaw()
	poll(t, "the store reads again", func() bool {
		got, err := there.Load(t.Context(), id)
		return err == nil && got.Version == version
	})
}

// A cable is pulled between a process and Redis. It cannot know that a session was
// revoked elsewhere, and must not believe its cache for ever.
func TestStaleness_CableIsPulled(t *testing.T) {
	const timeout = time.Second
	aside(t)
	server := testserver.Redis(t)
	link := testserver.LinkTo(t, server.Addr)
	here := open(t, redisstore.Config{URL: server.URL(), CacheBytes: 16 << 20})
	there := open(t, redisstore.Config{URL: "redis://" + link.Addr, CacheBytes: 16 << 20, Timeout: timeout})
	id, rec := cached(t, here, there, "ada")
	link.Freeze()
	if err := here.Revoke(t.Context(), rec.Subject); err != nil {
		t.Fatal(err)
	}
	began, believed := time.Now(), time.Duration(0)
	poll(t, "the cache is not believed any more", func() bool {
		_, err := there.Load(t.Context(), id)
		if err == nil {
			believed = time.Since(began)
		}
		return err != nil
	})
	t.Logf("a cached session was believed for %v after the cable was pulled, the timeout being %v", believed.Round(time.Millisecond), timeout)
	if believed == 0 || believed > 2*timeout+slack {
		t.Errorf("believed for %v", believed)
	}
	link.Thaw()
	poll(t, "the revocation is known", func() bool {
		_, err := there.Load(t.Context(), id)
		return gone(rec, err)
	})
}
