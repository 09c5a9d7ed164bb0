package storetest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gorilla/sessions"
	"github.com/surcoat/surcoat/middleware/session"
)

// reporter is a test, or what stands for one where a store has to fail.
type reporter interface {
	testing.TB
	sub(name string, f func(reporter)) bool
}

type gotest struct{ *testing.T }

func (t gotest) sub(name string, f func(reporter)) bool {
	t.Helper()
	return t.Run(name, func(t *testing.T) { f(gotest{t}) })
}

// trial is one check on one store.
type trial struct {
	reporter
	backend session.Backend // nil in RunStore
	store   sessions.Store
	can     session.Capability

	// watched is the store with w in front of it.
	watched func(w *watch) sessions.Store

	patience time.Duration // how long to wait for what should come at once
}

// late is how long after its end a record may still be found: clocks and timers of
// servers are not those of the test.
const late = 20 * time.Millisecond

// hour is a life that no check outlasts.
const hour = time.Hour

func newID() (id session.ID) {
	_, _ = rand.Read(id[:]) // never fails (crypto/rand)
	return id
}

// newSubject returns a name that nobody else uses.
func newSubject() string { return "storetest-" + rand.Text() }

// record returns what a session of an hour is created with.
func record(subject, data string) session.Record {
	return session.Record{Subject: subject, Data: data, Expires: time.Now().Add(hour)}
}

// create stores a new session, which must work, and returns its id and record.
func (t *trial) create(subject, data string) (session.ID, session.Record) {
	t.Helper()
	id := newID()
	return id, t.save(id, record(subject, data))
}

// save stores r, which must work, and returns it with its new version.
func (t *trial) save(id session.ID, r session.Record) session.Record {
	t.Helper()
	version, err := t.backend.Save(t.Context(), id, r)
	if err != nil {
		t.Fatalf("Save of a record with version %d: %v", r.Version, err)
	}
	if version <= r.Version {
		t.Fatalf("Save of a record with version %d returned version %d: versions must grow", r.Version, version)
	}
	r.Version = version
	return r
}

// load returns what is stored, which must be there.
func (t *trial) load(id session.ID) session.Record {
	t.Helper()
	r, err := t.backend.Load(t.Context(), id)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return r
}

// wantErr reports an error that is not want; why says what would come of it.
func (t *trial) wantErr(what string, got, want error, why string) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got error %v, want %v: %s", what, got, want, why)
	}
}

// wantGone reports what Load, Save and Touch find of a session that has ended. r is
// the record as it was.
func (t *trial) wantGone(what string, id session.ID, r session.Record, why string) {
	t.Helper()
	ctx := t.Context()
	t.wantErr("Touch of "+what, t.backend.Touch(ctx, id, time.Now().Add(hour)), session.ErrGone, why)
	_, err := t.backend.Save(ctx, id, r)
	t.wantErr("Save of "+what, err, session.ErrGone, why)
	_, err = t.backend.Load(ctx, id)
	t.wantErr("Load of "+what, err, session.ErrGone, why)
}

// wantRecord compares a stored record with what was saved; Expires may be rounded to
// milliseconds.
func (t *trial) wantRecord(what string, got, want session.Record) {
	t.Helper()
	for _, f := range []struct{ name, got, want string }{
		{"Version", fmt.Sprint(got.Version), fmt.Sprint(want.Version)},
		{"Subject", got.Subject, want.Subject},
		{"Data", got.Data, want.Data},
	} {
		if f.got != f.want {
			t.Errorf("%s: %s is %d bytes %.60q, want %d bytes %.60q", what, f.name, len(f.got), f.got, len(f.want), f.want)
		}
	}
	if off := got.Expires.Sub(want.Expires).Abs(); off > time.Millisecond {
		t.Errorf("%s: Expires is off by %v, more than a millisecond", what, off)
	}
}

// until waits until shortly after r has expired.
func until(r session.Record) { time.Sleep(time.Until(r.Expires) + late) }

// eventually reports whether done becomes true while it is worth waiting.
func (t *trial) eventually(done func() bool) bool {
	for deadline := time.Now().Add(t.patience); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// within reports whether f ends while it is worth waiting.
func (t *trial) within(f func()) bool {
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
		return true
	case <-time.After(t.patience):
		return false
	}
}
