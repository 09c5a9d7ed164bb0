package postgresstore_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/postgresstore"
	"github.com/surcoat/surcoat/middleware/session/storetest"
)

func TestStore(t *testing.T) {
	srv := newDatabase(t)
	storetest.Run(t, func(tb testing.TB) session.Backend {
		return open(tb, postgresstore.Config{URL: srv.URL(), Table: newTable()})
	})
}

// modes are the ways in which pgx sends statements.
var modes = []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"}

// Subjects and data are bytes, whichever way they are sent.
func TestHostileStrings(t *testing.T) {
	srv := newDatabase(t)
	long := strings.Repeat("längst", 10_000)
	for _, mode := range modes {
		table := newTable()
		s := open(t, postgresstore.Config{URL: srv.URL() + "&default_query_exec_mode=" + mode, Table: table})
		ctx := t.Context()
		for n, hostile := range []string{
			"\x00", "a\x00b", "\xff\xfe", `\x41`, `\\000`, "'; DROP TABLE sessions; --", "$1", "\n", " ", "ü", long, long + "x",
		} {
			what := fmt.Sprintf("%s, %.20q", mode, hostile)
			first, second := id(2*n), id(2*n+1)
			for _, id := range []session.ID{first, second} {
				r := record(hostile, hostile)
				r.Version, _ = s.Save(ctx, id, r)
				_, err := s.Save(ctx, id, r)
				wantErr(t, what+": save", err, nil)
			}
			got, err := s.Load(ctx, first)
			wantErr(t, what+": load", err, nil)
			want(t, what+": subject", got.Subject == hostile, true)
			want(t, what+": data", got.Data == hostile, true)
			want(t, what+": listed", listed(t, s, hostile), 2)
			wantErr(t, what+": touch", s.Touch(ctx, first, got.Expires), nil)
			wantErr(t, what+": revoke", s.Revoke(ctx, hostile, second), nil)
			want(t, what+": left", listed(t, s, hostile), 1)
			wantErr(t, what+": delete", s.Delete(ctx, second), nil)
		}
		var left int
		query(t, srv, "SELECT count(*) FROM "+table, &left)
		want(t, "rows left", left, 0)
	}
}

// Who holds a session that expired cannot save over what was created in its place.
func TestVersionsGoOn(t *testing.T) {
	srv := newDatabase(t)
	s := open(t, postgresstore.Config{URL: srv.URL()})
	old := record("ada", "old")
	old.Version, _ = s.Save(t.Context(), id(1), old)
	run(t, srv, `UPDATE surcoat_sessions SET expires = now() - interval '1 hour'`)
	_, err := s.Save(t.Context(), id(1), record("bob", "new"))
	wantErr(t, "create", err, nil)
	_, err = s.Save(t.Context(), id(1), old)
	wantErr(t, "save of the old one", err, session.ErrConflict)
}

// Nobody's sessions are no one's to list or revoke.
func TestNoSubject(t *testing.T) {
	srv := newDatabase(t)
	s := open(t, postgresstore.Config{URL: srv.URL()})
	_, err := s.Save(t.Context(), id(1), record("", "x"))
	wantErr(t, "save", err, nil)
	want(t, "listed", listed(t, s, ""), 0)
	wantErr(t, "revoke", s.Revoke(t.Context(), ""), nil)
	_, err = s.Load(t.Context(), id(1))
	wantErr(t, "load", err, nil)
}

// A list is read by pages: who looks at a record holds no connection.
func TestListByPages(t *testing.T) {
	srv := newDatabase(t)
	s := open(t, postgresstore.Config{URL: srv.URL() + "&pool_max_conns=1", Timeout: 20 * time.Second})
	ctx := t.Context()
	run(t, srv, `INSERT INTO surcoat_sessions (id, version, subject, expires, data)
SELECT sha256(n::text::bytea), 1, 'ada', now() + interval '1 hour', n::text::bytea FROM generate_series(1, 1000) AS n`)
	seen := make(map[string]bool)
	for r, err := range s.List(ctx, "ada") {
		wantErr(t, "list", err, nil)
		seen[r.Data] = true
		if len(seen)%100 == 0 {
			_, err := s.Load(ctx, id(1))
			wantErr(t, "load while listing", err, session.ErrGone)
		}
	}
	want(t, "records", len(seen), 1000)
	n := 0
	for range s.List(ctx, "ada") {
		if n++; n == 300 {
			break
		}
	}
	want(t, "records until break", n, 300)
}

// Times that the column cannot hold are moved to those that it can.
func TestExtremeTimes(t *testing.T) {
	srv := newDatabase(t)
	for _, mode := range modes {
		s := open(t, postgresstore.Config{URL: srv.URL() + "&default_query_exec_mode=" + mode, Table: newTable()})
		for n, test := range []struct {
			expires time.Time
			err     error
		}{
			{time.Time{}, session.ErrGone},
			{time.Unix(-1<<62, 0), session.ErrGone},
			{time.Unix(1<<62, 0), nil},
			{time.Date(300000, 1, 1, 0, 0, 0, 0, time.UTC), nil},
		} {
			_, err := s.Save(t.Context(), id(n), session.Record{Expires: test.expires})
			wantErr(t, fmt.Sprint(mode, " save ", test.expires), err, nil)
			_, err = s.Load(t.Context(), id(n))
			wantErr(t, fmt.Sprint(mode, " load ", test.expires), err, test.err)
			wantErr(t, "touch", s.Touch(t.Context(), id(n), test.expires), test.err)
		}
	}
}

