package redisstore

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"

	"github.com/surcoat/surcoat/middleware/session"
)

// Revoke implements [session.Revoker]. It is one write, of the subject's epoch; to
// remove the records that are out of force then is only housekeeping, and does not
// fail.
func (s *Store) Revoke(ctx context.Context, subject string, except ...session.ID) error {
	if err := ctx.Err(); err != nil {
		return fail("revoke", err)
	}
	if subject == "" {
		return nil
	}
	epoch, err := s.advance(ctx, subject, except)
	if errors.Is(err, session.ErrFull) {
		// No room for eight bytes. Without the records there will be.
		s.sweep(ctx, subject, math.MaxInt64, except)
		epoch, err = s.advance(ctx, subject, except)
	}
	if err != nil {
		return err
	}
	s.sweep(ctx, subject, epoch, except)
	return nil
}

// advance begins a new epoch.
func (s *Store) advance(ctx context.Context, subject string, except []session.ID) (epoch uint64, err error) {
	within, stop := s.deadlines.within(ctx)
	defer stop()
	key := s.epochKey(subject)
	result, err := s.change(within, call{revokeScript, key, []string{decimal(epochKept.Milliseconds()), join(except)}})
	if err != nil {
		return 0, fail("revoke", err)
	}
	a, err := result.ToString()
	switch {
	case err != nil:
		return 0, fail("revoke", err)
	case len(a) != 8:
		return 0, fail("revoke", unreadable(key, errDamaged))
	}
	epoch = be64(a)
	s.written.note(epochHash(subject), state{version: epoch})
	return epoch, nil
}

// sweep removes the records of a subject from before an epoch.
func (s *Store) sweep(ctx context.Context, subject string, epoch uint64, except []session.ID) {
	ids, err := s.listed(ctx, subject)
	if err != nil {
		return
	}
	ids = slices.DeleteFunc(ids, func(id session.ID) bool { return slices.Contains(except, id) })
	for part := range slices.Chunk(ids, batch) {
		calls := make([]call, len(part))
		for i, id := range part {
			calls[i] = s.removal(id, subject, epoch)
		}
		within, stop := s.deadlines.within(ctx)
		s.run(within, calls)
		stop()
	}
}

// removal is the call that removes a record of a subject from before an epoch.
func (s *Store) removal(id session.ID, subject string, epoch uint64) call {
	return call{removeScript, s.recordKey(id), []string{subject, strconv.FormatUint(epoch, 10)}}
}
