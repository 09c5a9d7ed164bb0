package storetest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

func parallelChecks() []check {
	return []check{
		{"one of 64 creates", oneCreates},
		{"one of 64 saves each version", oneSaves},
		{"64 increments", increments},
		{"touch and save", touchAndSave},
		{"deleted under load", deletedUnderLoad},
		{"many sessions", manySessions},
		{"many sessions of one subject", manyOfOne},
	}
}

const crowd = 64

// together calls f for 0 to n-1, all at once.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() { <-start; f(i) })
	}
	close(start)
	wg.Wait()
}

// race saves records of one version at once, and returns the one that won.
func (t *trial) race(id session.ID, version uint64) session.Record {
	t.Helper()
	var mu sync.Mutex
	var winners []session.Record
	together(crowd, func(i int) {
		r := record("", fmt.Sprint("by ", i))
		r.Version = version
		v, err := t.backend.Save(t.Context(), id, r)
		switch {
		case err == nil:
			mu.Lock()
			defer mu.Unlock()
			r.Version = v
			winners = append(winners, r)
		case !errors.Is(err, session.ErrConflict):
			t.Errorf("Save of version %d in parallel: %v", version, err)
		}
	})
	if len(winners) != 1 {
		t.Fatalf("%d of %d saves of version %d succeeded, want 1: %s", len(winners), crowd, version, whyLost)
	}
	t.wantRecord("the one that succeeded", t.load(id), winners[0])
	return winners[0]
}

func oneCreates(t *trial) {
	for range 3 {
		t.race(newID(), 0)
	}
}

func oneSaves(t *trial) {
	id, r := t.create("", "")
	for range 5 {
		r = t.race(id, r.Version)
	}
}

// increments is what the Manager does, without its patience.
func increments(t *trial) {
	id, _ := t.create("", "0")
	var mu sync.Mutex
	won := make(map[uint64]int)
	var loaded sync.WaitGroup
	loaded.Add(crowd)
	together(crowd, func(int) {
		for try, deadline := 1, time.Now().Add(t.patience); ; try++ {
			r, err := t.backend.Load(t.Context(), id)
			if try == 1 { // the first time, all are based on the same
				loaded.Done()
				loaded.Wait()
			}
			if err != nil {
				t.Errorf("Load: %v", err)
				return
			}
			n, _ := strconv.Atoi(r.Data)
			r.Data = strconv.Itoa(n + 1)
			v, err := t.backend.Save(t.Context(), id, r)
			if err == nil {
				mu.Lock()
				won[v]++
				mu.Unlock()
				return
			}
			if !errors.Is(err, session.ErrConflict) || time.Now().After(deadline) {
				t.Errorf("Save: %v", err)
				return
			}
		}
	})
	for v, n := range won {
		if n != 1 {
			t.Errorf("version %d was given %d times", v, n)
		}
	}
	if got := t.load(id).Data; got != strconv.Itoa(crowd) {
		t.Errorf("%d increments make %s: %s", crowd, got, whyLost)
	}
}

// touchAndSave: uses are recorded while changes are stored, and neither undoes the
// other.
func touchAndSave(t *trial) {
	id, r := t.create("", "0")
	var touches, failed atomic.Int64
	stop, touched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(touched)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if err := t.backend.Touch(t.Context(), id, time.Now().Add(hour)); err != nil {
				failed.Store(1)
				t.Errorf("Touch beside saves: %v", err)
				return
			}
			touches.Add(1)
		}
	}()
	for n, enough := 0, false; !enough; n++ {
		enough = n >= 100 && (touches.Load() >= 100 || failed.Load() > 0) // and one more
		r.Data, r.Expires = fmt.Sprint(n), time.Now().Add(hour)
		v, err := t.backend.Save(t.Context(), id, r)
		if err != nil {
			t.Errorf("Save beside touches: %v: a Touch leaves the version", err)
			break
		}
		if r.Version = v; t.load(id).Data != r.Data {
			t.Errorf("a Touch undid a Save: %s", whyLost)
			break
		}
	}
	close(stop)
	<-touched
}

func deletedUnderLoad(t *trial) {
	for range 5 {
		id, r := t.create("", "x")
		stop, busy := t.keepUsing([]session.ID{id})
		time.Sleep(2 * time.Millisecond)
		err := t.backend.Delete(t.Context(), id)
		_, loaded := t.backend.Load(t.Context(), id)
		close(stop)
		busy.Wait()
		t.wantErr("Delete", err, nil, "")
		t.wantErr("Load right after a Delete, beside saves", loaded, session.ErrGone, whyZombie)
		t.wantGone("a session deleted beside saves", id, r, whyZombie)
	}
}

// keepUsing saves and touches sessions, as requests do, until stop is closed; the
// results are not looked at.
func (t *trial) keepUsing(ids []session.ID) (stop chan struct{}, busy *sync.WaitGroup) {
	stop, busy = make(chan struct{}), &sync.WaitGroup{}
	for g := range 8 {
		busy.Go(func() {
			for n := g; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				id := ids[n%len(ids)]
				if n%3 == 0 {
					_ = t.backend.Touch(t.Context(), id, time.Now().Add(hour))
					continue
				}
				if r, err := t.backend.Load(t.Context(), id); err == nil {
					r.Expires = time.Now().Add(hour)
					_, _ = t.backend.Save(t.Context(), id, r)
				}
			}
		})
	}
	return stop, busy
}

func manySessions(t *trial) {
	together(32, func(i int) {
		for n := range 30 {
			id, r := newID(), record("", fmt.Sprint(i, n))
			ctx := t.Context()
			version, err := t.backend.Save(ctx, id, r)
			if err != nil {
				t.Errorf("create: %v", err)
				return
			}
			r.Version, r.Data = version, r.Data+" changed"
			if r.Version, err = t.backend.Save(ctx, id, r); err != nil {
				t.Errorf("update: %v", err)
				return
			}
			got, err := t.backend.Load(ctx, id)
			if err != nil {
				t.Errorf("load: %v", err)
				return
			}
			t.wantRecord("one of many", got, r)
			if n%2 == 0 {
				if err := t.backend.Delete(ctx, id); err != nil {
					t.Errorf("delete: %v", err)
				}
			}
		}
	})
}

// manyOfOne signs one user in and out on many devices at once.
func manyOfOne(t *trial) {
	ada := newSubject()
	var mu sync.Mutex
	var stay []string
	began := time.Now()
	together(16, func(i int) {
		// At least as long as it takes fast backends to get in each other's way.
		for n := 0; n < 20 || time.Since(began) < 50*time.Millisecond; n++ {
			ctx, id := t.Context(), newID()
			r := record(strings.Clone(ada), "new")
			var err error
			for range 3 { // created, then changed twice
				if r.Version, err = t.backend.Save(ctx, id, r); err != nil {
					t.Errorf("Save beside sessions of the same subject: %v", err)
					return
				}
				r.Data = fmt.Sprint(i, " ", n)
			}
			if n < 20 && n%4 == 0 {
				mu.Lock()
				stay = append(stay, r.Data)
				mu.Unlock()
			} else if err := t.backend.Delete(ctx, id); err != nil {
				t.Errorf("Delete beside sessions of the same subject: %v", err)
			}
		}
	})
	if _, ok := t.backend.(session.Lister); ok {
		t.wantListed("one of many devices", ada, stay...)
	}
	if b, ok := t.backend.(session.Revoker); ok {
		t.wantErr("Revoke", b.Revoke(t.Context(), ada), nil, "")
		if _, ok := t.backend.(session.Lister); ok {
			t.wantListed("who was revoked", ada)
		}
	}
}
