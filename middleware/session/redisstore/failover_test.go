package redisstore_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/redisstore"
)

// ledger is what a program was told about its sessions, for comparison with what is
// there after a failover.
type ledger struct {
	mu           sync.Mutex
	acknowledged map[session.ID]acknowledged
	refused      int
}

// acknowledged is the last that was told of one session.
type acknowledged struct {
	op   string
	data string // "" for a session that was ended
	at   time.Time
}

// tell notes the outcome of an operation. After a failure nothing is known about the
// session.
func (l *ledger) tell(id session.ID, op, data string, err error) bool {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.refused++
		delete(l.acknowledged, id)
		return false
	}
	l.acknowledged[id] = acknowledged{op, data, now}
	return true
}

// doubt notes that an operation on a session has begun, of which it is not known
// whether it will take effect.
func (l *ledger) doubt(id session.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.acknowledged, id)
}

// work creates, renews, destroys and revokes sessions until ctx ends.
func (l *ledger) work(ctx context.Context, store *redisstore.Store) {
	for ctx.Err() == nil {
		var id session.ID
		_, _ = rand.Read(id[:])
		rec := session.Record{Expires: time.Now().Add(time.Hour), Data: "anonymous"}
		version, err := store.Save(context.Background(), id, rec)
		next := mathrand.IntN(4)
		if !l.tell(id, "create", rec.Data, err) {
			time.Sleep(time.Millisecond) // there is an outage
			continue
		}
		if next == 0 {
			continue
		}
		rec.Version, rec.Subject, rec.Data = version, fmt.Sprintf("user %x", id[:8]), "signed in"
		l.doubt(id)
		if _, err = store.Save(context.Background(), id, rec); !l.tell(id, "renew", rec.Data, err) {
			continue
		}
		switch next {
		case 1:
			l.doubt(id)
			l.tell(id, "destroy", "", store.Delete(context.Background(), id))
		case 2:
			l.doubt(id)
			l.tell(id, "revoke", "", store.Revoke(context.Background(), rec.Subject))
		}
	}
}

// start has that many goroutines work until stop is called.
func (l *ledger) start(store *redisstore.Store, workers int) (stop func()) {
	if l.acknowledged == nil {
		l.acknowledged = make(map[session.ID]acknowledged)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() { l.work(ctx, store) })
	}
	return func() { cancel(); wg.Wait() }
}

// loss is what of a ledger was not there.
type loss struct {
	of    int
	ops   map[string]int
	first time.Time // when the first that was lost had been acknowledged
	last  time.Time
}

func (l *loss) String() string {
	return fmt.Sprintf("%d of %d acknowledged operations lost %v", l.count(), l.of, l.ops)
}

func (l *loss) count() (n int) {
	for _, k := range l.ops {
		n += k
	}
	return n
}

// audit compares the ledger with what a store has, and forgets what was lost.
func (l *ledger) audit(t *testing.T, store session.Backend) *loss {
	t.Helper()
	lost := &loss{of: len(l.acknowledged), ops: map[string]int{}}
	for id, a := range l.acknowledged {
		rec, err := store.Load(t.Context(), id)
		for try := 0; err != nil && !errors.Is(err, session.ErrGone); try++ {
			if try == 100 {
				t.Fatalf("after the failover: %v", err)
			}
			time.Sleep(50 * time.Millisecond)
			rec, err = store.Load(t.Context(), id)
		}
		if rec.Data == a.data && (err == nil) == (a.data != "") {
			continue
		}
		lost.ops[a.op]++
		delete(l.acknowledged, id)
		if lost.first.IsZero() || a.at.Before(lost.first) {
			lost.first = a.at
		}
		if a.at.After(lost.last) {
			lost.last = a.at
		}
	}
	return lost
}

// With WaitReplicas 1 nothing that was acknowledged is lost when masters die or hang,
// without it little is: the test says how much.
func TestFailoverKill(t *testing.T) {
	aside(t)
	for _, test := range []struct {
		name string
		wait int
	}{{"WaitReplicas", 1}, {"NoWait", 0}} {
		t.Run(test.name, func(t *testing.T) {
			aside(t)
			failover(t, test.wait, times(2, 20))
		})
	}
}

func failover(t *testing.T, wait, rounds int) {
	cluster := testserver.RedisCluster(t)
	config := redisstore.Config{Addrs: cluster.Addrs(), Timeout: 2 * time.Second}
	fresh := open(t, config)
	config.WaitReplicas, config.CacheBytes = wait, 16<<20
	store := open(t, config)

	var l ledger
	lost, worst := 0, time.Duration(0)
	for n := range rounds {
		stop := l.start(store, 8)
		time.Sleep(300 * time.Millisecond) // of load
		masters := cluster.Masters()
		master, how := masters[n%len(masters)], "died"
		began := time.Now()
		if n%2 == 0 {
			cluster.Failover(master)
		} else {
			how = "hung"
			cluster.Hang(master)
		}
		took := time.Since(began)
		master.Resume() // and serves what it had been sent, before it learns that it is no longer master
		time.Sleep(100 * time.Millisecond)
		stop()
		got := l.audit(t, fresh)
		if lost += got.count(); got.count() > 0 {
			worst = max(worst, got.last.Sub(got.first))
			t.Logf("master %s: %v, within %v from %v after it began", how, got, got.last.Sub(got.first), got.first.Sub(began))
		} else {
			t.Logf("master %s: %v", how, got)
		}
		t.Logf("  a replica was master after %v; %d operations were refused", took.Round(time.Millisecond), l.refused)
		l.refused = 0
		if how == "died" {
			cluster.Rejoin(master)
		} else {
			cluster.AwaitHealthy()
		}
	}
	t.Logf("WaitReplicas %d: %d acknowledged operations lost in %d failovers, at worst those of %v", wait, lost, rounds, worst)
	if wait > 0 && lost > 0 {
		t.Errorf("lost %d acknowledged operations", lost)
	}
}

