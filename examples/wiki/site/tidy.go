package site

import (
	"context"
	"errors"
	"log/slog"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/session"
)

// tidied are the accounts, and see to it that sessions are forgotten which have ended with
// the generation of an account: after another password, or when somebody signs out, or is
// signed out, everywhere. They are worth nothing any more, but would still be in the list
// of devices.
type tidied struct {
	auth.Users
	sessions *session.Manager
	log      *slog.Logger
}

// Update implements [auth.Users].
func (t tidied) Update(ctx context.Context, name string, change func(*auth.User) error) error {
	var subject string
	var before, after int64
	err := t.Users.Update(ctx, name, func(u *auth.User) error {
		before = u.Generation
		err := change(u)
		subject, after = u.Name, u.Generation
		return err
	})
	if err == nil && before != after {
		t.forget(ctx, subject)
	}
	return err
}

// forget leaves the session from which the change comes: it may be about to be renewed.
// Where sessions are in cookies there is nothing to forget.
func (t tidied) forget(ctx context.Context, subject string) {
	for _, err := range t.sessions.List(ctx, subject) {
		if errors.Is(err, errors.ErrUnsupported) {
			return
		}
		break
	}
	if err := t.sessions.RevokeUser(ctx, subject, session.From(ctx).Handle()); err != nil {
		t.log.WarnContext(ctx, "sessions that have ended could not be forgotten", "user", subject, "error", err)
	}
}
