package redisstore

import (
	"context"
	"sync/atomic"
	"time"
)

// deadlines bound operations. One context serves all that begin within an eighth of
// the timeout, because a timer for each costs a tenth of a load. It does not end with
// the request that an operation serves: a command that was sent cannot be taken back,
// and others may wait for the same answer.
type deadlines struct {
	timeout time.Duration
	current atomic.Pointer[period]
}

// period is a time in which operations begin that end together.
type period struct {
	context.Context
	cancel context.CancelFunc
	last   time.Time // when it ends for those who begin
}

// within returns a context that ends after the timeout or up to an eighth later, or with
// ctx's deadline if that is sooner.
func (d *deadlines) within(ctx context.Context) (context.Context, context.CancelFunc) {
	now := time.Now()
	p := d.current.Load()
	if p == nil || now.After(p.last) || now.Before(p.last.Add(-d.timeout/8)) {
		p = &period{last: now.Add(d.timeout / 8)}
		p.Context, p.cancel = context.WithDeadline(context.Background(), p.last.Add(d.timeout))
		d.current.Store(p)
	}
	if end, ok := ctx.Deadline(); ok && end.Before(now.Add(d.timeout)) {
		return context.WithDeadline(p.Context, end)
	}
	return p.Context, func() {}
}

// cancel ends the operations of the present period.
func (d *deadlines) cancel() {
	if p := d.current.Load(); p != nil {
		p.cancel()
	}
}