// A replica that lags loses what it had not got when it takes over; WaitReplicas
// acknowledges nothing that it has not got.
func TestFailoverKill_ReplicaLags(t *testing.T) {
	aside(t)
	const lag = 300 * time.Millisecond
	for _, wait := range []int{1, 0} {
		t.Run(fmt.Sprintf("WaitReplicas=%d", wait), func(t *testing.T) {
			t.Parallel()
			master := testserver.Redis(t)
			link := testserver.LinkTo(t, master.Addr)
			replica := testserver.Redis(t, "--replicaof", strings.Replace(link.Addr, ":", " ", 1))
			master.AwaitReplica()
			store := open(t, redisstore.Config{URL: master.URL(), WaitReplicas: wait, Timeout: time.Second, WaitTimeout: lag / 3})

			var l ledger
			stop := l.start(store, 8)
			time.Sleep(200 * time.Millisecond)
			link.Freeze()
			time.Sleep(lag)
			killed := time.Now()
			master.Kill()
			stop()
			replica.MustDo("REPLICAOF", "NO", "ONE")
			link.Cut()
			lost := l.audit(t, open(t, redisstore.Config{URL: replica.URL()}))
			if wait > 0 && lost.count() > 0 {
				t.Errorf("%v", lost)
			}
			if wait == 0 {
				t.Logf("replica %v behind: %v, from %v before the end", lag, lost, killed.Sub(lost.first).Round(time.Millisecond))
				if lost.count() == 0 {
					t.Error("nothing was lost: the test is blind")
				}
			}
		})
	}
}

// With WaitReplicas 1 and no replica that answers, nothing is acknowledged, and the
// error comes in time.
func TestWaitReplicas_Alone(t *testing.T) {
	t.Parallel()
	master := testserver.Redis(t)
	store := open(t, redisstore.Config{URL: master.URL(), WaitReplicas: 1, WaitTimeout: timeout})
	allRefused(t, store, timeout)
}

// A slot that has moved is written to at its new master; it is a replica of that one
// which must have the write.
func TestWaitReplicas_SlotMoved(t *testing.T) {
	t.Parallel()
	cluster := testserver.RedisCluster(t, "--cluster-node-timeout", "60000") // the pause is not to be noticed
	store := open(t, redisstore.Config{Addrs: cluster.Addrs(), WaitReplicas: 1, WaitTimeout: 500 * time.Millisecond})
	ids, versions := seed(t, store, 8)
	masters := cluster.Masters()
	replica := cluster.ReplicaOf(masters[0])
	for _, other := range masters[1:] {
		for _, slot := range cluster.UsedSlots(other) {
			cluster.Migrate(slot, masters[0])
		}
	}
	replica.Pause()
	for i, id := range ids {
		rec := session.Record{Version: versions[i], Expires: time.Now().Add(time.Hour), Data: "changed"}
		if _, err := store.Save(t.Context(), id, rec); err == nil {
			t.Errorf("session %d: acknowledged, and no replica has it", i)
		}
	}
	replica.Resume()
	poll(t, "writes are acknowledged again", func() bool {
		_, err := store.Save(t.Context(), session.ID{}, session.Record{Expires: time.Now().Add(time.Hour)})
		return err == nil || errors.Is(err, session.ErrConflict)
	})
}

// allRefused reports each operation that is acknowledged, or takes long to fail.
func allRefused(t *testing.T, store *redisstore.Store, timeout time.Duration) {
	t.Helper()
	id := session.ID{1}
	rec := session.Record{Expires: time.Now().Add(time.Hour), Subject: "ada"}
	for _, op := range []struct {
		name string
		do   func() error
	}{
		{"create", func() error { _, err := store.Save(t.Context(), id, rec); return err }},
		{"renew", func() error { rec.Version = 1; _, err := store.Save(t.Context(), id, rec); return err }},
		{"destroy", func() error { return store.Delete(t.Context(), id) }},
		{"revoke", func() error { return store.Revoke(t.Context(), "ada") }},
	} {
		began := time.Now()
		err := op.do()
		if took := time.Since(began); err == nil || took > timeout+5*time.Second {
			t.Errorf("%s: got %v after %v, want an error after %v", op.name, err, took, timeout)
		}
	}
}

// seed stores anonymous sessions.
func seed(t *testing.T, store session.Backend, n int) (ids []session.ID, versions []uint64) {
	t.Helper()
	for range n {
		var id session.ID
		_, _ = rand.Read(id[:])
		v, err := store.Save(t.Context(), id, session.Record{Expires: time.Now().Add(time.Hour), Data: "seed"})
		if err != nil {
			t.Fatal(err)
		}
		ids, versions = append(ids, id), append(versions, v)
	}
	return ids, versions
}

// poll returns when f is true, and ends the test when that takes too long.
func poll(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it is not so after 30 s that %s", what)
		}
	}
}
