package password

import (
	"context"
	"sync/atomic"
)

// gate lets a few through at a time, keeps a few waiting in the order of their
// coming, and turns the rest away.
type gate struct {
	inside  chan struct{} // one element for each permit given out
	waiting *atomic.Int64
	queue   int64
}

func newGate(workers, queue int) gate {
	return gate{inside: make(chan struct{}, workers), waiting: new(atomic.Int64), queue: int64(queue)}
}

// enter takes a permit. A channel hands a freed slot to whoever has waited longest,
// so a newcomer's first try never overtakes the queue.
func (g gate) enter(ctx context.Context) error {
	select {
	case g.inside <- struct{}{}:
		return nil
	default:
	}
	if g.waiting.Add(1) > g.queue {
		g.waiting.Add(-1)
		return ErrBusy
	}
	defer g.waiting.Add(-1)
	select {
	case g.inside <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := ctx.Err(); err != nil { // both were ready: no work for a client who left
		g.leave()
		return err
	}
	return nil
}

func (g gate) leave() { <-g.inside }
