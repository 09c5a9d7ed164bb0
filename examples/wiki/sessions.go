package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/sessions"

	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/boltstore"
	"github.com/surcoat/surcoat/middleware/session/postgresstore"
	"github.com/surcoat/surcoat/middleware/session/redisstore"
)

// What --sessions may say, beside the URL of a database.
const (
	inFile   = "bolt"   // a file among the data
	inCookie = "cookie" // with the people themselves
)

// sessionsVariable may say the same, for a URL with a password in it: everybody on the
// machine can see what is on a command line.
const sessionsVariable = "WIKI_SESSIONS"

// In a database that it shares with other programs the wiki's sessions have names of
// their own.
const (
	redisPrefix   = "wiki:session:"
	postgresTable = "wiki_sessions"
)

// database returns what kind of database a URL names: "redis", "postgres" or "".
func database(where string) string {
	scheme, _, found := strings.Cut(where, "://")
	switch {
	case !found:
	case scheme == "redis", scheme == "rediss":
		return "redis"
	case scheme == "postgres", scheme == "postgresql":
		return "postgres"
	}
	return ""
}

// keeper is where sessions are kept while the wiki runs.
type keeper struct {
	store sessions.Store
	place string // for the log; has no password in it
	close func() error
}

// openSessions opens what --sessions says. Its errors say what to do.
func openSessions(ctx context.Context, where string, folder *disk.Folder, log *slog.Logger) (*keeper, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	place := publicly(where)
	switch {
	case where == inCookie:
		keys, err := session.OpenKeyring(folder.Path(keyFile))
		if err != nil {
			return nil, fmt.Errorf("cannot use the keys of sessions: %w", err)
		}
		return &keeper{session.NewCookieStore(keys), "in cookies", func() error { return nil }}, nil
	case database(where) == "redis":
		store, err := redisstore.Open(ctx, redisstore.Config{URL: where, Prefix: redisPrefix, Log: log})
		if err != nil {
			return nil, unreachable(place, err)
		}
		return &keeper{session.NewServerStore(store), place, store.Close}, nil
	case database(where) == "postgres":
		store, err := postgresstore.Open(ctx, postgresstore.Config{URL: where, Table: postgresTable, Log: log})
		if err != nil {
			return nil, unreachable(place, err)
		}
		return &keeper{session.NewServerStore(store), place, store.Close}, nil
	}
	file := folder.Path("sessions.db")
	store, err := boltstore.Open(ctx, boltstore.Config{Path: file, Log: log})
	if err != nil {
		return nil, fmt.Errorf("cannot keep sessions in %s: %w\nIf a wiki is running on this folder already, use that one. Another wiki needs another folder: --data FOLDER. "+
			"Several processes of one wiki need --sessions cookie, redis://… or postgres://…, all the same", file, err)
	}
	return &keeper{session.NewServerStore(store), file, store.Close}, nil
}

// publicly returns what may be said of a value of --sessions to everybody: nothing that
// may be a part of a password.
func publicly(where string) string {
	u, err := url.Parse(where)
	ats := strings.Count(where, "@")
	switch {
	case err != nil, ats > 1, ats == 1 && u.User == nil:
		scheme, _, _ := strings.Cut(where, "://") // where the password is in it is not known
		return scheme
	case u.Scheme == "":
		return where
	}
	u.RawQuery = "" // where Postgres takes a password, too
	return u.Redacted()
}

func unreachable(place string, err error) error {
	return fmt.Errorf("cannot keep sessions in %s: %w\nCorrect --sessions (or %s), start that database, or leave --sessions out: then sessions are in a file among the data", place, err, sessionsVariable)
}

// checkSessions returns what is wrong with a value of --sessions, "" for nothing. It
// does not repeat it, as there may be a password in it.
func checkSessions(where string) string {
	if where == inFile || where == inCookie || database(where) != "" {
		return ""
	}
	return "--sessions is none of bolt, cookie, redis://…, rediss://… and postgres://…"
}

// end closes what keeps the sessions, and adds why it cannot to the error of the rest.
func (k *keeper) end(err error) error {
	if closing := k.close(); closing != nil {
		return errors.Join(err, fmt.Errorf("cannot close what keeps the sessions: %w", closing))
	}
	return err
}
