package session_test

import (
	"testing"

	"github.com/gorilla/sessions"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/storetest"
)

func TestMemoryStore(t *testing.T) {
	storetest.Run(t, func(testing.TB) session.Backend { return &session.Memory{} })
}

// The column "other stores" of the package doc's table.
func TestOtherStores(t *testing.T) {
	for _, kind := range []string{gcookie, gfiles} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel() // they mostly wait
			storetest.RunStore(t, func(tb testing.TB) sessions.Store { return newStore(tb, kind) }, session.Revoke|session.RevokeUser)
		})
	}
}
