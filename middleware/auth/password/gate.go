package password

import (
	"container/list"
	"context"
	"sync"
)

// gate lets a few through at a time, keeps a few waiting in two queues, each in the order
// of their coming, and turns the rest away. Where both queues wait they take turns: a
// flood in one costs the other no more than every second worker that becomes free.
type gate struct {
	places int // in each queue

	mu     sync.Mutex
	free   int // workers; none while anybody waits
	queues [2]list.List
	served queue // last
}

type queue int

const (
	strangers queue = iota
	known
)

// ticket is a place in a queue.
type ticket struct {
	called chan struct{} // closed when it is its turn
}

func newGate(workers, places int) *gate {
	return &gate{free: workers, places: places}
}

// enter takes a worker, and waits for one in queue q.
func (g *gate) enter(ctx context.Context, q queue) error {
	g.mu.Lock()
	if g.free > 0 {
		g.free--
		g.mu.Unlock()
		return nil
	}
	if g.queues[q].Len() >= g.places {
		g.mu.Unlock()
		return ErrBusy
	}
	t := ticket{make(chan struct{})}
	place := g.queues[q].PushBack(t)
	g.mu.Unlock()

	select {
	case <-t.called:
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil {
		g.giveUp(q, place)
		return err
	}
	return nil
}

// giveUp leaves the queue, or the worker where it was called meanwhile: no work for a client
// who left.
func (g *gate) giveUp(q queue, place *list.Element) {
	g.mu.Lock()
	select {
	case <-place.Value.(ticket).called:
		g.mu.Unlock()
		g.leave()
	default:
		g.queues[q].Remove(place)
		g.mu.Unlock()
	}
}

// leave hands the worker to whoever's turn it is.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, q := range [2]queue{1 - g.served, g.served} {
		if first := g.queues[q].Front(); first != nil {
			g.queues[q].Remove(first)
			g.served = q
			close(first.Value.(ticket).called)
			return
		}
	}
	g.free++
}
