package postgresstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/surcoat/surcoat/middleware/session"
)

// Store is a [session.Backend], [session.Lister] and [session.Revoker] on a table of
// PostgreSQL. [Open] makes one. It is safe for concurrent use.
type Store struct {
	pool    *pgxpool.Pool
	owned   bool // Close closes the pool
	timeout time.Duration
	sql     statements
	mode    atomic.Int32 // a pgx.QueryExecMode

	every time.Duration
	batch int
	log   *slog.Logger

	stop  context.CancelFunc
	ended chan struct{} // closed when the removal of expired rows has ended
	once  sync.Once     // Close
}

var (
	_ session.Backend = (*Store)(nil)
	_ session.Lister  = (*Store)(nil)
	_ session.Revoker = (*Store)(nil)
)

// Load implements [session.Backend].
func (s *Store) Load(ctx context.Context, id session.ID) (r session.Record, err error) {
	err = s.do(ctx, "load", repeatable, func(ctx context.Context, c conn) error {
		rows, err := c.Query(ctx, s.sql.load, id[:])
		if err != nil {
			return err
		}
		defer rows.Close()
		if !rows.Next() {
			if err := rows.Err(); err != nil {
				return err
			}
			return session.ErrGone
		}
		if err := scan(rows, &r); err != nil {
			return err
		}
		rows.Close()
		return rows.Err()
	})
	if err != nil {
		return session.Record{}, err
	}
	return r, nil
}

// Save implements [session.Backend]. It is one statement, and is not sent a second time
// unless it is certain that the first one changed nothing: after another error than
// ErrConflict, ErrGone and ErrFull it is not known whether r was stored.
func (s *Store) Save(ctx context.Context, id session.ID, r session.Record) (version uint64, err error) {
	if r.Version == 0 {
		return s.create(ctx, id, r)
	}
	if r.Version >= math.MaxInt64 {
		return 0, session.ErrConflict // the column cannot count further
	}
	err = s.do(ctx, "save", once, func(ctx context.Context, c conn) error {
		var saved int64
		err := c.QueryRow(ctx, s.sql.update,
			id[:], int64(r.Version), []byte(r.Subject), storable(r.Expires), []byte(r.Data)).Scan(&saved)
		switch {
		case err != nil:
			return err
		case saved == wasGone:
			return session.ErrGone
		case saved == wasChanged:
			return session.ErrConflict
		}
		version = uint64(saved)
		return nil
	})
	if aborted(err) {
		return 0, fmt.Errorf("%w: %w", session.ErrConflict, err)
	}
	return version, err
}

func (s *Store) create(ctx context.Context, id session.ID, r session.Record) (version uint64, err error) {
	err = s.do(ctx, "save", once, func(ctx context.Context, c conn) error {
		var saved int64
		err := c.QueryRow(ctx, s.sql.create,
			id[:], []byte(r.Subject), storable(r.Expires), []byte(r.Data)).Scan(&saved)
		if errors.Is(err, pgx.ErrNoRows) {
			return session.ErrConflict
		}
		version = uint64(saved)
		return err
	})
	return version, err
}

// Touch implements [session.Backend].
func (s *Store) Touch(ctx context.Context, id session.ID, expires time.Time) error {
	return s.do(ctx, "touch", repeatable, func(ctx context.Context, c conn) error {
		done, err := c.Exec(ctx, s.sql.touch, id[:], storable(expires))
		return goneIfNone(done, err)
	})
}

// Delete implements [session.Backend].
func (s *Store) Delete(ctx context.Context, id session.ID) error {
	return s.do(ctx, "delete", repeatable, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, s.sql.delete, id[:])
		return err
	})
}

// Close ends the removal of expired rows, and closes the connections unless they are
// those of Config.Pool. It waits for operations that run, for up to two times
// Config.Timeout: when the server does not answer, connections may close up to 15 seconds
// later. The Store must not be used afterwards. The error is always nil.
func (s *Store) Close() error {
	s.once.Do(func() {
		s.stop()
		<-s.ended
		if !s.owned {
			return
		}
		closed := make(chan struct{})
		go func() { defer close(closed); s.pool.Close() }()
		select {
		case <-closed:
		case <-time.After(s.timeout):
		}
	})
	return nil
}

func goneIfNone(done pgconn.CommandTag, err error) error {
	if err == nil && done.RowsAffected() == 0 {
		return session.ErrGone
	}
	return err
}

// scan reads a row of statements.load or list.
func scan(rows pgx.Rows, r *session.Record, more ...any) error {
	var version int64
	var subject, data pgtype.DriverBytes
	if err := rows.Scan(append([]any{&version, &subject, &r.Expires, &data}, more...)...); err != nil {
		return err
	}
	r.Version, r.Subject, r.Data = uint64(version), string(subject), string(data)
	return nil
}

// latest is the last time of which a column is certain to be able to hold what follows
// it in any time zone.
var latest = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// storable returns t, or the nearest time that the database can hold.
func storable(t time.Time) time.Time {
	switch {
	case t.After(latest):
		return latest
	case t.Year() < 1:
		return time.Time{}
	}
	return t
}
