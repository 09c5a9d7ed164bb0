package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/gorilla/sessions"

	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/boltstore"
	"github.com/surcoat/surcoat/middleware/session/redisstore"
)

// CheckSession returns what is wrong with a value of --session. It does not repeat it, as there
// may be a password in it.
func CheckSession(where string) error {
	kind, rest, _ := strings.Cut(where, ":")
	switch kind {
	case "memory":
		if rest == "" {
			return nil
		}
	case "cookie", "bolt":
		if rest != "" {
			return nil
		}
		return fmt.Errorf("--session %s: needs a file: %s:/var/lib/site/%s", kind, kind, map[string]string{"cookie": "keys", "bolt": "sessions.db"}[kind])
	case "redis", "rediss":
		return nil
	}
	return errors.New("--session is none of memory, cookie:FILE, bolt:FILE, redis://HOST:PORT/DB and rediss://…")
}

// openSessions opens what --session says. What it returns to be closed may be nil.
func openSessions(ctx context.Context, where string, log *slog.Logger) (sessions.Store, io.Closer, error) {
	kind, rest, _ := strings.Cut(where, ":")
	switch kind {
	case "cookie":
		keys, err := session.OpenKeyring(rest)
		if err != nil {
			return nil, nil, fmt.Errorf("cannot use the keys of sessions: %w", err)
		}
		return session.NewCookieStore(keys), nil, nil
	case "bolt":
		store, err := boltstore.Open(ctx, boltstore.Config{Path: rest, Log: log})
		if err != nil {
			return nil, nil, fmt.Errorf("cannot keep sessions in %s: %w; only one process at a time can use the file", rest, err)
		}
		return session.NewServerStore(store), store, nil
	case "redis", "rediss":
		store, err := redisstore.Open(ctx, redisstore.Config{URL: where, Prefix: "surcoat:session:", Log: log})
		if err != nil {
			return nil, nil, fmt.Errorf("cannot keep sessions in Redis: %w", err)
		}
		return session.NewServerStore(store), store, nil
	}
	return nil, nil, nil // a Manager's own memory
}
