package storetest_test

import (
	"context"
	"iter"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

// hooks is a model of which single operations can be replaced.
type hooks struct {
	*model
	load   func(m *model, ctx context.Context, id session.ID) (session.Record, error)
	save   func(m *model, ctx context.Context, id session.ID, r session.Record) (uint64, error)
	touch  func(m *model, ctx context.Context, id session.ID, expires time.Time) error
	delete func(m *model, ctx context.Context, id session.ID) error
	list   func(m *model, ctx context.Context, subject string) iter.Seq2[session.Record, error]
	revoke func(m *model, ctx context.Context, subject string, except []session.ID) error
}

func (h *hooks) Load(ctx context.Context, id session.ID) (session.Record, error) {
	if h.load == nil {
		return h.model.Load(ctx, id)
	}
	return h.load(h.model, ctx, id)
}

func (h *hooks) Save(ctx context.Context, id session.ID, r session.Record) (uint64, error) {
	if h.save == nil {
		return h.model.Save(ctx, id, r)
	}
	return h.save(h.model, ctx, id, r)
}

func (h *hooks) Touch(ctx context.Context, id session.ID, expires time.Time) error {
	if h.touch == nil {
		return h.model.Touch(ctx, id, expires)
	}
	return h.touch(h.model, ctx, id, expires)
}

func (h *hooks) Delete(ctx context.Context, id session.ID) error {
	if h.delete == nil {
		return h.model.Delete(ctx, id)
	}
	return h.delete(h.model, ctx, id)
}

func (h *hooks) List(ctx context.Context, subject string) iter.Seq2[session.Record, error] {
	if h.list == nil {
		return h.model.List(ctx, subject)
	}
	return h.list(h.model, ctx, subject)
}

func (h *hooks) Revoke(ctx context.Context, subject string, except ...session.ID) error {
	if h.revoke == nil {
		return h.model.Revoke(ctx, subject, except...)
	}
	return h.revoke(h.model, ctx, subject, except)
}

// update changes a record in one step, whatever its version and end.
func (m *model) update(id session.ID, change func(r session.Record, ok bool) (session.Record, bool)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.records[id]
	if r, ok = change(r, ok); ok {
		m.records[id] = r
	}
}

// saving returns a hook that changes records before they are saved.
func saving(change func(*session.Record)) hooks {
	return hooks{save: func(m *model, ctx context.Context, id session.ID, r session.Record) (uint64, error) {
		change(&r)
		return m.Save(ctx, id, r)
	}}
}

// after waits for so long that whoever is faster gets in between.
func after() { time.Sleep(100 * time.Microsecond) }
