package redisstore

import (
	"context"
	"errors"
	"iter"

	"github.com/surcoat/surcoat/middleware/session"
)

// batch is how many sessions are looked at in one round trip.
const batch = 100

// List implements [session.Lister].
func (s *Store) List(ctx context.Context, subject string) iter.Seq2[session.Record, error] {
	return func(yield func(session.Record, error) bool) {
		if subject == "" {
			return
		}
		ids, err := s.listed(ctx, subject)
		var e epochs
		if err == nil {
			within, stop := s.deadlines.within(ctx)
			e, err = s.currentEpochs(within, subject)
			stop()
		}
		for len(ids) > 0 && err == nil {
			n := min(batch, len(ids))
			var found []session.Record
			if found, err = s.look(ctx, subject, e, ids[:n]); err != nil {
				break
			}
			for _, r := range found {
				if !yield(r, nil) {
					return
				}
			}
			ids = ids[n:]
		}
		if err != nil {
			yield(session.Record{}, fail("list", err))
		}
	}
}

// listed returns the ids in the list of a subject.
func (s *Store) listed(ctx context.Context, subject string) ([]session.ID, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	within, stop := s.deadlines.within(ctx)
	defer stop()
	names, err := s.client.Do(within, s.client.B().Zrange().Key(s.indexKey(subject)).Min("0").Max("-1").Build()).AsStrSlice()
	if err != nil {
		return nil, err
	}
	ids := make([]session.ID, 0, len(names))
	for _, n := range names {
		if len(n) == len(session.ID{}) {
			ids = append(ids, session.ID([]byte(n)))
		}
	}
	return ids, nil
}

// look returns those of ids that sign subject in. Those whose record does not exist
// leave the list: it will never exist again.
func (s *Store) look(ctx context.Context, subject string, e epochs, ids []session.ID) (found []session.Record, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	within, stop := s.deadlines.within(ctx)
	defer stop()
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = s.recordKey(id)
	}
	var none []string
	for i, v := range s.read(within, keys...) {
		r, err := s.record(keys[i], v)
		switch {
		case v.err == nil && !v.found:
			none = append(none, string(ids[i][:]))
		case errors.Is(err, session.ErrGone): // its end has come, but not for Redis yet
		case err != nil:
			return nil, err
		case r.subject == subject && e.alive(ids[i], r.epoch):
			found = append(found, r.public())
		}
	}
	if len(none) > 0 {
		s.client.Do(within, s.client.B().Zrem().Key(s.indexKey(subject)).Member(none...).Build())
	}
	return found, nil
}
