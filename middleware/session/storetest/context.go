package storetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

func contextChecks() []check {
	return []check{
		{"cancelled before", cancelledBefore},
		{"cancelled in the middle", cancelledMeanwhile},
	}
}

// notSaid reports an answer about the session that a context's end does not give.
func (t *trial) notSaid(what string, err error) {
	t.Helper()
	for _, claim := range []error{session.ErrGone, session.ErrConflict, session.ErrFull} {
		if errors.Is(err, claim) {
			t.Errorf("%s with a cancelled context: got %v: a client that left says nothing about its session", what, err)
		}
	}
}

// cancelledBefore: the operation works or fails, and says nothing wrong about the
// session.
func cancelledBefore(t *trial) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	id, r := t.create("", "old")
	got, err := t.backend.Load(ctx, id)
	if t.notSaid("Load", err); err == nil {
		t.wantRecord("loaded with a cancelled context", got, r)
	}
	t.notSaid("Touch", t.backend.Touch(ctx, id, r.Expires))
	changed := r
	changed.Data = "new"
	changed.Version, err = t.backend.Save(ctx, id, changed)
	if t.notSaid("Save", err); err == nil {
		r = changed
	}
	t.wantSaved(id, r, changed.Data)
	err = t.backend.Delete(ctx, id)
	if t.notSaid("Delete", err); err == nil {
		t.wantGone("a session deleted with a cancelled context", id, r, whyZombie)
	}
}

// wantSaved returns what is stored, which must be r or, if that was not known to be
// stored, an update of it with data.
func (t *trial) wantSaved(id session.ID, r session.Record, data string) session.Record {
	t.Helper()
	got := t.load(id)
	if got.Version > r.Version && got.Data == data {
		got.Expires, r.Expires = time.Time{}, time.Time{}
		r.Version, r.Data, r.Subject = got.Version, got.Data, got.Subject
	}
	got.Expires, r.Expires = time.Time{}, time.Time{}
	t.wantRecord("after an operation that was cancelled", got, r)
	return got
}

// cancelledMeanwhile ends the context at a time of its own in each save.
func cancelledMeanwhile(t *trial) {
	subjects := [2]string{newSubject(), newSubject()}
	id, r := t.create(subjects[0], "0")
	for n := 1; n <= 60; n++ {
		next := r
		next.Data, next.Subject, next.Expires = fmt.Sprint(n), subjects[n%2], time.Now().Add(hour)
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n%20)*50*time.Microsecond)
		version, err := t.backend.Save(ctx, id, next)
		cancel()
		if t.notSaid("Save", err); err == nil {
			r = next
			r.Version = version
		}
		stored := t.wantSaved(id, r, next.Data)
		want := r.Subject
		if stored.Data == next.Data {
			want = next.Subject
		}
		if stored.Subject != want {
			t.Fatalf("data %s has the subject of other data", stored.Data)
		}
		if _, ok := t.backend.(session.Lister); ok {
			for _, subject := range subjects {
				if subject == stored.Subject {
					t.wantListed("the subject after a cancelled save", subject, stored.Data)
				} else {
					t.wantListed("the other subject after a cancelled save", subject)
				}
			}
		}
		stored.Expires = r.Expires
		r = stored
	}
}
