package postgresstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/surcoat/surcoat/middleware/session"
)

// repetition says whether a statement may be sent again when the connection broke and
// it is not known whether the server ran it.
type repetition bool

const (
	once       repetition = false
	repeatable repetition = true
)

// maxAborts bounds how often a transaction that the server chose to abort is run again.
const maxAborts = 5

// do runs f, which sends one statement, on a connection. All of it, the waiting for a
// connection included, ends within the Timeout.
//
// A ctx that ends sooner ends the waiting. A statement that was sent goes on to its end:
// pgx would give up the connection, so that clients who hang up would cost a new one each,
// and the server might run the statement after what the caller does next.
func (s *Store) do(ctx context.Context, what string, again repetition, f func(context.Context, conn) error) error {
	running, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout)
	defer cancel()
	ends, _ := running.Deadline()
	waiting, cancel := context.WithDeadline(ctx, ends)
	defer cancel()

	for aborts, replaced := 0, false; ; {
		mode := pgx.QueryExecMode(s.mode.Load())
		broken, err := s.attempt(waiting, running, mode, replaced, f)
		switch {
		case err == nil || err == session.ErrGone || err == session.ErrConflict:
			return err
		case aborted(err) && aborts < maxAborts && pause(waiting, rand.N(time.Millisecond<<aborts)):
			aborts++
		case unprepared(err) && mode == pgx.QueryExecModeCacheStatement:
			s.prepareNoMore(err)
		case broken && !replaced && (bool(again) || pgconn.SafeToRetry(err)) && running.Err() == nil:
			replaced = true
		case errors.Is(err, context.DeadlineExceeded):
			limit := fmt.Sprintf("within %v (Config.Timeout)", s.timeout)
			if d, ok := ctx.Deadline(); ok && d.Before(ends) && running.Err() == nil {
				limit = "before the caller's deadline"
			}
			return fmt.Errorf("postgresstore: %s: no answer %s%s: %w", what, limit, s.busy(), err)
		default:
			return fmt.Errorf("postgresstore: %s: %w", what, explained(err))
		}
	}
}

// attempt runs f once, and reports whether its connection broke.
func (s *Store) attempt(waiting, running context.Context, mode pgx.QueryExecMode, sound bool, f func(context.Context, conn) error) (broken bool, err error) {
	c, err := s.acquire(waiting, sound)
	if err != nil {
		return false, err
	}
	defer c.Release()
	err = f(running, conn{c.Conn(), mode})
	return c.Conn().IsClosed(), err
}

// acquire returns a connection. The pool looks only at those that were idle for a second
// or more; a sound one was looked at now: where one connection broke, others did.
func (s *Store) acquire(ctx context.Context, sound bool) (*pgxpool.Conn, error) {
	for {
		c, err := s.pool.Acquire(ctx)
		if err != nil || !sound {
			return c, err
		}
		if err = c.Ping(ctx); err == nil {
			return c, nil
		}
		broken := c.Conn().IsClosed()
		c.Release()
		if !broken || ctx.Err() != nil {
			return nil, err
		}
	}
}

// pause waits for d, and reports false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// conn is a connection on which statements are sent in a mode.
type conn struct {
	*pgx.Conn
	mode pgx.QueryExecMode
}

func (c conn) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return c.Conn.Query(ctx, sql, append([]any{c.mode}, args...)...)
}

func (c conn) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return c.Conn.QueryRow(ctx, sql, append([]any{c.mode}, args...)...)
}

func (c conn) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return c.Conn.Exec(ctx, sql, append([]any{c.mode}, args...)...)
}

// unprepared reports whether a statement was not run because the server's session was not
// the one in which it was prepared, or was one in which another client had prepared it:
// there is a PgBouncer between, in transaction mode, that does not follow them.
func unprepared(err error) bool {
	switch code(err) {
	case unknownStatement, knownStatement:
		return true
	}
	return false
}

// prepareNoMore has all statements sent without a name from now on.
func (s *Store) prepareNoMore(err error) {
	if s.mode.CompareAndSwap(int32(pgx.QueryExecModeCacheStatement), int32(pgx.QueryExecModeCacheDescribe)) {
		s.log.Warn("postgresstore: prepared statements do not last, so none are used any more; behind PgBouncer, add default_query_exec_mode=cache_describe to Config.URL or have it follow them (max_prepared_statements)", "error", err)
	}
}

// aborted reports whether the server undid a transaction because of others that ran at
// the same time.
func aborted(err error) bool {
	switch code(err) {
	case serializationFailure, deadlockDetected:
		return true
	}
	return false
}

// busy says so if all connections are in use.
func (s *Store) busy() string {
	if st := s.pool.Stat(); st.AcquiredConns() >= st.MaxConns() {
		return fmt.Sprintf(", all %d connections in use (pool_max_conns)", st.MaxConns())
	}
	return ""
}
