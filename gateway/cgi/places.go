package cgi

import (
	"context"
	"fmt"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/relay"
)

// places bounds how many programs run at once. Who waits longest is the next.
type places struct {
	taken    chan struct{}
	patience time.Duration
}

func newPlaces(n int, patience time.Duration) places {
	return places{make(chan struct{}, n), patience}
}

// retryAfter is what a client is told whom there was no place for.
const retryAfter = 5 * time.Second

// take returns when there is a place, which leave gives back.
func (p places) take(ctx context.Context) error {
	select {
	case p.taken <- struct{}{}:
		return nil
	default:
	}
	if p.patience > 0 {
		timer := time.NewTimer(p.patience)
		defer timer.Stop()
		select {
		case p.taken <- struct{}{}:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-timer.C:
		}
	}
	return &relay.Busy{Reason: fmt.Sprintf("%d programs run already (MaxProcesses)", cap(p.taken)), RetryAfter: retryAfter}
}

func (p places) leave() { <-p.taken }
