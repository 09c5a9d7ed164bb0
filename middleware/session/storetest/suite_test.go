package storetest_test

import (
	"testing"

	"github.com/gorilla/sessions"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/storetest"
)

const everything = session.Merge | session.Revoke | session.RevokeUser | session.List

func TestModel(t *testing.T) {
	storetest.Run(t, func(testing.TB) session.Backend { return newModel() })
}

// One store for all checks will do.
func TestSharedModel(t *testing.T) {
	m := newModel()
	storetest.Run(t, func(testing.TB) session.Backend { return m })
}

// A server store is a store of gorilla/sessions as well.
func TestRunStoreOnServerStore(t *testing.T) {
	storetest.RunStore(t, func(testing.TB) sessions.Store {
		return session.NewServerStore(newModel())
	}, everything)
}
