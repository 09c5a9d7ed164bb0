package postgresstore

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Config says where the sessions are. Either URL or Pool must be set.
type Config struct {
	// URL names the database: "postgres://user:password@host:5432/database", or a list of
	// keywords, "host=/run/postgresql dbname=app". It may have pgx's parameters, of
	// which pool_max_conns matters most: the number of connections, by default 4 or the
	// number of processors if that is more.
	URL string

	// Pool is used in the place of connections of the store's own; nil opens URL. Close
	// leaves it open.
	Pool *pgxpool.Pool

	// Table is the table, after a schema and a dot if it needs one; "" is
	// "surcoat_sessions", where the search_path of the connection finds it. Names are
	// letters, digits and _, and upper case is kept. Open creates the table, and brings
	// one of an older version of this package up to date.
	Table string

	// Timeout bounds every operation, the waiting for a connection and the making of one
	// included; 0 is 3 seconds. What is slower fails.
	Timeout time.Duration

	// ExpireEvery is how often a batch of expired rows is removed; 0 is a minute, and
	// less than 0 never, for programs beside others that do it. A batch that was full
	// is soon followed by the next.
	ExpireEvery time.Duration

	// ExpireBatch is how many rows are removed at a time; 0 is 1000.
	ExpireBatch int

	// Log is told when the removal of expired rows fails and works again, and of a clock
	// that differs from the database's; nil is slog.Default.
	Log *slog.Logger
}

const (
	defaultTable       = "surcoat_sessions"
	defaultTimeout     = 3 * time.Second
	defaultExpireEvery = time.Minute
	defaultExpireBatch = 1000
)

// parseURL reads Config.URL. Where it cannot be read, what is the password in it is not
// known either: the error shows nothing of it.
func parseURL(target string) (*pgxpool.Config, error) {
	if target == "" {
		return nil, errors.New("postgresstore: Config.URL: empty; set it, or Config.Pool")
	}
	const how = "write postgres://user:password@host:5432/database, with % and two hexadecimal digits for special characters of the password, or host=… user=… password=… dbname=…"
	c, err := pgxpool.ParseConfig(target)
	if err != nil {
		// The error repeats the text between backquotes, with the password removed where
		// it was found.
		reason := err.Error()
		if i := strings.LastIndex(reason, "`: "); i >= 0 {
			reason = reason[i+3:]
		}
		if unread := (*pgconn.ParseConfigError)(nil); !errors.As(err, &unread) || strings.HasPrefix(reason, "failed to parse as") {
			reason = "cannot be read"
		}
		return nil, fmt.Errorf("postgresstore: Config.URL: %s; %s", reason, how)
	}
	if misplaced(target) {
		return nil, fmt.Errorf("postgresstore: Config.URL: an @ that does not end the password; %s", how)
	}
	return c, nil
}

// misplaced reports whether a URL has an @ that may belong to a password which was not
// encoded: a part of it would then be taken for the host or the database, which errors
// show.
func misplaced(target string) bool {
	_, rest, isURL := strings.Cut(target, "://")
	if !isURL {
		return false
	}
	authority := rest
	if end := strings.IndexAny(rest, "/?"); end >= 0 {
		authority = rest[:end]
	}
	n := strings.Count(authority, "@")
	return n > 1 || n < strings.Count(target, "@")
}
