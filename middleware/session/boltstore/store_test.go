package boltstore_test

import (
	"path/filepath"
	"testing"

	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/boltstore"
	"github.com/surcoat/surcoat/middleware/session/storetest"
)

// open opens the file that c names, or a new one, until the test ends.
func open(tb testing.TB, c boltstore.Config) *boltstore.Store {
	tb.Helper()
	if c.Path == "" {
		c.Path = filepath.Join(tb.TempDir(), "sessions.db")
	}
	s, err := boltstore.Open(tb.Context(), c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(tb testing.TB) session.Backend { return open(tb, boltstore.Config{}) })
}
