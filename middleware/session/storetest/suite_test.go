package storetest_test

import (
	"testing"

	"github.com/gorilla/sessions"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/storetest"
)

const everything = session.Merge | session.Revoke | session.RevokeUser | session.List

// One store for all checks will do. TestMemoryStore of session opens one for each.
func TestModel(t *testing.T) {
	t.Parallel() // they mostly wait
	m := newModel()
	storetest.Run(t, func(testing.TB) session.Backend { return m })
}

// A server store is a store of gorilla/sessions as well.
func TestRunStoreOnServerStore(t *testing.T) {
	t.Parallel() // they mostly wait
	storetest.RunStore(t, func(testing.TB) sessions.Store {
		return session.NewServerStore(newModel())
	}, everything)
}

// TestBrokenBackends points the suite at backends that are wrong in one way each.
func TestBrokenBackends(t *testing.T) {
	for _, b := range brokenBackends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel() // they mostly wait
			failures := storetest.BackendFailures(t, func() session.Backend {
				h := b.hooks
				h.model = newModel()
				return &h
			}, b.want...)
			wantFailures(t, failures, b.want)
		})
	}
}

func TestBrokenEpochs(t *testing.T) {
	for _, b := range brokenEpochs {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			checks := b.want
			if len(checks) == 0 {
				checks = revokeNames
			}
			failures := storetest.BackendFailures(t, func() session.Backend {
				e := newEpochs()
				b.fault(e)
				return struct { // List is the model's, and does not know of epochs
					session.Backend
					session.Revoker
				}{e, e}
			}, checks...)
			wantFailures(t, failures, b.want)
		})
	}
}

// TestPlainBackend: what a backend is not asked to do is skipped, not failed.
func TestPlainBackend(t *testing.T) {
	checks := append([]string{
		"list/live sessions of the subject", "list/beside saves", "content/subjects of any bytes",
		"context/cancelled in the middle", "manager/list", "manager/revoke by user", "manager/revoke by handle",
	}, revokeNames...)
	wantFailures(t, storetest.BackendFailures(t, func() session.Backend {
		return struct{ session.Backend }{newModel()}
	}, checks...), nil)
}

// wantFailures reports checks that should have failed and did not, and the reverse.
func wantFailures(t *testing.T, failures map[string][]string, want []string) {
	t.Helper()
	for _, check := range want {
		if len(failures[check]) == 0 {
			t.Errorf("%q did not fail", check)
		}
		for _, text := range failures[check][:min(1, len(failures[check]))] {
			t.Logf("%s: %.200s", check, text)
		}
		delete(failures, check)
	}
	for check, texts := range failures {
		t.Errorf("%q failed: %q", check, texts)
	}
}

func TestBrokenStores(t *testing.T) {
	for _, b := range brokenStores {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			open := func() sessions.Store {
				return &named{fault: b.fault, stored: make(map[string]map[any]any)}
			}
			if len(b.want) == 0 {
				storetest.RunStore(t, func(testing.TB) sessions.Store { return open() }, b.can)
				return
			}
			wantFailures(t, storetest.StoreFailures(t, open, b.can, b.want...), b.want)
		})
	}
}
