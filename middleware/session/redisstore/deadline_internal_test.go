package redisstore

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// Every operation gets the timeout and not much more, or what the request has left.
func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := deadlines{timeout: 800 * time.Millisecond}
		for range 40 {
			for _, left := range []time.Duration{0, 300 * time.Millisecond, time.Hour} {
				ctx, cancel := t.Context(), context.CancelFunc(func() {})
				if left > 0 {
					ctx, cancel = context.WithTimeout(ctx, left)
				}
				least, most := 800*time.Millisecond, 900*time.Millisecond
				if left > 0 && left < least {
					least, most = left, left
				}
				began := time.Now()
				bound, stop := d.within(ctx)
				end, ok := bound.Deadline()
				if got := end.Sub(began); !ok || got < least || got > most {
					t.Errorf("with %v left: %v, want %v to %v", left, got, least, most)
				}
				stop()
				cancel()
			}
			time.Sleep(37 * time.Millisecond)
		}
		bound, stop := d.within(t.Context())
		defer stop()
		began := time.Now()
		<-bound.Done()
		if took := time.Since(began); took > 900*time.Millisecond {
			t.Errorf("it ended after %v", took)
		}
		if bound, stop := d.within(t.Context()); bound.Err() != nil {
			t.Error("what begins after the end of another has ended")
		} else {
			stop()
		}
	})
}

// A request that ends does not take along what others wait for.
func TestDeadlines_Cancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := deadlines{timeout: time.Second}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		_, stop := d.within(ctx)
		bound, stopOther := d.within(t.Context())
		defer stopOther()
		stop()
		cancel()
		if bound.Err() != nil {
			t.Error("an operation ended with another")
		}
	})
}
