package session

import (
	"context"
	"log/slog"
)

// EventKind says what happened.
type EventKind string

// What a Manager reports.
const (
	EventCreated   EventKind = "created"   // a session was stored for the first time
	EventRenewed   EventKind = "renewed"   // Renew: login, change of privilege
	EventRotated   EventKind = "rotated"   // a new secret, by RotateEvery
	EventDestroyed EventKind = "destroyed" // Destroy, and a Manager's Revoke

	EventUserRevoked EventKind = "user revoked" // a Manager's RevokeUser
	EventAllRevoked  EventKind = "all revoked"  // a Manager's RevokeBefore

	EventUnknown     EventKind = "unknown"     // a token that the store does not hold; not adopted
	EventExpired     EventKind = "expired"     // a token past IdleTimeout or Lifetime
	EventUndecodable EventKind = "undecodable" // a cookie, record or value that cannot be read
	EventRevoked     EventKind = "revoked"     // the cookie of a session that was destroyed or renewed, and refused
	EventReused      EventKind = "reused"      // a secret that was rotated out, past its grace: perhaps stolen

	EventGone       EventKind = "gone"        // the session ended while a request changed it; the change was dropped
	EventLoadFailed EventKind = "load failed" // the store did not answer
	EventSaveFailed EventKind = "save failed" // the store did not take a change
	EventDropped    EventKind = "dropped"     // the list of revoked sessions in memory is full; one entry went
	EventUnchecked  EventKind = "unchecked"   // accepted, though Revocations.Backend did not answer, as FailOpen says

	// EventPlainHTTP says, once for a Manager, that a Secure cookie answered a request
	// that came over plain http, and not from this machine: browsers do not keep it.
	// Behind a server with TLS, forwarded.Proxies is the layer that knows better.
	EventPlainHTTP EventKind = "cookie is Secure and the request was not"
)

// Event is something that happened to a session. It holds nothing that signs
// anybody in.
type Event struct {
	Kind    EventKind // what happened
	Handle  string    // the session's public name; "" where none is known
	Subject string    // whom the session signs in; "" for nobody
	Err     error     // the cause; may be nil
}

// level is how loudly slog tells of an event. What any stranger can cause by
// sending a cookie stays below Warn.
func (k EventKind) level() slog.Level {
	switch k {
	case EventReused, EventLoadFailed, EventSaveFailed, EventDropped, EventUnchecked, EventPlainHTTP:
		return slog.LevelWarn
	case EventUndecodable, EventRevoked, EventGone:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// logEvent is a Manager's Events where the field is nil.
func logEvent(ctx context.Context, e Event) {
	log, level := slog.Default(), e.Kind.level()
	if !log.Enabled(ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 3)
	if e.Handle != "" {
		attrs = append(attrs, slog.String("handle", e.Handle))
	}
	if e.Subject != "" {
		attrs = append(attrs, slog.String("subject", e.Subject))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.Any("error", e.Err))
	}
	log.LogAttrs(ctx, level, "session "+string(e.Kind), attrs...)
}
