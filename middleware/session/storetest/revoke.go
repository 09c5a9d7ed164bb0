package storetest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

const (
	whyRevoked  = "who was signed out everywhere would still be signed in"
	whyExcepted = "signing out the other devices would sign out this one"
	whyLater    = "signing in again would not work"
)

func revokeChecks() []check {
	return []check{
		{"all of the subject", revokeAll},
		{"nobody there", revokeNobody},
		{"except", revokeExcept},
		{"an exception revives nothing", revokeExceptDead},
		{"signed in later", revokeLater},
		{"subjects before", revokeMoved},
		{"a save on its way", revokeStale},
		{"thousand sessions", revokeThousand},
		{"under load", revokeUnderLoad},
		{"beside logins", revokeBesideLogins},
		{"two at once", revokeTwice},
	}
}

// revoker returns the backend as a Revoker, and skips the check where it is none.
func (t *trial) revoker() session.Revoker {
	t.Helper()
	b, ok := t.backend.(session.Revoker)
	if !ok {
		t.Skipf("%T is no session.Revoker", t.backend)
	}
	return b
}

func (t *trial) revoke(subject string, except ...session.ID) {
	t.Helper()
	if err := t.revoker().Revoke(t.Context(), subject, except...); err != nil {
		t.Fatalf("Revoke: %v", err)
	}
}

// wantAlive reports a session that cannot be loaded, touched and saved. It returns
// the record as it is then.
func (t *trial) wantAlive(what string, id session.ID, why string) session.Record {
	t.Helper()
	r, err := t.backend.Load(t.Context(), id)
	t.wantErr("Load of "+what, err, nil, why)
	if err != nil {
		return r
	}
	r.Expires = time.Now().Add(hour)
	t.wantErr("Touch of "+what, t.backend.Touch(t.Context(), id, r.Expires), nil, why)
	v, err := t.backend.Save(t.Context(), id, r)
	t.wantErr("Save of "+what, err, nil, why)
	r.Version = v
	return r
}

func revokeAll(t *trial) {
	t.revoker()
	ada, bob := newSubject(), newSubject()
	var ids []session.ID
	var records []session.Record
	for n := range 10 {
		id, r := t.create(ada, fmt.Sprint(n))
		if n%2 == 0 {
			r = t.save(id, r)
		}
		ids, records = append(ids, id), append(records, r)
	}
	other, _ := t.create(bob, "bob")
	nobody, _ := t.create("", "nobody")
	longer, _ := t.create(ada+"x", "a longer name")
	t.revoke(ada)
	for i, id := range ids {
		t.wantGone("a revoked session", id, records[i], whyRevoked)
		t.wantErr("Delete of a revoked session", t.backend.Delete(t.Context(), id), nil, "a logout after it is no failure")
		t.wantGone("a revoked session that was deleted", id, records[i], whyRevoked)
	}
	for what, id := range map[string]session.ID{"another subject's session": other, "nobody's session": nobody, "a similar subject's session": longer} {
		t.wantAlive(what, id, "Revoke would sign out strangers")
	}
	if _, ok := t.backend.(session.Lister); ok {
		t.wantListed("who was revoked", ada)
		t.wantListed("bob", bob, "bob")
	}
}

func revokeNobody(t *trial) {
	ada := newSubject()
	t.revoke(ada)
	t.revoke(ada, newID())
	id, _ := t.create(ada, "x")
	t.wantAlive("a session signed in after a Revoke", id, whyLater)
	id, _ = t.create("", "x")
	t.revoke("")
	t.wantAlive("a session that signs nobody in, after a Revoke of nobody", id, "it would end everybody's first visit")
}

func revokeExcept(t *trial) {
	ada := newSubject()
	var kept []session.ID
	for n := range 3 {
		id, _ := t.create(ada, fmt.Sprint("kept ", n))
		kept = append(kept, id)
	}
	id, r := t.create(ada, "ended")
	t.revoke(ada, append(slices.Clone(kept), newID())...)
	t.wantGone("a session that is no exception", id, r, whyRevoked)
	for _, id := range kept {
		t.wantAlive("an exception", id, whyExcepted)
	}
	if _, ok := t.backend.(session.Lister); ok {
		t.wantListed("the exceptions", ada, "kept 0", "kept 1", "kept 2")
	}
	t.revoke(ada, kept[0])
	t.wantAlive("an exception twice", kept[0], whyExcepted)
	last := t.load(kept[0])
	for _, id := range kept[1:] {
		t.wantGone("an exception of the Revoke before", id, last, whyRevoked)
	}
	t.revoke(ada)
	t.wantGone("an exception of the Revoke before", kept[0], last, whyRevoked)
}

