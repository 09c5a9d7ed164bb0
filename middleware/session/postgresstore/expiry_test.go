package postgresstore_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/postgresstore"
)

// Ten thousand expired rows go in batches, by three processes at once, while saves go on;
// those that live stay.
func TestExpiry(t *testing.T) {
	srv := newDatabase(t)
	c := postgresstore.Config{URL: srv.URL() + "&pool_max_conns=3", ExpireEvery: 50 * time.Millisecond, ExpireBatch: 250}
	live := open(t, postgresstore.Config{URL: c.URL, ExpireEvery: -1})
	run(t, srv, `INSERT INTO surcoat_sessions (id, version, subject, expires, data)
SELECT sha256(n::text::bytea), 1, '', now() - interval '2 hours', 'old' FROM generate_series(1, 10000) AS n`)
	var log logged
	c.Log = slog.New(slog.NewTextHandler(&log, nil))
	for range 3 {
		open(t, c)
	}
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for n := range 2 {
		all.Go(func() {
			r := record("ada", "live")
			for ctx.Err() == nil {
				var err error
				if r.Version, err = live.Save(t.Context(), id(n), r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	eventually(t, "the end of the expired", func() bool {
		var n int
		query(t, srv, `SELECT count(*) FROM surcoat_sessions WHERE data = 'old'`, &n)
		return n == 0
	})
	stop()
	all.Wait()
	want(t, "those that live", listed(t, live, "ada"), 2)
	want(t, "log", log.String(), "")
}

// A row is removed after the end of the hour in which it expires, and no sooner.
func TestExpiryKeepsTheLiving(t *testing.T) {
	srv := newDatabase(t)
	s := open(t, postgresstore.Config{URL: srv.URL(), ExpireEvery: 20 * time.Millisecond, ExpireBatch: 1})
	run(t, srv, `INSERT INTO surcoat_sessions (id, version, subject, expires, data) SELECT sha256(n::text::bytea), 1, '', date_trunc('hour', now()) + ends, n::text::bytea
FROM (VALUES (1, interval '-1 microsecond'), (2, interval '-1 hour'), (3, interval '59:59.999999'), (4, interval '1 hour'), (5, interval '3 hours')) AS rows (n, ends)`)
	began := time.Now().Truncate(time.Hour)
	var left string
	look := func() {
		query(t, srv, `SELECT string_agg(convert_from(data, 'UTF8'), ' ' ORDER BY data) FROM surcoat_sessions`, &left)
	}
	eventually(t, "the end of the expired", func() bool { look(); return len(left) <= len("3 4 5") })
	run(t, srv, `INSERT INTO surcoat_sessions (id, version, subject, expires, data) VALUES (sha256('6'), 1, '', now() - interval '1 hour', '6')`)
	eventually(t, "the end of one more", func() bool { look(); return !strings.Contains(left, "6") })
	if time.Now().Truncate(time.Hour).Equal(began) { // or the third may have gone as well
		want(t, "left", left, "3 4 5")
	}
	_, err := s.Load(t.Context(), id(1))
	wantErr(t, "load", err, session.ErrGone)
}

// An outage is logged once, and so is its end.
func TestExpiryLogsAnOutageOnce(t *testing.T) {
	srv := newDatabase(t)
	var log logged
	var attempts attempts
	open(t, postgresstore.Config{
		Pool: attempts.pool(t, srv), ExpireEvery: 10 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	for n := range 2 {
		run(t, srv, `ALTER TABLE surcoat_sessions RENAME COLUMN sweep TO swept`)
		eventually(t, "the message", func() bool { return strings.Count(log.String(), "level=ERROR") == n+1 })
		before := attempts.n.Load()
		eventually(t, "attempts", func() bool { return attempts.n.Load() > before+10 })
		want(t, "errors", strings.Count(log.String(), "level=ERROR"), n+1)
		run(t, srv, `ALTER TABLE surcoat_sessions RENAME COLUMN swept TO sweep`)
		eventually(t, "the end", func() bool { return strings.Count(log.String(), "removed again") == n+1 })
	}
}

// attempts counts the statements that remove rows.
type attempts struct{ n atomic.Int64 }

func (a *attempts) pool(t *testing.T, srv named) *pgxpool.Pool {
	c, err := pgxpool.ParseConfig(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	c.ConnConfig.Tracer = a
	pool, err := pgxpool.NewWithConfig(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func (a *attempts) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	if strings.HasPrefix(q.SQL, "DELETE") {
		a.n.Add(1)
	}
	return ctx
}

func (a *attempts) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// logged is a log.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
