package postgresstore

import (
	"context"
	"math/rand/v2"
	"time"
)

// restFactor is how many times as long as a batch took the removal of expired rows rests
// before the next batch: it uses a tenth of one connection's time at most.
const restFactor = 9

// expire removes expired rows until ctx ends. Several processes may do so at once: what
// one of them is about to remove, the others skip.
func (s *Store) expire(ctx context.Context) {
	defer close(s.ended)
	if s.every < 0 {
		return
	}
	down := false
	rest := jitter(s.every)
	for pause(ctx, rest) {
		began := time.Now()
		n, err := s.expireBatch(ctx)
		rest = jitter(s.every)
		switch {
		case ctx.Err() != nil:
		case err != nil && !down:
			down = true
			s.log.Error("postgresstore: expired sessions are not removed; tried again until it works", "error", err)
		case err == nil && down:
			down = false
			s.log.Info("postgresstore: expired sessions are removed again")
		}
		if n >= int64(s.batch) {
			rest = min(rest, jitter(restFactor*time.Since(began)))
		}
	}
}

// expireBatch removes one batch and returns how many rows it was.
func (s *Store) expireBatch(ctx context.Context) (n int64, err error) {
	err = s.do(ctx, "expire", repeatable, func(ctx context.Context, c conn) error {
		done, err := c.Exec(ctx, s.sql.expire, int64(s.batch))
		n = done.RowsAffected()
		return err
	})
	return n, err
}

// jitter returns d or up to a quarter less or more, so that processes that were started
// together do not act together.
func jitter(d time.Duration) time.Duration {
	return d - d/4 + rand.N(d/2+1)
}
