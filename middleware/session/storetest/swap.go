package storetest

import (
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

const (
	whyLost   = "two requests that change one session would overwrite each other"
	whyZombie = "a slow request would bring back a session that was destroyed"
)

func swapChecks() []check {
	return []check{
		{"nothing is there", nothingThere},
		{"create only once", createOnce},
		{"update what it is based on", updateVersions},
		{"touch leaves version and data", touchLeaves},
		{"delete", deleteEnds},
	}
}

func nothingThere(t *trial) {
	id, r := newID(), record("", "x")
	for _, r.Version = range []uint64{1, 2, 1 << 40} {
		t.wantGone("a session that never was", id, r, whyZombie)
	}
	t.wantErr("Delete of a session that never was", t.backend.Delete(t.Context(), id), nil, "a second logout is no failure")
	_, err := t.backend.Load(t.Context(), id)
	t.wantErr("Load after a Save and a Touch that were refused", err, session.ErrGone, whyZombie)
}

func createOnce(t *trial) {
	id, r := t.create("", "first")
	for range 2 {
		_, err := t.backend.Save(t.Context(), id, record("mallory", "second"))
		t.wantErr("Save with version 0 of a session that exists", err, session.ErrConflict, whyLost)
	}
	t.wantRecord("after a second create", t.load(id), r)
}

func updateVersions(t *trial) {
	id, r := t.create("", "first")
	old := r
	r.Data, r.Expires = "second, and longer", r.Expires.Add(time.Minute)
	r = t.save(id, r)
	t.wantRecord("after an update", t.load(id), r)
	third := r
	third.Data = "3rd"
	third = t.save(id, third)
	t.wantRecord("after another", t.load(id), third)
	for _, v := range []uint64{old.Version, r.Version, third.Version + 1, third.Version + 1000} {
		stale := record("mallory", "stale")
		stale.Version = v
		_, err := t.backend.Save(t.Context(), id, stale)
		t.wantErr("Save with a version that is not the stored one", err, session.ErrConflict, whyLost)
	}
	t.wantRecord("after saves that were refused", t.load(id), third)
}

func touchLeaves(t *trial) {
	id, r := t.create("", "data")
	for _, by := range []time.Duration{2 * time.Hour, time.Minute} {
		r.Expires = time.Now().Add(by)
		t.wantErr("Touch", t.backend.Touch(t.Context(), id, r.Expires), nil, "")
		t.wantRecord("after a Touch", t.load(id), r)
	}
	r.Data = "changed"
	r = t.save(id, r) // the version is still good
	t.wantRecord("saved after a Touch", t.load(id), r)
}

func deleteEnds(t *trial) {
	id, r := t.create("", "data")
	other, o := t.create("", "another")
	t.wantRecord("loaded before", t.load(id), r) // and cached by a backend that does
	for range 2 {
		t.wantErr("Delete", t.backend.Delete(t.Context(), id), nil, "a second logout is no failure")
		t.wantGone("a deleted session", id, r, whyZombie)
	}
	t.wantRecord("another session", t.load(other), o)
	r = t.save(id, record("", "anew"))
	t.wantRecord("created anew", t.load(id), r)
}
