package storetest_test

import (
	"context"
	"sync"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

// epochs revokes as stores do that cannot delete many records in one step: a number
// for each subject, which a session takes along when it is signed in, and which Revoke
// raises. Each fault is one that is easily made there.
type epochs struct {
	*model
	mu    sync.Mutex
	now   map[string]int
	taken map[session.ID]int

	revives  bool // exceptions are given the new number, dead or not
	forgives bool // every save takes the newest number
	changes  bool // only a save with another subject looks whether the session is alive
}

func newEpochs() *epochs {
	return &epochs{model: newModel(), now: make(map[string]int), taken: make(map[session.ID]int)}
}

// alive returns the record if it was not revoked. e.mu is held.
func (e *epochs) alive(ctx context.Context, id session.ID) (session.Record, error) {
	r, err := e.model.Load(ctx, id)
	if err == nil && r.Subject != "" && e.taken[id] < e.now[r.Subject] {
		return session.Record{}, session.ErrGone
	}
	return r, err
}

func (e *epochs) Load(ctx context.Context, id session.ID) (session.Record, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.alive(ctx, id)
}

func (e *epochs) Save(ctx context.Context, id session.ID, r session.Record) (uint64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	old, err := e.alive(ctx, id)
	if r.Version != 0 && err != nil && !e.changes {
		return 0, err
	}
	v, err := e.model.Save(ctx, id, r)
	if err == nil && (e.forgives || r.Version == 0 || old.Subject != r.Subject) {
		e.taken[id] = e.now[r.Subject]
	}
	return v, err
}

func (e *epochs) Touch(ctx context.Context, id session.ID, expires time.Time) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, err := e.alive(ctx, id); err != nil {
		return err
	}
	return e.model.Touch(ctx, id, expires)
}

func (e *epochs) Revoke(ctx context.Context, subject string, except ...session.ID) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, id := range except {
		r, err := e.model.Load(ctx, id)
		if err == nil && r.Subject == subject && (e.revives || e.taken[id] == e.now[subject]) {
			e.taken[id] = e.now[subject] + 1
		}
	}
	e.now[subject]++
	return nil
}

// brokenEpochs are faults of that kind, and the checks which have to find them.
var brokenEpochs = []struct {
	name  string
	fault func(*epochs)
	want  []string
}{
	{"none", func(*epochs) {}, nil},
	{"an exception revives", func(e *epochs) { e.revives = true }, []string{"revoke/an exception revives nothing"}},
	{"any save takes the newest number", func(e *epochs) { e.forgives, e.changes = true, true }, []string{"revoke/all of the subject", "revoke/a save on its way"}},
	{"a save does not look", func(e *epochs) { e.changes = true }, []string{"revoke/a save on its way"}},
}

var revokeNames = []string{
	"revoke/all of the subject", "revoke/nobody there", "revoke/except", "revoke/an exception revives nothing",
	"revoke/signed in later", "revoke/subjects before", "revoke/a save on its way", "revoke/thousand sessions",
	"revoke/under load", "revoke/beside logins", "revoke/two at once",
}
