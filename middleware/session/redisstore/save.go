package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/rueidis"
	"github.com/surcoat/surcoat/middleware/session"
)

// Save implements [session.Backend].
func (s *Store) Save(ctx context.Context, id session.ID, r session.Record) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, fail("save", err)
	}
	if len(r.Subject) > maxSubject {
		return 0, fmt.Errorf("redisstore: save: the subject has %d bytes; at most %d are kept", len(r.Subject), maxSubject)
	}
	within, stop := s.deadlines.within(ctx)
	defer stop()
	save := s.update
	if r.Version == 0 {
		save = s.create
	}
	err := save(within, id, &r)
	s.wrote(id, state{version: r.Version + 1}, err)
	if err != nil {
		return 0, fail("save", err)
	}
	return r.Version + 1, nil
}

// create stores a new record, and lists it afterwards: an entry of the list whose
// record does not exist can be removed then. A record that could not be listed is
// nobody's, as its client was told of a failure.
func (s *Store) create(ctx context.Context, id session.ID, r *session.Record) error {
	var e epochs
	var err error
	if r.Subject != "" {
		if e, err = s.currentEpochs(ctx, r.Subject); err != nil {
			return err
		}
	}
	if _, err := s.swap(ctx, id, r, e.epoch, true); err != nil || r.Subject == "" {
		return err
	}
	return s.list(ctx, id, r.Subject, r.Expires, s.change)
}

// update stores a record that exists.
func (s *Store) update(ctx context.Context, id session.ID, r *session.Record) error {
	stored, now, err := s.swapOnce(ctx, id, r)
	if err != nil {
		return err
	}
	if stored.swapped {
		if !now.alive(id, stored.epoch) {
			s.remove(ctx, id, &record{subject: r.Subject, epoch: stored.epoch})
			return session.ErrGone
		}
		return nil
	}
	// A login. Who was somebody before must not have been revoked as such. The list
	// comes first: then one cannot be signed in without being listed.
	if stored.subject != "" {
		before, err := s.currentEpochs(ctx, stored.subject)
		if err != nil {
			return err
		}
		if !before.alive(id, stored.epoch) {
			s.remove(ctx, id, &record{subject: stored.subject, epoch: stored.epoch})
			return session.ErrGone
		}
	}
	if r.Subject != "" {
		if err := s.list(ctx, id, r.Subject, r.Expires, s.change); err != nil {
			return err
		}
	}
	_, err = s.swap(ctx, id, r, now.epoch, true)
	return err
}

// swapOnce stores a record if its subject stays who it is, and reads the subject's
// epoch. It keeps the session in the subject's list where it would leave that soon.
func (s *Store) swapOnce(ctx context.Context, id session.ID, r *session.Record) (st stored, e epochs, err error) {
	swap := s.swapping(id, r, 0, false)
	if r.Subject == "" {
		result, err := s.change(ctx, swap)
		if err != nil {
			return st, e, err
		}
		st, err = answered(swap.key, result)
		return st, e, err
	}
	others, listed := s.listing(id, r.Subject, r.Expires)
	epochKey := s.epochKey(r.Subject)
	var results []rueidis.RedisResult
	if s.replicas == 0 {
		results = s.run(ctx, append([]call{swap}, others...), epochKey)
	} else {
		results = s.run(ctx, others, epochKey)
		result, err := s.change(ctx, swap)
		if err != nil {
			return st, e, err
		}
		results = append([]rueidis.RedisResult{result}, results...)
	}
	if st, err = answered(swap.key, results[0]); err != nil {
		return st, e, err
	}
	if err := failed(results[1 : len(results)-1]); err != nil {
		return st, e, err
	}
	e, err = s.epochs(r.Subject, valueOf(results[len(results)-1]))
	if err == nil && (st.swapped || s.replicas == 0) {
		s.seen.put(&id, r.Subject, listed)
	}
	return st, e, err
}

// swap stores a record whoever it signed in before.
func (s *Store) swap(ctx context.Context, id session.ID, r *session.Record, epoch uint64, login bool) (stored, error) {
	c := s.swapping(id, r, epoch, login)
	result, err := s.change(ctx, c)
	if err != nil {
		return stored{}, err
	}
	return answered(c.key, result)
}

func (s *Store) swapping(id session.ID, r *session.Record, epoch uint64, login bool) call {
	now := time.Now()
	may := "0"
	if login {
		may = "1"
	}
	return call{saveScript, s.recordKey(id), []string{
		bytes8(r.Version), decimal(now.UnixMilli()), decimal(ends(r.Expires, now)), encodeRecord(r.Version+1, epoch, r), may,
	}}
}