// revokeExceptDead names sessions that have ended as exceptions.
func revokeExceptDead(t *trial) {
	ada, bob := newSubject(), newSubject()
	first, f := t.create(ada, "first")
	second, s := t.create(ada, "second")
	deleted, d := t.create(ada, "deleted")
	others, _ := t.create(bob, "bob")
	t.wantErr("Delete", t.backend.Delete(t.Context(), deleted), nil, "")
	t.revoke(ada, first)
	t.revoke(ada, second, deleted, others)
	t.wantGone("the exception of the first Revoke", first, f, whyRevoked)
	t.wantGone("what the first Revoke ended", second, s, whyRevoked)
	t.wantGone("a deleted session", deleted, d, whyZombie)
	t.wantAlive("an exception of another subject", others, whyExcepted)
	t.revoke(ada)
	t.wantAlive("an earlier exception of another subject", others, whyExcepted)
	t.revoke(bob)
	_, err := t.backend.Load(t.Context(), others)
	t.wantErr("Load of bob's session", err, session.ErrGone, whyRevoked)
}

// revokeLater signs in right after each Revoke: within its millisecond, mostly.
func revokeLater(t *trial) {
	ada := newSubject()
	before, b := t.create("", "from before")
	t.create(ada, "ended")
	t.revoke(ada)
	b.Subject = ada
	b = t.save(before, b)
	b = t.wantAlive("a session from before that is signed in later", before, whyLater)
	for n := range 20 {
		id, r := t.create(ada, fmt.Sprint(n))
		t.save(id, r)
		r = t.wantAlive("a session signed in later", id, whyLater)
		t.revoke(ada)
		t.wantGone("a session signed in between", id, r, whyRevoked)
	}
	t.wantGone("the session from before", before, b, whyRevoked)
}

// revokeMoved has sessions whose subject was another one, or will be.
func revokeMoved(t *trial) {
	ada, bob := newSubject(), newSubject()
	id, r := t.create(ada, "x")
	r.Subject = bob
	r = t.save(id, r)
	t.revoke(ada)
	r = t.wantAlive("a session that went to another subject before", id, "Revoke would sign out strangers")
	r.Subject = ada
	r = t.save(id, r)
	r = t.wantAlive("a session that came back after", id, whyLater)
	t.revoke(bob)
	r = t.wantAlive("a session that left before", id, "Revoke would sign out strangers")
	r.Subject = ""
	r = t.save(id, r)
	t.revoke(ada)
	r = t.wantAlive("a session that signs nobody in any more", id, "Revoke would end what is no login")
	r.Subject = bob
	r = t.save(id, r)
	t.revoke(bob)
	t.wantGone("a session that was signed in again", id, r, whyRevoked)
}

// revokeStale saves what was loaded before: as the same subject again, which is a login
// that ran at the same time, as another, and as nobody.
func revokeStale(t *trial) {
	t.revoker()
	ada, bob := newSubject(), newSubject()
	for _, subject := range []string{ada, bob, ""} {
		id, r := t.create(ada, "x")
		t.revoke(ada)
		stale := r
		stale.Subject = subject
		_, err := t.backend.Save(t.Context(), id, stale)
		t.wantErr("Save of a revoked session with another subject", err, session.ErrGone, whyRevoked)
		t.wantGone("a revoked session", id, r, whyRevoked)
	}
	id, r := t.create("", "anonymous") // and one that Revoke does not concern
	t.revoke(ada)
	r.Subject = ada
	t.save(id, r)
	t.wantAlive("a login based on what was loaded before", id, whyLater)
}

func revokeThousand(t *trial) {
	t.revoker()
	ada := newSubject()
	ids := make([]session.ID, 1000)
	together(25, func(i int) {
		for n := i; n < len(ids); n += 25 {
			ids[n] = newID()
			if _, err := t.backend.Save(t.Context(), ids[n], record(ada, fmt.Sprint(n))); err != nil {
				t.Errorf("create: %v", err)
				return
			}
		}
	})
	if t.Failed() {
		return
	}
	if _, ok := t.backend.(session.Lister); ok {
		if n := len(t.listed(ada)); n != len(ids) {
			t.Errorf("%d sessions listed, want %d", n, len(ids))
		}
	}
	t.revoke(ada, ids[500])
	alive := 0
	for _, id := range ids {
		if _, err := t.backend.Load(t.Context(), id); err == nil {
			alive++
		}
	}
	if alive != 1 {
		t.Errorf("%d of %d sessions are alive, want the one exception: %s", alive, len(ids), whyRevoked)
	}
	t.wantAlive("the exception", ids[500], whyExcepted)
	if _, ok := t.backend.(session.Lister); ok {
		t.wantListed("the exception", ada, "500")
	}
}

