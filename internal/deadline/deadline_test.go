package deadline_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/internal/deadline"
)

func TestEnds(t *testing.T) {
	for name, wait := range map[string]bool{"somebody waits": true, "nobody waits": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := deadline.After(t.Context(), time.Second)
				defer c.Stop()
				if wait {
					<-c.Done()
				} else {
					time.Sleep(time.Second)
				}
				if err := c.Err(); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v", err)
				}
				select {
				case <-c.Done():
				default:
					t.Error("Err is set and Done is open")
				}
			})
		})
	}
}

func TestEndsWithTheOneAround(t *testing.T) {
	for name, wait := range map[string]bool{"somebody waits": true, "nobody waits": false} {
		t.Run(name, func(t *testing.T) {
			around, cancel := context.WithCancel(t.Context())
			c := deadline.After(around, time.Hour)
			defer c.Stop()
			if wait {
				_ = c.Done()
			}
			if err := c.Err(); err != nil {
				t.Errorf("before: %v", err)
			}
			cancel()
			if err := c.Err(); !errors.Is(err, context.Canceled) {
				t.Errorf("after: %v", err)
			}
			<-c.Done()
		})
	}
}

func TestDeadline(t *testing.T) {
	at := time.Now().Add(time.Minute)
	around, cancel := context.WithDeadline(t.Context(), at)
	defer cancel()
	c := deadline.After(around, time.Hour)
	defer c.Stop()
	if got, ok := c.Deadline(); !ok || !got.Equal(at) {
		t.Errorf("%v, want the one around, %v", got, at)
	}
	d := deadline.After(around, time.Second)
	defer d.Stop()
	if got, ok := d.Deadline(); !ok || !got.Before(at) {
		t.Errorf("%v, want its own", got)
	}
}

// Contexts derived from one that was stopped end, and so do their goroutines.
func TestStop(t *testing.T) {
	c := deadline.After(t.Context(), time.Hour)
	child, cancel := context.WithCancel(c)
	defer cancel()
	c.Stop()
	<-child.Done()
	late := deadline.After(t.Context(), time.Hour)
	late.Stop()
	<-late.Done()
}

func TestAllocations(t *testing.T) {
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() { deadline.After(ctx, time.Hour).Stop() }); n > 1 {
		t.Errorf("%v allocations", n)
	}
}
