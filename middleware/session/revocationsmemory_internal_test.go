package session

import (
	"context"
	"testing"
)

// What strangers note when they sign out of sessions of nobody does not push out that a
// user, a stolen session or all from before some time were revoked.
func TestRevocationsOfStrangersGoFirst(t *testing.T) {
	c := &core{limits: limits{idle: defaultIdle, lifetime: defaultLifetime}, events: func(_ context.Context, _ Event) {}}
	l := newMemoryRevocations(100, c.events)
	c.revoked = l
	mallory := &content{id: newID(), subject: "ada"}
	if err := c.revoke(t.Context(), mallory.id); err != nil {
		t.Fatal(err)
	}
	if err := c.revokeUser(t.Context(), "bob", nil); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		st := &state{content: content{id: newID()}, exists: true}
		if err := c.ended(t.Context(), st); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []*content{mallory, {id: newID(), subject: "bob"}} {
		if revoked, _ := l.has(t.Context(), s); !revoked {
			t.Errorf("a session of %s is accepted again", s.subject)
		}
	}
	// Nor does who has an account push out what was said of users.
	for range 1000 {
		if err := c.ended(t.Context(), &state{content: content{id: newID(), subject: "eve"}, exists: true}); err != nil {
			t.Fatal(err)
		}
	}
	if revoked, _ := l.has(t.Context(), &content{id: newID(), subject: "bob"}); !revoked {
		t.Error("a session of bob is accepted again")
	}
	if n := len(l.notes); n > 100 {
		t.Errorf("%d notes", n)
	}
}

// A note that was made anew counts as new, and as one that expires late.
func TestRevocationsMadeAnewAreNew(t *testing.T) {
	l := newMemoryRevocations(3, nil)
	ada := target{subject: "ada"}
	l.put(ada, note{at: 1, until: 100}, 0)
	for _, name := range []string{"b", "c"} {
		l.put(target{subject: name}, note{until: 100}, 0)
	}
	l.put(ada, note{at: 2, until: 200}, 0)
	if dropped, full := l.put(target{subject: "d"}, note{until: 100}, 0); !full || dropped == ada {
		t.Errorf("dropped %v %v", dropped, full)
	}
	if _, full := l.put(target{subject: "e"}, note{until: 300}, 150); full {
		t.Error("full, though all but ada's have expired")
	}
}
