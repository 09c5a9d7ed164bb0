package session

import (
	"testing"
	"testing/synctest"
	"time"
)

// A revocation ends what began before it by the clocks of other processes, too, which may
// be fast by clockSkew.
func TestRevokeUserClockSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &core{limits: limits{idle: defaultIdle, lifetime: defaultLifetime}, revoked: newMemoryRevocations(10, nil)}
		if err := c.revokeUser(t.Context(), "ada", nil); err != nil {
			t.Fatal(err)
		}
		now := time.Now().Unix()
		for ahead, want := range map[int64]bool{-60: true, 0: true, clockSkew: true, clockSkew + 1: false} {
			revoked, err := c.revoked.has(t.Context(), &content{id: newID(), subject: "ada", created: now + ahead})
			if err != nil || revoked != want {
				t.Errorf("a session that began %d s ahead: revoked %t, %v; want %t", ahead, revoked, err, want)
			}
		}
	})
}