// revokeUnderLoad: none of the sessions that existed is alive afterwards, however many
// requests use them meanwhile, but for the exception.
func revokeUnderLoad(t *trial) {
	t.revoker()
	for range 3 {
		ada := newSubject()
		var ids []session.ID
		var records []session.Record
		for n := range 32 {
			id, r := t.create(ada, fmt.Sprint(n))
			ids, records = append(ids, id), append(records, r)
		}
		kept, _ := t.create(ada, "kept")
		stop, busy := t.keepUsing(append(slices.Clone(ids), kept))
		time.Sleep(5 * time.Millisecond)
		err := t.revoker().Revoke(t.Context(), ada, kept)
		alive := 0
		for _, id := range ids {
			if _, err := t.backend.Load(t.Context(), id); err == nil {
				alive++
			}
		}
		close(stop)
		busy.Wait()
		t.wantErr("Revoke beside saves", err, nil, "")
		if alive > 0 {
			t.Errorf("%d of %d sessions are alive after Revoke returned: %s", alive, len(ids), whyRevoked)
		}
		for i, id := range ids {
			t.wantGone("a session revoked beside saves", id, records[i], whyRevoked)
		}
		r := t.wantAlive("the exception", kept, whyExcepted)
		t.revoke(ada)
		t.wantGone("the former exception", kept, r, whyRevoked)
	}
}

// revokeBesideLogins: who signs in while Revoke runs may be signed out or not; who
// signs in afterwards may not, and who did before must.
func revokeBesideLogins(t *trial) {
	t.revoker()
	ada := newSubject()
	for range 3 {
		var mu sync.Mutex
		var before, after []session.ID
		revoking, revoked := make(chan struct{}), make(chan struct{})
		ended := func(c chan struct{}) bool {
			select {
			case <-c:
				return true
			default:
				return false
			}
		}
		var busy sync.WaitGroup
		for g := range 32 {
			busy.Go(func() {
				for mine := 0; mine < 3; {
					id, later := newID(), ended(revoked)
					r := record(ada, "x")
					if g%2 == 0 { // a session that is there before it is signed in
						r.Subject = ""
					}
					v, err := t.backend.Save(t.Context(), id, r)
					if err == nil && g%2 == 0 {
						r.Version, r.Subject = v, ada
						_, err = t.backend.Save(t.Context(), id, r)
					}
					if err != nil {
						t.Errorf("login beside Revoke: %v", err)
						return
					}
					mu.Lock()
					if later {
						after, mine = append(after, id), mine+1
					} else if !ended(revoking) {
						before = append(before, id)
					}
					mu.Unlock()
				}
			})
		}
		time.Sleep(5 * time.Millisecond)
		// From here on who is not in the list may be too late for it.
		close(revoking)
		err := t.revoker().Revoke(t.Context(), ada)
		close(revoked)
		busy.Wait()
		t.wantErr("Revoke beside logins", err, nil, "")
		for _, id := range before {
			_, err := t.backend.Load(t.Context(), id)
			t.wantErr("Load of a session from before", err, session.ErrGone, whyRevoked)
		}
		for _, id := range after {
			t.wantAlive("a session from after", id, whyLater)
		}
		t.revoke(ada)
	}
}

// revokeTwice: two devices that sign out all others at once end each other as well.
func revokeTwice(t *trial) {
	t.revoker()
	for range 10 {
		ada := newSubject()
		var ids [3]session.ID
		var records [3]session.Record
		for n := range ids {
			ids[n], records[n] = t.create(ada, fmt.Sprint(n))
		}
		together(2, func(i int) {
			if err := t.revoker().Revoke(t.Context(), ada, ids[i]); err != nil {
				t.Errorf("Revoke: %v", err)
			}
		})
		for n := range ids {
			t.wantGone("a session that one of two Revokes ended", ids[n], records[n], whyRevoked)
		}
	}
}
