package postgresstore

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// skew is how far the clocks of program and database may differ without a word.
const skew = 10 * time.Second

// Open connects to the database, creates the table or brings it up to date, and begins
// to remove expired rows. It gives up after Config.Timeout; only where it has to create or
// change the table, or another process does, ctx alone bounds it. Errors say what to do,
// and never show the password.
func Open(ctx context.Context, c Config) (*Store, error) {
	return open(ctx, c, current)
}

func open(ctx context.Context, c Config, sch schema) (*Store, error) {
	t, err := parseTable(cmp.Or(c.Table, defaultTable))
	if err != nil {
		return nil, err
	}
	switch {
	case c.Timeout < 0:
		return nil, errors.New("postgresstore: Config.Timeout: negative; 0 is the default")
	case c.ExpireBatch < 0:
		return nil, errors.New("postgresstore: Config.ExpireBatch: negative; 0 is the default")
	case c.URL != "" && c.Pool != nil:
		return nil, errors.New("postgresstore: Config.URL and Config.Pool are both set; set one")
	}
	s := &Store{
		timeout: cmp.Or(c.Timeout, defaultTimeout),
		every:   cmp.Or(c.ExpireEvery, defaultExpireEvery),
		batch:   cmp.Or(c.ExpireBatch, defaultExpireBatch),
		log:     cmp.Or(c.Log, slog.Default()),
		sql:     newStatements(t.String()),
		pool:    c.Pool,
		ended:   make(chan struct{}),
	}
	if s.pool == nil {
		if err := s.connect(c.URL); err != nil {
			return nil, err
		}
		defer func() {
			if err != nil {
				go s.pool.Close() // which waits for a server that does not answer
			}
		}()
	}
	s.mode.Store(int32(s.pool.Config().ConnConfig.DefaultQueryExecMode))
	if err = s.compareClocks(ctx); err != nil {
		return nil, err
	}
	if err = s.prepare(ctx, sch, t); err != nil {
		return nil, err
	}
	background, stop := context.WithCancel(context.Background())
	s.stop = stop
	go s.expire(background)
	return s, nil
}

// connect makes the pool. It does not yet connect.
func (s *Store) connect(target string) error {
	c, err := parseURL(target)
	if err != nil {
		return err
	}
	if t := &c.ConnConfig.ConnectTimeout; *t == 0 || *t > s.timeout {
		*t = s.timeout
	}
	s.pool, err = pgxpool.NewWithConfig(context.Background(), c)
	s.owned = true
	return err
}

// compareClocks is the first thing asked of the server.
func (s *Store) compareClocks(ctx context.Context) error {
	return s.do(ctx, "open", repeatable, func(ctx context.Context, c conn) error {
		var theirs time.Time
		began := time.Now()
		if err := c.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&theirs); err != nil {
			return err
		}
		took := time.Since(began)
		if ahead := began.Add(took / 2).Sub(theirs); ahead.Abs() > skew+took {
			s.log.Warn("postgresstore: the clocks of this program and of the database differ; sessions end by the database's", "ahead", ahead)
		}
		return nil
	})
}
