package session_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

// Sessions of people who asked to be kept signed in do not keep expired ones of others in
// the store until it is full.
func TestMemoryLetsGoOfExpiredBehindLongLived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 2000
		m := &session.Memory{MaxSessions: most}
		create := func(i, round int, life time.Duration) error {
			id := session.ID{byte(i), byte(i >> 8), byte(round)}
			_, err := m.Save(t.Context(), id, session.Record{Subject: "ada", Expires: time.Now().Add(life), Data: "x"})
			return err
		}
		for i := range 64 { // one in each shard, and never used again
			want(t, "long-lived", create(i, 0, 1000*time.Hour), nil)
		}
		for round := 1; round <= 10; round++ {
			for i := range most - 64 {
				if err := create(i, round, time.Hour); err != nil {
					t.Fatalf("round %d, session %d: %v, though all but 64 have expired; Len %d", round, i, err, m.Len())
				}
			}
			time.Sleep(2 * time.Hour)
		}
	})
}
