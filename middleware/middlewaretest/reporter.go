package middlewaretest

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// reporter is what the suite uses of *testing.T, so that it can be pointed at layers
// that have to fail.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Failed() bool
	Cleanup(func())
	sub(name string, f func(reporter)) bool
}

type gotest struct{ *testing.T }

func (t gotest) sub(name string, f func(reporter)) bool {
	t.Helper()
	return t.Run(name, func(t *testing.T) { f(gotest{t}) })
}

// trial is one check on one layer.
type trial struct {
	reporter
	suite Suite
	layer func(http.Handler) http.Handler
	proto protocol
}

// fail reports one broken expectation.
func (t *trial) fail(want, got, why string) {
	t.Helper()
	t.Errorf("\n    expected: %s\n    happened: %s\n    why:      %s", want, got, why)
}

// failf is fail with a formatted account of what happened.
func (t *trial) failf(want, why, got string, args ...any) {
	t.Helper()
	t.fail(want, fmt.Sprintf(got, args...), why)
}

// withCodings runs f as a subtest for each content coding a client may ask for: many layers
// take another path for each.
func (t *trial) withCodings(f func(t *trial, accept string)) {
	for _, c := range []struct{ name, accept string }{{"identity", ""}, {"gzip", "gzip"}} {
		t.sub(c.name, func(r reporter) {
			inner := *t
			inner.reporter = r
			f(&inner, c.accept)
		})
	}
}

// soon waits for something that should be there at once.
func soon[T any](t *trial, from <-chan T) (v T, ok bool) {
	timer := time.NewTimer(t.suite.patience)
	defer timer.Stop()
	select {
	case v = <-from:
		return v, true
	case <-timer.C:
		return v, false
	}
}

// eventually reports whether done becomes true while it is worth waiting.
func (t *trial) eventually(done func() bool) bool {
	for deadline := time.Now().Add(t.suite.patience); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}
