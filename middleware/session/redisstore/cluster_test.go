package redisstore_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/redisstore"
)

func newID() (id session.ID) {
	_, _ = rand.Read(id[:])
	return id
}

// Slots move to another master while sessions are created, read, changed, listed and
// revoked: nobody notices.
func TestCluster_SlotsMigrate(t *testing.T) {
	t.Parallel()
	for _, wait := range []int{0, 1} {
		t.Run(fmt.Sprintf("WaitReplicas=%d", wait), func(t *testing.T) {
			// On a busy machine a node is not to be taken for dead: nobody dies here.
			cluster := testserver.RedisCluster(t, "--cluster-node-timeout", "60000")
			store := open(t, redisstore.Config{Addrs: cluster.Addrs(), WaitReplicas: wait, CacheBytes: 16 << 20, Timeout: 5 * time.Second})
			old, _ := seed(t, store, 100)

			ctx, cancel := context.WithCancel(t.Context())
			var failed, laps atomic.Int64
			var wg sync.WaitGroup
			for w := range 4 {
				wg.Go(func() {
					for ctx.Err() == nil {
						if err := life(store, fmt.Sprintf("worker %d", w)); err != nil && failed.Add(1) < 5 {
							t.Errorf("while slots move: %v", err)
						}
						laps.Add(1)
						if _, err := store.Load(context.Background(), old[int(laps.Load())%len(old)]); err != nil && failed.Add(1) < 5 {
							t.Errorf("while slots move: a session of before: %v", err)
						}
					}
				})
			}
			masters, moved := cluster.Masters(), 0
			for i, from := range masters {
				to := masters[(i+1)%len(masters)]
				for n, slot := range cluster.UsedSlots(from) {
					if n == 25 {
						break
					}
					cluster.Migrate(slot, to)
					moved++
				}
			}
			cancel()
			wg.Wait()
			for _, id := range old {
				if rec, err := store.Load(t.Context(), id); err != nil || rec.Data != "seed" {
					t.Errorf("after the slots have moved: got %q, %v", rec.Data, err)
				}
			}
			t.Logf("%d slots moved during %d lives of sessions; %d errors", moved, laps.Load(), failed.Load())
		})
	}
}

// life is all that can happen to a session.
func life(store *redisstore.Store, subject string) error {
	ctx, id := context.Background(), newID()
	rec := session.Record{Expires: time.Now().Add(time.Hour), Data: "anonymous"}
	step := func(name string, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	}
	var err error
	if rec.Version, err = store.Save(ctx, id, rec); err != nil {
		return step("create", err)
	}
	rec.Subject, rec.Data = subject, "signed in"
	if rec.Version, err = store.Save(ctx, id, rec); err != nil {
		return step("renew", err)
	}
	if err = store.Touch(ctx, id, rec.Expires.Add(time.Minute)); err != nil {
		return step("touch", err)
	}
	got, err := store.Load(ctx, id)
	if err != nil || got.Data != rec.Data || got.Subject != subject {
		return fmt.Errorf("load: got %q of %q, %v", got.Data, got.Subject, err)
	}
	found := false
	for got, err := range store.List(ctx, subject) {
		if err != nil {
			return step("list", err)
		}
		found = found || got.Data == rec.Data
	}
	if !found {
		return errors.New("list: not there")
	}
	if err = store.Revoke(ctx, subject); err != nil {
		return step("revoke", err)
	}
	if _, err = store.Load(ctx, id); !errors.Is(err, session.ErrGone) {
		return fmt.Errorf("load after revoke: got %v, want ErrGone", err)
	}
	return step("destroy", store.Delete(ctx, id))
}

// A master dies under a site with people on it: those whose sessions it held get clean
// answers of 503 until its replica has taken over, the others notice nothing.
func TestCluster_MasterDies(t *testing.T) {
	t.Parallel()
	const people = 24
	cluster := testserver.RedisCluster(t, "--cluster-require-full-coverage", "no") // else all of it stops
	srv := site(t, open(t, redisstore.Config{Addrs: cluster.Addrs(), Timeout: timeout}))
	browsers := make([]*browser, people)
	counted, unsure := make([]int, people), make([]int, people)
	for i := range browsers {
		browsers[i] = newBrowser(t, srv)
		browsers[i].must(t, fmt.Sprint("/login?user=", i), "in")
	}
	count := func(i int) (status int) {
		status, _, took := browsers[i].get(t, "/count")
		switch status {
		case http.StatusOK:
			counted[i]++
		case http.StatusServiceUnavailable:
			unsure[i]++
		default:
			t.Errorf("/count: got %d", status)
		}
		if took > timeout+3*time.Second {
			t.Errorf("/count took %v", took)
		}
		return status
	}
	for i := range browsers {
		count(i)
	}

	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range browsers {
		wg.Go(func() {
			for ctx.Err() == nil {
				count(i)
				time.Sleep(10 * time.Millisecond) // that is what this person does
			}
		})
	}
	master := cluster.Masters()[0]
	began := time.Now()
	cluster.Failover(master)
	took := time.Since(began)
	cancel()
	wg.Wait()
	hit := 0
	for i, b := range browsers {
		poll(t, "everybody is served again", func() bool { return count(i) == http.StatusOK })
		// A change that was answered with 503 may have happened. Without WaitReplicas one
		// that was acknowledged may have been lost in the last moments.
		_, body, _ := b.get(t, "/read")
		if n, err := strconv.Atoi(body); err != nil || n > counted[i]+unsure[i] || n < counted[i]-1 {
			t.Errorf("person %d: counted %d and perhaps %d more, the session says %q", i, counted[i], unsure[i], body)
		}
		if unsure[i] > 0 {
			hit++
		}
	}
	if hit == 0 || hit == people {
		t.Errorf("%d of %d noticed", hit, people)
	}
	t.Logf("a replica was master after %v; %d of %d people got answers of 503 meanwhile", took.Round(time.Millisecond), hit, people)
	cluster.Rejoin(master)
	for i := range browsers {
		if count(i) != http.StatusOK {
			t.Error("503 after all is well again")
		}
	}
}