// ends is when a key of a record expires.
func ends(expires, now time.Time) int64 {
	return max(1, min(millis(expires), now.Add(longest).UnixMilli()))
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// stored is what a script found, or left.
type stored struct {
	swapped bool
	version uint64
	epoch   uint64
	subject string
}

// answered reads what a script answered.
func answered(key string, result rueidis.RedisResult) (stored, error) {
	a, err := result.ToString()
	if err != nil {
		return stored{}, err
	}
	switch {
	case a == "c":
		return stored{}, session.ErrConflict
	case a == "g":
		return stored{}, session.ErrGone
	case a == "f":
		return stored{}, unreadable(key, errDamaged)
	case len(a) >= 17 && (a[0] == 'o' || a[0] == 'l'):
		return stored{a[0] == 'o', be64(a[1:]), be64(a[9:]), a[17:]}, nil
	}
	return stored{}, fmt.Errorf("the script answered %q for key %q", a, key)
}

// Touch implements [session.Backend].
func (s *Store) Touch(ctx context.Context, id session.ID, expires time.Time) error {
	if err := ctx.Err(); err != nil {
		return fail("touch", err)
	}
	within, stop := s.deadlines.within(ctx)
	defer stop()
	version, err := s.touch(within, id, expires)
	s.wrote(id, state{version, millis(expires)}, err)
	return fail("touch", err)
}

func (s *Store) touch(ctx context.Context, id session.ID, expires time.Time) (version uint64, err error) {
	now := time.Now()
	c := call{touchScript, s.recordKey(id), []string{
		decimal(now.UnixMilli()), decimal(ends(expires, now)), bytes8(uint64(millis(expires))),
	}}
	calls, reads := []call{c}, []string(nil)
	guess, ok := s.seen.get(&id)
	var listed int64
	if ok && guess.subject != "" {
		var others []call
		others, listed = s.listing(id, guess.subject, expires)
		calls, reads = append(calls, others...), []string{s.epochKey(guess.subject)}
	}
	results := s.run(ctx, calls, reads...)
	st, err := answered(c.key, results[0])
	if err != nil || st.subject == "" {
		return st.version, err
	}
	var e epochs
	if st.subject == guess.subject {
		if err := failed(results[1:len(calls)]); err != nil {
			return 0, err
		}
		if e, err = s.epochs(st.subject, valueOf(results[len(calls)])); err != nil {
			return 0, err
		}
		s.seen.put(&id, st.subject, listed)
	} else {
		if e, err = s.currentEpochs(ctx, st.subject); err != nil {
			return 0, err
		}
		if err := s.list(ctx, id, st.subject, expires, s.send); err != nil {
			return 0, err
		}
	}
	if !e.alive(id, st.epoch) {
		s.remove(ctx, id, &record{subject: st.subject, epoch: st.epoch})
		return 0, session.ErrGone
	}
	return st.version, nil
}

// wrote notes what became of a record by a write, for those who read copies.
func (s *Store) wrote(id session.ID, now state, err error) {
	if s.copies == nil {
		return
	}
	if err != nil && !errors.Is(err, session.ErrConflict) {
		now = never // the record is gone, or in a state that is not known
	}
	s.written.note(recordHash(&id), now)
}

// Delete implements [session.Backend].
func (s *Store) Delete(ctx context.Context, id session.ID) error {
	if err := ctx.Err(); err != nil {
		return fail("delete", err)
	}
	within, stop := s.deadlines.within(ctx)
	defer stop()
	err := s.delete(within, id)
	s.wrote(id, never, err)
	if err != nil {
		return fail("delete", err)
	}
	if guess, ok := s.seen.get(&id); ok && guess.subject != "" {
		// What stays listed is dropped when somebody looks, or later.
		s.client.Do(within, s.client.B().Zrem().Key(s.indexKey(guess.subject)).Member(string(id[:])).Build())
	}
	return nil
}

func (s *Store) delete(ctx context.Context, id session.ID) error {
	del := func(b rueidis.Builder) rueidis.Completed { return b.Unlink().Key(s.recordKey(id)).Build() }
	if s.replicas == 0 {
		return s.client.Do(ctx, del(s.client.B())).Error()
	}
	result, err := s.durably(ctx, del)
	if err != nil {
		return err
	}
	return result.Error()
}

func failed(results []rueidis.RedisResult) error {
	for _, r := range results {
		if err := r.Error(); err != nil {
			return err
		}
	}
	return nil
}
