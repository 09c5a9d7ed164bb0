package redisstore

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// A context that is derived from a deadline ends with it, also when the deadline was
// stopped before its time, or before anybody waited for it.
func TestDeadline(t *testing.T) {
	for _, test := range []struct {
		name   string
		end    func(*deadline)
		before bool // somebody waits before the end
		want   error
	}{
		{"stopped", (*deadline).stop, true, context.Canceled},
		{"stopped before anybody waits", (*deadline).stop, false, context.Canceled},
		{"time is up", func(d *deadline) { time.Sleep(time.Second) }, true, context.DeadlineExceeded},
		{"time is up before anybody waits", func(d *deadline) { time.Sleep(time.Second) }, false, context.DeadlineExceeded},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := within(t.Context(), time.Second)
				if err := d.Err(); err != nil {
					t.Errorf("at the beginning: %v", err)
				}
				var derived context.Context
				cancel := func() {}
				derive := func() { derived, cancel = context.WithCancel(struct{ context.Context }{d}) }
				if test.before {
					derive()
				}
				test.end(d)
				if !test.before {
					derive()
				}
				defer cancel()
				<-derived.Done()
				if err := derived.Err(); !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
				d.stop()
			})
		})
	}
}
