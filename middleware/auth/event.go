package auth

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"

	"github.com/surcoat/surcoat/middleware/auth/throttle"
)

// EventKind says what happened.
type EventKind string

// What [Accounts] report.
const (
	EventRefused EventKind = "refused" // a wrong password or code
	EventLimited EventKind = "limited" // a guess that was not looked at, as there were too many
)

// Event is something that happened at an account's door: for an audit, or for a program that
// shuts out addresses. It holds no password and no code.
type Event struct {
	Kind EventKind // what happened

	// User is the account that was meant. "": there is none of the name that was given,
	// which is not told, as it may be a password in the wrong field.
	User string

	Use    string     // what was guessed at: "password" or "code"
	Client netip.Addr // where it came from; behind a proxy see forwarded.Proxies
}

// report tells of a guess that failed with err.
func (a *Accounts) report(r *http.Request, user, use string, err error) {
	e := Event{Kind: EventRefused, User: user, Use: use, Client: clientAddr(r)}
	var limited *throttle.Limited
	switch {
	case errors.As(err, &limited):
		e.Kind = EventLimited
	case !errors.Is(err, ErrRefused):
		return
	}
	if a.Events != nil {
		a.Events(r.Context(), e)
		return
	}
	a.logEvent(r.Context(), e)
}

// logEvent is an Accounts' Events where the field is nil. Any stranger can cause it.
func (a *Accounts) logEvent(ctx context.Context, e Event) {
	log := a.logger()
	if !log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	attrs := make([]slog.Attr, 0, 2)
	if e.User != "" {
		attrs = append(attrs, slog.String("user", e.User))
	}
	attrs = append(attrs, slog.String("client", e.Client.String()))
	log.LogAttrs(ctx, slog.LevelInfo, "auth: "+e.Use+" "+string(e.Kind), attrs...)
}
