package redisstore

import (
	"context"
	"time"

	"github.com/redis/rueidis"
	"github.com/surcoat/surcoat/middleware/session"
)

// The sessions of a subject are listed in a sorted set: ids by the time until which
// they are kept in it. That is never before the record ends, and usually well after
// it, so that a session whose end moves need not be entered each time.

// listing returns the call that keeps a session in the list of its subject until it
// ends, if one is needed, and until when it is listed then.
func (s *Store) listing(id session.ID, subject string, expires time.Time) (calls []call, listed int64) {
	guess, ok := s.seen.get(&id)
	end := millis(expires)
	if ok && guess.subject == subject && guess.listed >= end {
		return nil, guess.listed
	}
	now := time.Now()
	listed = end + max(0, min(expires.Sub(now), longest).Milliseconds())
	return []call{{indexScript, s.indexKey(subject), []string{string(id[:]), decimal(listed), decimal(now.UnixMilli())}}}, listed
}

// list enters a session into the list of its subject, by change or send.
func (s *Store) list(ctx context.Context, id session.ID, subject string, expires time.Time, by func(context.Context, call) (rueidis.RedisResult, error)) error {
	calls, listed := s.listing(id, subject, expires)
	if len(calls) == 0 {
		return nil
	}
	result, err := by(ctx, calls[0])
	if err == nil {
		err = result.Error()
	}
	if err == nil {
		s.seen.put(&id, subject, listed)
	}
	return err
}
