package storetest_test

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

// broken is a backend with one fault, and the checks which have to find it.
type broken struct {
	name  string
	hooks hooks
	want  []string
}

var brokenBackends = []broken{
	// swap
	{"the last save wins", hooks{save: func(m *model, ctx context.Context, id session.ID, r session.Record) (uint64, error) {
		if stored, err := m.Load(ctx, id); err == nil && r.Version != 0 {
			r.Version = stored.Version
		}
		return m.Save(ctx, id, r)
	}}, []string{"swap/update what it is based on", "parallel/one of 64 saves each version", "parallel/64 increments", "manager/10 no update is lost", "manager/10 different keys"}},
	{"compares and stores in two steps", hooks{save: func(m *model, ctx context.Context, id session.ID, r session.Record) (uint64, error) {
		stored, err := m.Load(ctx, id)
		switch {
		case err != nil && r.Version != 0:
			return 0, err
		case err == nil && stored.Version != r.Version:
			return 0, session.ErrConflict
		}
		after()
		r.Version++
		m.update(id, func(session.Record, bool) (session.Record, bool) { return r, true })
		return r.Version, nil
	}}, []string{"parallel/one of 64 creates", "parallel/one of 64 saves each version", "parallel/deleted under load"}},
	{"create overwrites", hooks{save: func(m *model, ctx context.Context, id session.ID, r session.Record) (uint64, error) {
		if r.Version == 0 {
			_ = m.Delete(ctx, id)
		}
		return m.Save(ctx, id, r)
	}}, []string{"swap/create only once", "parallel/one of 64 creates"}},
	{"Save brings back what was deleted (scs, express, redistore)", hooks{save: func(m *model, ctx context.Context, id session.ID, r session.Record) (uint64, error) {
		v, err := m.Save(ctx, id, r)
		if errors.Is(err, session.ErrGone) {
			r.Version = 0
			return m.Save(ctx, id, r)
		}
		return v, err
	}}, []string{"swap/nothing is there", "swap/delete", "parallel/deleted under load", "expiry/every operation sees the end", "revoke/under load", "revoke/a save on its way", "manager/12 no zombie"}},
	{"versions stand still", hooks{save: func(m *model, ctx context.Context, id session.ID, r session.Record) (uint64, error) {
		if _, err := m.Save(ctx, id, r); err != nil {
			return 0, err
		}
		m.update(id, func(r session.Record, ok bool) (session.Record, bool) { r.Version = 1; return r, ok })
		return 1, nil
	}}, []string{"swap/update what it is based on"}},
	{"Touch creates", hooks{touch: func(m *model, _ context.Context, id session.ID, expires time.Time) error {
		m.update(id, func(r session.Record, _ bool) (session.Record, bool) { r.Expires = expires; return r, true })
		return nil
	}}, []string{"swap/nothing is there", "swap/delete", "expiry/every operation sees the end", "revoke/all of the subject"}},
	{"Touch counts as a save", hooks{touch: func(m *model, ctx context.Context, id session.ID, expires time.Time) error {
		r, err := m.Load(ctx, id)
		if err == nil {
			r.Expires = expires
			_, err = m.Save(ctx, id, r)
		}
		return err
	}}, []string{"swap/touch leaves version and data", "parallel/touch and save"}},
	{"Touch writes the whole record", hooks{touch: func(m *model, ctx context.Context, id session.ID, expires time.Time) error {
		r, err := m.Load(ctx, id)
		if err != nil {
			return err
		}
		after()
		r.Expires = expires
		m.update(id, func(session.Record, bool) (session.Record, bool) { return r, true })
		return nil
	}}, []string{"parallel/touch and save", "parallel/deleted under load"}},
	{"Touch does nothing", hooks{touch: func(m *model, ctx context.Context, id session.ID, _ time.Time) error {
		_, err := m.Load(ctx, id)
		return err
	}}, []string{"swap/touch leaves version and data", "expiry/touch shortens and extends", "list/deleted and expired ones are missing"}},
	{
		"Delete forgets nothing",
		hooks{delete: func(*model, context.Context, session.ID) error { return nil }},
		[]string{"swap/delete", "parallel/deleted under load", "list/deleted and expired ones are missing", "manager/18 logout refuses replay", "manager/16 an unknown token is not adopted", "manager/revoke by handle"},
	},
	{"Delete of nothing is an error", hooks{delete: func(m *model, ctx context.Context, id session.ID) error {
		if _, err := m.Load(ctx, id); err != nil {
			return err
		}
		return m.Delete(ctx, id)
	}}, []string{"swap/nothing is there", "swap/delete"}},
	{"a cache that does not see its own writes", staleCache(), []string{"swap/update what it is based on", "swap/delete", "manager/10 no update is lost"}},

	// expiry
	{"Load finds what has expired", hooks{load: func(m *model, _ context.Context, id session.ID) (r session.Record, err error) {
		err = session.ErrGone
		m.update(id, func(stored session.Record, ok bool) (session.Record, bool) {
			if ok {
				r, err = stored, nil
			}
			return stored, ok
		})
		return r, err
	}}, []string{"expiry/ends in time", "expiry/every operation sees the end", "expiry/an end that has passed"}},
	{"Save and Touch extend what has expired", hooks{
		save: func(m *model, ctx context.Context, id session.ID, r session.Record) (uint64, error) {
			if r.Version != 0 {
				m.unexpire(id)
			}
			return m.Save(ctx, id, r)
		},
		touch: func(m *model, ctx context.Context, id session.ID, expires time.Time) error {
			m.unexpire(id)
			return m.Touch(ctx, id, expires)
		},
	}, []string{"expiry/every operation sees the end"}},
	{"Touch only extends", hooks{touch: func(m *model, ctx context.Context, id session.ID, expires time.Time) error {
		if r, err := m.Load(ctx, id); err == nil && expires.Before(r.Expires) {
			return nil
		}
		return m.Touch(ctx, id, expires)
	}}, []string{"swap/touch leaves version and data", "expiry/touch shortens and extends", "expiry/an end that has passed"}},
	{
		"ends in whole seconds", saving(func(r *session.Record) { r.Expires = r.Expires.Truncate(time.Second) }),
		[]string{"expiry/ends in time", "swap/create only once"},
	},
	{
		"a week at most", saving(func(r *session.Record) {
			if week := time.Now().Add(7 * 24 * time.Hour); r.Expires.After(week) {
				r.Expires = week
			}
		}), []string{"expiry/an end far away"},
	},
	{"what has expired is in the way", hooks{save: func(m *model, ctx context.Context, id session.ID, r session.Record) (uint64, error) {
		m.mu.Lock()
		_, there := m.records[id]
		m.mu.Unlock()
		if there && r.Version == 0 {
			return 0, session.ErrConflict
		}
		return m.Save(ctx, id, r)
	}}, []string{"expiry/created anew"}},

	// content
	{
		"text ends at NUL", saving(func(r *session.Record) { r.Data, _, _ = strings.Cut(r.Data, "\x00") }),
		[]string{"content/data of any bytes"},
	},
	{
		"text is UTF-8", saving(func(r *session.Record) { r.Data = strings.ToValidUTF8(r.Data, "?") }),
		[]string{"content/data of any bytes", "content/data of any length"},
	},
	{
		"64 kB at most", saving(func(r *session.Record) { r.Data = r.Data[:min(len(r.Data), 1<<16-1)] }),
		[]string{"content/data of any length"},
	},
	{
		"subjects are cleaned", saving(func(r *session.Record) { r.Subject = strings.TrimSpace(r.Subject) }),
		[]string{"content/subjects of any bytes"},
	},
	{
		"255 bytes of the subject", saving(func(r *session.Record) { r.Subject = r.Subject[:min(len(r.Subject), 255)] }),
		[]string{"content/subjects of any bytes"},
	},
	{"half of the id", hooks{
		save: func(m *model, ctx context.Context, id session.ID, r session.Record) (uint64, error) {
			return m.Save(ctx, half(id), r)
		},
		load: func(m *model, ctx context.Context, id session.ID) (session.Record, error) {
			return m.Load(ctx, half(id))
		},
	}, []string{"content/ids of any bytes"}},

	// context
	{"a context's end means that there is none", hooks{load: func(m *model, ctx context.Context, id session.ID) (session.Record, error) {
		if ctx.Err() != nil {
			return session.Record{}, session.ErrGone
		}
		return m.Load(ctx, id)
	}}, []string{"context/cancelled before"}},
	{"data now, subject later", hooks{save: func(m *model, ctx context.Context, id session.ID, r session.Record) (uint64, error) {
		if stored, err := m.Load(ctx, id); err == nil && ctx.Err() != nil {
			r.Subject = stored.Subject
			_, _ = m.Save(ctx, id, r)
			return 0, ctx.Err()
		}
		return m.Save(ctx, id, r)
	}}, []string{"context/cancelled in the middle"}},

	// list
	{"lists by prefix", hooks{list: func(m *model, ctx context.Context, subject string) iter.Seq2[session.Record, error] {
		return filtered(m, func(r session.Record) bool { return strings.HasPrefix(r.Subject, subject) })
	}}, []string{"list/live sessions of the subject"}},
	{"lists what has expired", hooks{list: func(m *model, ctx context.Context, subject string) iter.Seq2[session.Record, error] {
		m.mu.Lock()
		defer m.mu.Unlock()
		for id, r := range m.records {
			if !time.Now().Before(r.Expires) {
				r.Expires = time.Now().Add(time.Minute)
				m.records[id] = r
			}
		}
		return filtered(m, func(r session.Record) bool { return r.Subject == subject })
	}}, []string{"list/deleted and expired ones are missing"}},
	{"lists by the first subject", firstSubject(), []string{"list/another subject", "manager/list"}},
	{"keeps its lock while it lists", hooks{list: func(m *model, ctx context.Context, subject string) iter.Seq2[session.Record, error] {
		return func(yield func(session.Record, error) bool) {
			m.mu.Lock()
			defer m.mu.Unlock()
			for _, r := range m.records {
				if r.Subject == subject && time.Now().Before(r.Expires) && !yield(r, nil) {
					return
				}
			}
		}
	}}, []string{"list/the backend is used in the loop"}},
	{"loses a connection to every loop that ends early", leakyList(), []string{"list/the loop ends early"}},
	{"hides why a list is short", hooks{list: func(m *model, ctx context.Context, subject string) iter.Seq2[session.Record, error] {
		if ctx.Err() != nil {
			return func(func(session.Record, error) bool) {}
		}
		return m.List(ctx, subject)
	}}, []string{"list/cancelled"}},

	// revoke
	{"a hundred at most", hooks{revoke: func(m *model, _ context.Context, subject string, except []session.ID) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		n := 0
		for id, r := range m.records {
			if r.Subject == subject && !slices.Contains(except, id) && n < 100 {
				delete(m.records, id)
				n++
			}
		}
		return nil
	}}, []string{"revoke/thousand sessions"}},
	{"revokes in the background", hooks{revoke: func(m *model, ctx context.Context, subject string, except []session.ID) error {
		go func() {
			time.Sleep(20 * time.Millisecond)
			_ = m.Revoke(ctx, subject, except...)
		}()
		return nil
	}}, []string{"revoke/all of the subject", "revoke/under load", "manager/revoke by user"}},
	{"one after the other, of a list from before", hooks{
		revoke: func(m *model, ctx context.Context, subject string, except []session.ID) error {
			m.mu.Lock()
			found := make(map[session.ID]uint64)
			for id, r := range m.records {
				if r.Subject == subject && !slices.Contains(except, id) {
					found[id] = r.Version
				}
			}
			m.mu.Unlock()
			for id, version := range found {
				after()
				m.mu.Lock()
				if m.records[id].Version == version { // changed meanwhile: not the one that was meant
					delete(m.records, id)
				}
				m.mu.Unlock()
			}
			return nil
		},
	}, []string{"revoke/under load"}},
	{"knows no exceptions", hooks{revoke: func(m *model, ctx context.Context, subject string, _ []session.ID) error {
		return m.Revoke(ctx, subject)
	}}, []string{"revoke/except", "revoke/thousand sessions", "revoke/under load", "manager/revoke by user"}},
	{"nobody is a user", hooks{
		revoke: func(m *model, _ context.Context, subject string, _ []session.ID) error {
			m.mu.Lock()
			defer m.mu.Unlock()
			maps.DeleteFunc(m.records, func(_ session.ID, r session.Record) bool { return r.Subject == subject })
			return nil
		},
		list: func(m *model, _ context.Context, subject string) iter.Seq2[session.Record, error] {
			return filtered(m, func(r session.Record) bool { return r.Subject == subject })
		},
	}, []string{"revoke/nobody there", "list/nobody has none"}},
	{"bans the subject", ban(), []string{"revoke/signed in later", "revoke/beside logins", "manager/revoke by user"}},
}