// What others write into the table is refused by it, or is no more than data.
func TestRowsOfOthers(t *testing.T) {
	srv := newDatabase(t)
	s := open(t, postgresstore.Config{URL: srv.URL()})
	c := connect(t, srv)
	for _, row := range []string{
		`'short', 1, '', now(), ''`,
		`sha256('x'), 0, '', now(), ''`,
		`sha256('x'), -1, '', now(), ''`,
		`sha256('x'), 1, NULL, now(), ''`,
		`sha256('x'), 1, '', 'infinity', ''`,
		`sha256('x'), 1, '', '-infinity', ''`,
	} {
		if _, err := c.Exec(t.Context(), `INSERT INTO surcoat_sessions (id, version, subject, expires, data) VALUES (`+row+`)`); err == nil {
			t.Errorf("the table took %s", row)
		}
	}
	run(t, srv, `INSERT INTO surcoat_sessions (id, version, subject, expires, data)
VALUES (decode(rpad('', 64, '0'), 'hex'), 9223372036854775807, 'ada', '294276-01-01', 'no record')`)
	r, err := s.Load(t.Context(), session.ID{})
	wantErr(t, "load", err, nil)
	want(t, "data", r.Data, "no record")
	_, err = s.Save(t.Context(), session.ID{}, r)
	if err == nil {
		t.Error("a version was counted past its end")
	}
	want(t, "listed", listed(t, s, "ada"), 1)
	r.Version = 1<<64 - 1
	_, err = s.Save(t.Context(), session.ID{}, r)
	wantErr(t, "a version that no row has", err, session.ErrConflict)
}

// Touches leave the indexes alone but where the hour changes, which takes no vacuum.
func TestTouchIsCheap(t *testing.T) {
	srv := newDatabase(t)
	s := open(t, postgresstore.Config{URL: srv.URL()})
	ends := time.Now().Truncate(time.Hour).Add(3 * time.Hour)
	for n := range 50 {
		_, err := s.Save(t.Context(), id(n), session.Record{Expires: ends, Data: strings.Repeat("x", 400)})
		wantErr(t, "save", err, nil)
	}
	for round := range 30 {
		for n := range 50 {
			wantErr(t, "touch", s.Touch(t.Context(), id(n), ends.Add(time.Duration(round)*time.Minute)), nil)
		}
	}
	wantErr(t, "close", s.Close(), nil) // its connections report what they did
	var all, hot int
	eventually(t, "statistics", func() bool {
		query(t, srv, `SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'surcoat_sessions'`, &all, &hot)
		return all == 50*30
	})
	if hot < all*9/10 {
		t.Errorf("%d of %d touches wrote the indexes", all-hot, all)
	}
}

// Open says when sessions would end at other times than the program means.
func TestClocksThatDiffer(t *testing.T) {
	for ahead, warned := range map[string]bool{"0 seconds": false, "1 minute": true, "-1 minute": true} {
		srv := newDatabase(t)
		run(t, srv, `CREATE SCHEMA wrong; CREATE FUNCTION wrong.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT pg_catalog.clock_timestamp() + interval '`+ahead+`' $$`)
		var log logged
		open(t, postgresstore.Config{URL: srv.URL() + "&search_path=wrong,pg_catalog,public", Log: slog.New(slog.NewTextHandler(&log, nil))})
		want(t, ahead+": "+log.String(), strings.Contains(log.String(), "clocks"), warned)
	}
}

// With a pool of the caller's, Close leaves it open.
func TestPoolOfTheCaller(t *testing.T) {
	srv := newDatabase(t)
	pool := newPool(t, srv.URL())
	s := open(t, postgresstore.Config{Pool: pool})
	_, err := s.Save(t.Context(), id(1), record("", "x"))
	wantErr(t, "save", err, nil)
	wantErr(t, "close", s.Close(), nil)
	wantErr(t, "close again", s.Close(), nil)
	wantErr(t, "the pool", pool.Ping(t.Context()), nil)
}

// A client that hangs up costs no connection.
func TestCancelledRequestsKeepConnections(t *testing.T) {
	srv := newDatabase(t)
	pool := newPool(t, srv.URL()+"&pool_max_conns=2")
	s := open(t, postgresstore.Config{Pool: pool})
	_, err := s.Save(t.Context(), id(1), record("", "x"))
	wantErr(t, "save", err, nil)
	before := pool.Stat().NewConnsCount()
	for n := range 200 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Duration(n)*time.Microsecond, cancel)
		if _, err := s.Load(ctx, id(1)); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("load: %v", err)
		}
		cancel()
	}
	if n := pool.Stat().NewConnsCount() - before; n > 1 {
		t.Errorf("%d connections were replaced", n)
	}
}
