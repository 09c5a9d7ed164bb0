package password_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/auth/password"
)

// spec 19: a few work, a few wait, the rest is turned away without waiting.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var running atomic.Int64
		most := &highest{}
		h := &password.Hasher{
			Memory: 8, Time: 1, InsecureCost: true, Workers: 3, Queue: 16,
			Observe: func(password.Operation) {
				most.see(running.Add(1))
				<-release // an operation that takes its time
				running.Add(-1)
			},
		}
		var done, busy atomic.Int64
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				switch _, err := h.Verify(t.Context(), "", "x"); {
				case errors.Is(err, password.ErrMismatch):
					done.Add(1)
				case errors.Is(err, password.ErrBusy):
					busy.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		synctest.Wait() // nothing moves any more: those turned away have been told
		if busy.Load() != 200-3-16 || running.Load() != 3 || done.Load() != 0 {
			t.Errorf("busy %d, running %d, done %d; want 181, 3, 0", busy.Load(), running.Load(), done.Load())
		}
		close(release)
		wg.Wait()
		if done.Load() != 19 || most.value != 3 {
			t.Errorf("done %d, at most %d at a time; want 19, 3", done.Load(), most.value)
		}
	})
}

// spec 19: a client who leaves frees their place in the queue, but not the worker that has begun.
func TestGateWhenClientsLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := &password.Hasher{
			Memory: 8, Time: 1, InsecureCost: true, Workers: 1, Queue: 1,
			Observe: func(password.Operation) { <-release },
		}
		ctx, leave := context.WithCancel(t.Context())
		results := make(chan error, 2)
		verify := func() { _, err := h.Verify(ctx, "", "x"); results <- err }
		go verify() // works
		synctest.Wait()
		go verify() // waits
		synctest.Wait()
		if _, err := h.Enter(t.Context()); !errors.Is(err, password.ErrBusy) {
			t.Fatalf("third: %v, want ErrBusy", err)
		}
		leave()
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Errorf("the one waiting: %v", err)
		}
		entered := make(chan struct{})
		go func() {
			p, err := h.Enter(t.Context())
			if err != nil {
				t.Errorf("the place in the queue was not freed: %v", err)
			} else {
				p.Leave()
			}
			close(entered)
		}()
		synctest.Wait()
		select {
		case <-entered:
			t.Error("a worker was free while its operation ran")
		default:
		}
		close(release)
		<-entered
		if err := <-results; !errors.Is(err, password.ErrMismatch) {
			t.Errorf("the one working: %v", err)
		}
	})
}

func TestNoQueue(t *testing.T) {
	h := &password.Hasher{Workers: 1, Queue: -1}
	p, err := h.Enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Leave()
	if _, err := h.Enter(t.Context()); !errors.Is(err, password.ErrBusy) {
		t.Errorf("second: %v, want ErrBusy", err)
	}
}

// spec 19: known devices have places of their own, and every second worker that becomes free,
// however many strangers wait; and the other way round.
func TestGateKnownDevices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &password.Hasher{Memory: 8, Time: 1, InsecureCost: true, Workers: 1, Queue: 4}
		first, err := h.Enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var order []byte // appended to by whoever has the one worker
		var busy [2]atomic.Int64
		var wg sync.WaitGroup
		come := func(who byte, enter func(context.Context) (*password.Permit, error), busy *atomic.Int64) {
			wg.Go(func() {
				p, err := enter(t.Context())
				if err != nil {
					busy.Add(1)
					return
				}
				order = append(order, who)
				p.Leave()
			})
			synctest.Wait()
		}
		for range 6 {
			come('s', h.Enter, &busy[0])
		}
		for range 6 {
			come('k', h.EnterKnown, &busy[1])
		}
		if busy[0].Load() != 2 || busy[1].Load() != 2 {
			t.Errorf("turned away: %d strangers, %d known; want 2 of 6 each", busy[0].Load(), busy[1].Load())
		}
		first.Leave()
		wg.Wait()
		if string(order) != "ksksksks" {
			t.Errorf("served in the order %s, want turns", order)
		}
		if p, err := h.Enter(t.Context()); err != nil {
			t.Errorf("afterwards: %v", err)
		} else {
			p.Leave()
		}
	})
}

// Whoever leaves at the moment of being called passes the worker on: none is lost, whatever
// comes together.
func TestGateLosesNoWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &password.Hasher{Memory: 8, Time: 1, InsecureCost: true, Workers: 2, Queue: 8}
		var wg sync.WaitGroup
		for i := range 2000 {
			enter := h.Enter
			if i%2 == 0 {
				enter = h.EnterKnown
			}
			wg.Go(func() {
				time.Sleep(time.Duration(i/10) * time.Millisecond)
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%7)*time.Millisecond)
				defer cancel()
				if p, err := enter(ctx); err == nil {
					time.Sleep(time.Duration(i%5) * time.Millisecond)
					p.Leave()
					p.Leave() // does nothing
				}
			})
		}
		wg.Wait()
		for range 2 { // both workers are there, and no more
			if _, err := h.Enter(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if _, err := h.EnterKnown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a third worker: %v", err)
		}
	})
}

// spec 19: 200 at a time with full-size hashes take workers × m + 64 MiB at most.
func TestGateBoundsMemory(t *testing.T) {
	heap := func() int64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapSys - m.HeapReleased)
	}
	runtime.GC()
	before, peak := heap(), &highest{}
	h := &password.Hasher{Observe: func(password.Operation) { peak.see(heap()) }}
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() { _, _ = h.Verify(t.Context(), "", "x") })
	}
	wg.Wait()
	bound := int64(max(1, runtime.GOMAXPROCS(0)-1))*19<<20 + 64<<20
	if used := peak.value - before; peak.value == 0 || used > bound {
		t.Errorf("took %d MiB, want at most %d", used>>20, bound>>20)
	} else {
		t.Logf("took %d MiB of %d", used>>20, bound>>20)
	}
}

// highest keeps the highest value it sees.
type highest struct {
	mu    sync.Mutex
	value int64
}

func (h *highest) see(v int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.value = max(h.value, v)
}
