package storetest_test

import (
	"testing"

	"github.com/gorilla/sessions"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/storetest"
)

// In a test: func TestStore(t *testing.T) { … }
func ExampleRun() {
	var t *testing.T
	storetest.Run(t, func(testing.TB) session.Backend { return &session.Memory{} })
}

// A Manager makes up for some of what a store of gorilla/sessions cannot do by itself:
// on this one it refuses sessions that were destroyed, but cannot merge.
func ExampleRunStore() {
	var t *testing.T
	storetest.RunStore(t, func(tb testing.TB) sessions.Store {
		return sessions.NewFilesystemStore(tb.TempDir(), []byte("an authentication key of 32 bytes"))
	}, session.Revoke|session.RevokeUser)
}
