package redisstore

import (
	"context"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

// Load implements [session.Backend].
func (s *Store) Load(ctx context.Context, id session.ID) (session.Record, error) {
	if err := ctx.Err(); err != nil {
		return session.Record{}, fail("load", err)
	}
	find := s.find
	if s.copies != nil {
		now := time.Now()
		if r, e, ok := s.findCopies(id, now); ok && r.expires > now.UnixMilli() && e.alive(id, r.epoch) {
			return r.public(), nil
		}
		find = s.findCached
	}
	within, stop := s.deadlines.within(ctx)
	defer stop()
	r, e, err := find(within, id)
	if err != nil {
		return session.Record{}, fail("load", err)
	}
	if !e.alive(id, r.epoch) {
		s.remove(within, id, &r)
		return session.Record{}, session.ErrGone
	}
	return r.public(), nil
}

// find reads a record and its subject's epoch from the server: both at once where
// this process knows the subject, one after the other where it does not.
func (s *Store) find(ctx context.Context, id session.ID) (r record, e epochs, err error) {
	key := s.recordKey(id)
	guess, ok := s.seen.get(&id)
	var values []value
	if ok && guess.subject != "" {
		values = s.read(ctx, key, s.epochKey(guess.subject))
	} else {
		values = s.read(ctx, key)
	}
	if r, err = s.record(key, values[0]); err != nil || r.subject == "" {
		return r, e, err
	}
	if len(values) == 2 && r.subject == guess.subject {
		e, err = s.epochs(r.subject, values[1])
	} else {
		s.seen.put(&id, r.subject, 0)
		e, err = s.currentEpochs(ctx, r.subject)
	}
	return r, e, err
}

// findCopies is find where there are copies of both.
func (s *Store) findCopies(id session.ID, now time.Time) (r record, e epochs, ok bool) {
	c := s.copies.records.get(id, now)
	if c == nil {
		return r, e, false
	}
	r = c.value
	if !(state{r.version, r.expires}).covers(s.written.left(recordHash(&id))) {
		return r, e, false
	}
	if r.subject == "" {
		return r, e, true
	}
	if c := s.copies.epochs.get(r.subject, now); c != nil {
		e = c.value
		return r, e, state{version: e.epoch}.covers(s.written.left(epochHash(r.subject)))
	}
	return r, e, false
}

// findCached is find that leaves copies behind.
func (s *Store) findCached(ctx context.Context, id session.ID) (r record, e epochs, err error) {
	key := s.recordKey(id)
	r, err = s.record(key, s.fetch(ctx, key))
	if !(state{r.version, r.expires}).covers(s.written.left(recordHash(&id))) {
		// It waited for somebody who had asked before the write.
		r, err = s.record(key, s.read(ctx, key)[0])
	}
	if err != nil || r.subject == "" {
		return r, e, err
	}
	now := time.Now()
	if c := s.copies.epochs.get(r.subject, now); c != nil {
		e = c.value
	} else {
		e, err = s.epochs(r.subject, s.fetch(ctx, s.epochKey(r.subject)))
	}
	if !(state{version: e.epoch}).covers(s.written.left(epochHash(r.subject))) {
		e, err = s.currentEpochs(ctx, r.subject)
	}
	return r, e, err
}

// fetch gets a value and leaves a copy.
func (s *Store) fetch(ctx context.Context, key string) value {
	return valueOf(s.client.DoCache(ctx, s.client.B().Get().Key(key).Cache().ToStaticTTL(), copyKept))
}

// record reads what was stored under a record's key. A record that has expired is
// gone, whether or not Redis knows.
func (s *Store) record(key string, v value) (record, error) {
	if v.err != nil {
		return record{}, v.err
	}
	if !v.found {
		return record{}, session.ErrGone
	}
	r, err := decodeRecord(v.text)
	if err != nil {
		return record{}, unreadable(key, err)
	}
	if r.expires <= time.Now().UnixMilli() {
		return record{}, session.ErrGone
	}
	return r, nil
}

// epochs reads what was stored under a subject's key.
func (s *Store) epochs(subject string, v value) (epochs, error) {
	if v.err != nil || !v.found {
		return epochs{}, v.err
	}
	e, err := decodeEpochs(v.text)
	if err != nil {
		return epochs{}, unreadable(s.epochKey(subject), err)
	}
	return e, nil
}

// currentEpochs asks the server, never the cache.
func (s *Store) currentEpochs(ctx context.Context, subject string) (epochs, error) {
	return s.epochs(subject, s.read(ctx, s.epochKey(subject))[0])
}

// remove deletes a record that was revoked. It is out of force already, so nobody
// needs to know when that fails.
func (s *Store) remove(ctx context.Context, id session.ID, r *record) {
	s.run(ctx, []call{s.removal(id, r.subject, r.epoch+1)})
}
