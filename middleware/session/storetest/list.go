package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

const whyListed = "a page of somebody's devices would show what is not so"

func listChecks() []check {
	return []check{
		{"live sessions of the subject", listLive},
		{"as they were saved", listRecords},
		{"another subject", listMoved},
		{"deleted and expired ones are missing", listEnded},
		{"nobody has none", listNobody},
		{"the loop ends early", listBreak},
		{"the backend is used in the loop", listNested},
		{"cancelled", listCancelled},
		{"beside saves", listBesideSaves},
	}
}

// lister returns the backend as a Lister, and skips the check where it is none.
func (t *trial) lister() session.Lister {
	t.Helper()
	b, ok := t.backend.(session.Lister)
	if !ok {
		t.Skipf("%T is no session.Lister", t.backend)
	}
	return b
}

// listed returns the sessions of subject by their data, which the checks keep apart.
func (t *trial) listed(subject string) (data []string) {
	t.Helper()
	for r, err := range t.lister().List(t.Context(), subject) {
		if err != nil {
			t.Fatalf("List: %v", err)
		}
		if r.Subject != subject {
			t.Errorf("the list of %.40q has a record of %.40q", subject, r.Subject)
		}
		data = append(data, r.Data)
	}
	slices.Sort(data)
	return data
}

func (t *trial) wantListed(what, subject string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := t.listed(subject); !slices.Equal(got, want) {
		t.Errorf("sessions of %s: got %q, want %q: %s", what, got, want, whyListed)
	}
}

func listLive(t *trial) {
	t.lister()
	ada, bob := newSubject(), newSubject()
	t.wantListed("nobody yet", ada)
	for n := range 5 {
		t.create(ada, fmt.Sprint("ada ", n))
	}
	t.create(bob, "bob")
	t.create("", "nobody")
	t.create(ada+"x", "a longer name")
	t.create(ada[:len(ada)-1], "a shorter name")
	t.wantListed("ada", ada, "ada 0", "ada 1", "ada 2", "ada 3", "ada 4")
	t.wantListed("bob", bob, "bob")
}

func listRecords(t *trial) {
	t.lister()
	ada := newSubject()
	id, r := t.create(ada, "first")
	r.Data = "second"
	r = t.save(id, r)
	r.Expires = r.Expires.Add(time.Minute)
	t.wantErr("Touch", t.backend.Touch(t.Context(), id, r.Expires), nil, "")
	for got, err := range t.lister().List(t.Context(), ada) {
		if err != nil {
			t.Fatalf("List: %v", err)
		}
		t.wantRecord("as listed", got, r)
	}
	t.wantListed("ada", ada, "second")
}

func listMoved(t *trial) {
	t.lister()
	ada, bob := newSubject(), newSubject()
	t.create(ada, "stays")
	id, r := t.create("", "moves")
	for _, step := range []struct {
		to       string
		ada, bob []string
	}{
		{ada, []string{"moves", "stays"}, nil},
		{bob, []string{"stays"}, []string{"moves"}},
		{"", []string{"stays"}, nil},
		{bob, []string{"stays"}, []string{"moves"}},
		{ada, []string{"moves", "stays"}, nil},
	} {
		r.Subject = step.to
		r = t.save(id, r)
		t.wantListed("ada", ada, step.ada...)
		t.wantListed("bob", bob, step.bob...)
	}
}

func listEnded(t *trial) {
	t.lister()
	ada := newSubject()
	t.create(ada, "stays")
	deleted, _ := t.create(ada, "deleted")
	expires, touched := newID(), newID()
	r := record(ada, "expires")
	r.Expires = time.Now().Add(200 * time.Millisecond)
	t.save(expires, r)
	shortened, s := t.create(ada, "shortened")
	s.Expires = r.Expires
	t.wantErr("Touch", t.backend.Touch(t.Context(), shortened, s.Expires), nil, "")
	r.Data = "extended"
	t.save(touched, r)
	t.wantErr("Touch", t.backend.Touch(t.Context(), touched, time.Now().Add(hour)), nil, "")
	t.wantErr("Delete", t.backend.Delete(t.Context(), deleted), nil, "")
	for _, data := range t.listed(ada) {
		if data == "deleted" {
			t.Errorf("a deleted session is listed: %s", whyListed)
		}
	}
	until(r)
	t.wantListed("ada", ada, "extended", "stays")
	t.create(ada, "later")
	t.wantListed("ada", ada, "extended", "later", "stays")
}

// listNobody: a session without a subject belongs to nobody who could list it.
func listNobody(t *trial) {
	t.lister()
	t.create("", "anonymous")
	for r, err := range t.lister().List(t.Context(), "") {
		t.Errorf("List of the empty subject yields %.20q, %v", r.Data, err)
		return
	}
}

// listBreak leaves so many loops early that a connection for each would be missed.
func listBreak(t *trial) {
	t.lister()
	ada := newSubject()
	for n := range 10 {
		t.create(ada, fmt.Sprint(n))
	}
	if !t.within(func() {
		for range 100 {
			for _, err := range t.lister().List(t.Context(), ada) {
				if err != nil {
					t.Errorf("List: %v", err)
				}
				break
			}
		}
	}) {
		t.Fatalf("List does not return after loops that ended early")
	}
	if n := len(t.listed(ada)); n != 10 {
		t.Errorf("%d sessions after loops that ended early, want 10", n)
	}
}

// listNested is what a page does that ends some of the sessions it goes through.
func listNested(t *trial) {
	t.lister()
	ada := newSubject()
	ids := make(map[string]session.ID)
	for n := range 10 {
		id, r := t.create(ada, fmt.Sprint(n))
		ids[r.Data] = id
	}
	if !t.within(func() {
		for r, err := range t.lister().List(t.Context(), ada) {
			if err != nil {
				t.Errorf("List: %v", err)
				return
			}
			id := ids[r.Data]
			r.Expires = time.Now().Add(hour)
			if _, err := t.backend.Save(t.Context(), id, r); err != nil {
				t.Errorf("Save in the loop: %v", err)
			}
			if err := t.backend.Delete(t.Context(), id); err != nil {
				t.Errorf("Delete in the loop: %v", err)
			}
		}
	}) {
		t.Fatalf("a loop over List that uses the backend does not end: List must hold no lock while it yields")
	}
	t.wantListed("ada", ada)
}

func listCancelled(t *trial) {
	ada := newSubject()
	t.lister()
	for n := range 10 {
		t.create(ada, fmt.Sprint(n))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n, failed := 0, false
	for _, err := range t.lister().List(ctx, ada) {
		if failed {
			t.Fatalf("List goes on after an error")
		}
		if failed = err != nil; !failed {
			n++
		}
		if errors.Is(err, session.ErrGone) {
			t.Errorf("List with a cancelled context: got %v", err)
		}
	}
	if !failed && n != 10 {
		t.Errorf("List with a cancelled context yielded %d of 10 and no error: a part would be taken for all", n)
	}
	if n := len(t.listed(ada)); n != 10 {
		t.Errorf("%d sessions after a List that was cancelled, want 10", n)
	}
}

// listBesideSaves: sessions that stay are in the list, whatever else happens.
func listBesideSaves(t *trial) {
	t.lister()
	ada := newSubject()
	var ids []session.ID
	for n := range 10 {
		id, _ := t.create(ada, fmt.Sprint(n))
		ids = append(ids, id)
	}
	stop, busy := t.keepUsing(ids)
	for range 20 {
		if n := len(t.listed(ada)); n != 10 {
			t.Errorf("%d sessions listed beside saves, want 10: %s", n, whyListed)
			break
		}
	}
	close(stop)
	busy.Wait()
}
