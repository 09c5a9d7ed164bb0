// Package storetest checks that a store keeps what package session builds on it.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(tb testing.TB) session.Backend {
//			return open(tb) // closed by tb.Cleanup
//		})
//	}
//
// [Run] is for a [session.Backend]: first the backend by itself, then sites whose
// [session.Manager] stands on it. [RunStore] is the second half for any store of
// github.com/gorilla/sessions. The numbers in the names of the checks are those of
// the behaviours that package session is built to:
//
//	TestStore/manager/10_no_update_is_lost
//
// The store may be new at every call or always the same, and others may use it
// meanwhile: sessions and subjects have random names, and the suite looks at no
// others. It needs room for some 2,000 sessions at a time and a record of 1 MiB, and a
// clock that agrees with the test's to a few milliseconds. Sessions that it leaves
// behind expire within an hour.
//
// Time is real: a run waits some eight seconds for sessions to end. Under -race it finds
// data races of the store as well. It does not look at durability, at what happens when
// a server behind the store fails, or at speed.
package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/gorilla/sessions"
	"github.com/surcoat/surcoat/middleware/session"
)

// Run checks the backends that open returns: one for each check, which is a subtest of
// t. What needs a [session.Lister] or a [session.Revoker] is skipped where the backend is
// none.
func Run(t *testing.T, open func(testing.TB) session.Backend) {
	t.Helper()
	suite{patience: 10 * time.Second}.backend(gotest{t}, open)
}

// RunStore checks the stores that open returns: one for each check, which is a subtest of
// t. can is what a [session.Manager] is able to do on the store. What it names must
// hold; where it does not name something, the store must behave as the table in the
// documentation of package session says of such a store.
func RunStore(t *testing.T, open func(testing.TB) sessions.Store, can session.Capability) {
	t.Helper()
	suite{patience: 10 * time.Second}.store(gotest{t}, open, can)
}

// behaviour is a group of checks.
type behaviour struct {
	name   string
	checks []check
}

// check is one experiment on a store.
type check struct {
	name string
	run  func(*trial)
}

// onBackend are the checks that need no Manager, in the order in which they are best
// read: what fails early often explains what fails later.
func onBackend() []behaviour {
	return []behaviour{
		{"swap", swapChecks()},
		{"expiry", expiryChecks()},
		{"content", contentChecks()},
		{"parallel", parallelChecks()},
		{"context", contextChecks()},
		{"list", listChecks()},
		{"revoke", revokeChecks()},
	}
}

// onManager are the checks of a site whose Manager has the store, and those in more.
func onManager(more []check) behaviour {
	return behaviour{"manager", slices.Concat(responseChecks(), concurrencyChecks(), identityChecks(), deviceChecks(), more)}
}

// suite is a run.
type suite struct {
	patience time.Duration
	skip     func(check string) bool // for tests of the suite; may be nil
}

func (s suite) backend(t reporter, open func(testing.TB) session.Backend) {
	t.Helper()
	s.run(t, append(onBackend(), onManager(recordChecks())), func(t *trial) {
		t.backend = open(t)
		t.store = session.NewServerStore(t.backend)
		t.watched = func(w *watch) sessions.Store {
			return session.NewServerStore(&watchedBackend{t.backend, w})
		}
		t.can = session.Merge | session.Revoke
		if _, ok := t.backend.(session.Lister); ok {
			t.can |= session.List
		}
		if _, ok := t.backend.(session.Revoker); ok {
			t.can |= session.RevokeUser
		}
	})
}

func (s suite) store(t reporter, open func(testing.TB) sessions.Store, can session.Capability) {
	t.Helper()
	s.run(t, []behaviour{onManager(elsewhereChecks())}, func(t *trial) {
		t.store, t.can = open(t), can
		t.watched = func(w *watch) sessions.Store { return &watchedStore{t.store, w} }
	})
}

// run makes each check a subtest, on what open puts into its trial.
func (s suite) run(t reporter, all []behaviour, open func(*trial)) {
	t.Helper()
	for _, b := range all {
		t.sub(b.name, func(t reporter) {
			for _, c := range b.checks {
				if s.skip != nil && s.skip(b.name+"/"+c.name) {
					continue
				}
				t.sub(c.name, func(r reporter) {
					t := &trial{reporter: r, patience: s.patience}
					open(t)
					c.run(t)
				})
			}
		})
	}
}
