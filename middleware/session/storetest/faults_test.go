package storetest_test

import (
	"bytes"
	"context"
	"iter"
	"sync"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

func half(id session.ID) session.ID {
	return session.ID(append(bytes.Clone(id[:16]), make([]byte, 16)...))
}

func (m *model) unexpire(id session.ID) {
	m.update(id, func(r session.Record, ok bool) (session.Record, bool) {
		if ok {
			r.Expires = time.Now().Add(time.Minute)
		}
		return r, ok
	})
}

func filtered(m *model, keep func(session.Record) bool) iter.Seq2[session.Record, error] {
	return func(yield func(session.Record, error) bool) {
		m.mu.Lock()
		var found []session.Record
		for id := range m.records {
			if r, ok := m.live(id); ok && keep(r) {
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

// staleCache keeps what it loaded for 50 ms, whatever is stored meanwhile.
func staleCache() hooks {
	type entry struct {
		r     session.Record
		until time.Time
	}
	var mu sync.Mutex
	cache := make(map[session.ID]entry)
	return hooks{load: func(m *model, ctx context.Context, id session.ID) (session.Record, error) {
		mu.Lock()
		defer mu.Unlock()
		if e, ok := cache[id]; ok && time.Now().Before(e.until) {
			return e.r, nil
		}
		r, err := m.Load(ctx, id)
		if err == nil {
			cache[id] = entry{r, time.Now().Add(50 * time.Millisecond)}
		}
		return r, err
	}}
}

// firstSubject is an index that is written when a session is created, and never again.
func firstSubject() hooks {
	var mu sync.Mutex
	first := make(map[string]string) // by data, which the checks keep apart
	h := saving(func(r *session.Record) {
		mu.Lock()
		defer mu.Unlock()
		if r.Version == 0 {
			first[r.Data] = r.Subject
		}
	})
	h.list = func(m *model, _ context.Context, subject string) iter.Seq2[session.Record, error] {
		return filtered(m, func(r session.Record) bool {
			mu.Lock()
			defer mu.Unlock()
			return first[r.Data] == subject
		})
	}
	return h
}

func leakyList() hooks {
	connections := make(chan struct{}, 4)
	return hooks{list: func(m *model, ctx context.Context, subject string) iter.Seq2[session.Record, error] {
		return func(yield func(session.Record, error) bool) {
			connections <- struct{}{}
			for r, err := range m.List(ctx, subject) {
				if !yield(r, err) {
					return
				}
			}
			<-connections
		}
	}}
}

func ban() hooks {
	var mu sync.Mutex
	banned := make(map[string]bool)
	return hooks{
		load: func(m *model, ctx context.Context, id session.ID) (session.Record, error) {
			r, err := m.Load(ctx, id)
			mu.Lock()
			defer mu.Unlock()
			if err == nil && banned[r.Subject] {
				return session.Record{}, session.ErrGone
			}
			return r, err
		},
		revoke: func(_ *model, _ context.Context, subject string, _ []session.ID) error {
			mu.Lock()
			defer mu.Unlock()
			banned[subject] = true
			return nil
		},
	}
}
