package storetest_test

import (
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

// model is the simplest Backend that is right: a map and a lock. The broken ones embed
// it and get one thing wrong.
type model struct {
	mu      sync.Mutex
	records map[session.ID]session.Record
}

func newModel() *model { return &model{records: make(map[session.ID]session.Record)} }

// live returns a record that has not expired. m.mu is held.
func (m *model) live(id session.ID) (session.Record, bool) {
	r, ok := m.records[id]
	return r, ok && time.Now().Before(r.Expires)
}

func (m *model) Load(_ context.Context, id session.ID) (session.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.live(id)
	if !ok {
		return session.Record{}, session.ErrGone
	}
	return r, nil
}

func (m *model) Save(_ context.Context, id session.ID, r session.Record) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	stored, ok := m.live(id)
	switch {
	case !ok && r.Version != 0:
		return 0, session.ErrGone
	case ok && stored.Version != r.Version:
		return 0, session.ErrConflict
	}
	r.Version++
	m.records[id] = r
	return r.Version, nil
}

func (m *model) Touch(_ context.Context, id session.ID, expires time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.live(id)
	if !ok {
		return session.ErrGone
	}
	r.Expires = expires
	m.records[id] = r
	return nil
}

func (m *model) Delete(_ context.Context, id session.ID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.records, id)
	return nil
}

func (m *model) List(_ context.Context, subject string) iter.Seq2[session.Record, error] {
	return func(yield func(session.Record, error) bool) {
		m.mu.Lock()
		var found []session.Record
		for id := range m.records {
			if r, ok := m.live(id); ok && r.Subject == subject && subject != "" {
				found = append(found, r)
			}
		}
		m.mu.Unlock()
		for _, r := range found {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (m *model) Revoke(_ context.Context, subject string, except ...session.ID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, r := range m.records {
		if r.Subject == subject && subject != "" && !slices.Contains(except, id) {
			delete(m.records, id)
		}
	}
	return nil
}
