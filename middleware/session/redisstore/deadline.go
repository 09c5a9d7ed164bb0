package redisstore

import (
	"context"
	"sync"
	"time"
)

// deadline is a context that ends at a time. Unlike those of package context it sets
// no timer before somebody waits for it: what is answered from memory needs none.
//
// It does not end with the request it serves: a command that was sent cannot be taken
// back, and others may wait for the same answer.
type deadline struct {
	context.Context // Background: no values
	at              time.Time

	mu     sync.Mutex
	timer  context.Context // nil until somebody waits
	cancel context.CancelFunc
}

// within returns a context that ends after d, or with ctx's deadline if that is sooner.
func within(ctx context.Context, d time.Duration) *deadline {
	at := time.Now().Add(d)
	if end, ok := ctx.Deadline(); ok && end.Before(at) {
		at = end
	}
	return &deadline{Context: context.Background(), at: at}
}

func (d *deadline) Deadline() (time.Time, bool) { return d.at, true }

func (d *deadline) Done() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer == nil {
		d.timer, d.cancel = context.WithDeadline(d.Context, d.at)
	}
	return d.timer.Done()
}

// Err is never nil once the channel of Done is closed, which the timer decides: package
// context panics in contexts derived from this one otherwise.
func (d *deadline) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.timer != nil:
		return d.timer.Err()
	case !time.Now().Before(d.at):
		return context.DeadlineExceeded
	}
	return nil
}

// stop releases the timer. Who asks later is told that it is over.
func (d *deadline) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer == nil {
		d.timer = over
		return
	}
	if d.cancel != nil {
		d.cancel()
	}
}

// over is a context that has ended.
var over = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()
