package session

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/sessions"
)

// Manager is the layer that gives every request a session. Its zero value keeps
// sessions in memory and is ready. Its fields are read once, when it is first used;
// an impossible value panics there and names the field. A Manager must not be
// copied.
type Manager struct {
	// Store keeps the sessions: what [NewCookieStore] or [NewServerStore] returns, or
	// any other store of gorilla/sessions. nil is a server store on a [Memory] of its
	// own, which ends with the process.
	Store sessions.Store

	// Cookie is the cookie's name and attributes; zero is the safest.
	Cookie Cookie

	// IdleTimeout ends a session that was not used for so long; 0 is 30 minutes.
	// Use is recorded when a twentieth of it has passed since the last time, so that
	// reading does not mean writing.
	IdleTimeout time.Duration

	// Lifetime ends a session so long after it began, or was last renewed, however
	// much it is used; 0 is 12 hours.
	Lifetime time.Duration

	// RotateEvery gives sessions of a server store a new secret when theirs has been
	// in use for so long, so that a stolen cookie does not last; 0 is never. Renew does
	// it in any case. Cookies of the cookie store are sealed anew whenever they are
	// set; other stores keep the tokens they gave.
	RotateEvery time.Duration

	// Grace is how long the secret before a rotation is still accepted, for requests
	// that were on the way; 0 is 30 seconds. Renew grants none.
	Grace time.Duration

	// RevokeOnReuse also ends the session when a secret is used after its Grace: one of
	// the two who hold tokens of it has stolen theirs. False only reports
	// EventReused, as a client that lost its response looks the same.
	RevokeOnReuse bool

	// Revocations is where the cookie store, and stores that others wrote, note which
	// sessions have ended while cookies of them are still good by themselves. Its zero
	// value notes them in this process's memory. A server store needs none and refuses one.
	Revocations Revocations

	// Require names what the Store must be able to do. Wrap panics when it is not.
	// 0 requires nothing.
	Require Capability

	// Events is told what happens to sessions, in the request's goroutine; it must not
	// use the session. nil logs it with slog.Default.
	Events func(context.Context, Event)

	// Error answers a request whose changes could not be stored; nil is [ErrorPage].
	// The handler's own answer is suppressed. The header has not left yet.
	Error func(http.ResponseWriter, *http.Request, error)

	once    sync.Once
	core    *core
	problem string
}

const (
	defaultIdle     = 30 * time.Minute
	defaultLifetime = 12 * time.Hour
	defaultGrace    = 30 * time.Second
)

// core is a Manager that was checked.
type core struct {
	driver  driver
	cookie  cookieForm
	limits  limits
	rotate  time.Duration
	grace   time.Duration
	reuse   bool // ends a session
	events  func(context.Context, Event)
	fail    func(http.ResponseWriter, *http.Request, error)
	revoked revocationList
	types   sync.Map // by name, the *keyType that used it first
	plain   sync.Once
}

// Wrap returns next with a session in the context of each request; [From] finds it.
// A request that never asks for its session costs no look at cookies or store.
// All handlers that one Manager wraps share their sessions, and a Manager inside
// itself does nothing.
//
// Wrap panics when next is nil or a field impossible.
func (m *Manager) Wrap(next http.Handler) http.Handler {
	if next == nil {
		panic("session: Manager.Wrap: next is nil")
	}
	return &handler{next: next, core: m.ready()}
}

// From returns this Manager's session in ctx, nil if there is none. It is for
// programs with several Managers; others call the function [From].
func (m *Manager) From(ctx context.Context) *Session {
	c := m.ready()
	s := From(ctx)
	for s != nil && s.core != c {
		s = s.outer
	}
	return s
}

func (m *Manager) ready() *core {
	m.once.Do(func() { m.core, m.problem = m.check() })
	if m.problem != "" {
		panic("session: Manager." + m.problem)
	}
	return m.core
}

func (m *Manager) check() (c *core, problem string) {
	c = &core{
		limits: limits{
			idle:     cmp.Or(m.IdleTimeout, defaultIdle),
			lifetime: cmp.Or(m.Lifetime, defaultLifetime),
			maxAge:   m.Cookie.MaxAge,
		},
		grace:  cmp.Or(m.Grace, defaultGrace),
		rotate: m.RotateEvery, reuse: m.RevokeOnReuse,
		events: m.Events, fail: m.Error,
	}
	if c.cookie, problem = m.Cookie.form(); problem != "" {
		return nil, problem
	}
	switch {
	case m.IdleTimeout < 0 || m.IdleTimeout > 0 && m.IdleTimeout < time.Second:
		return nil, "IdleTimeout: less than a second"
	case m.Lifetime < 0 || m.Lifetime > 0 && m.Lifetime < time.Second:
		return nil, "Lifetime: less than a second"
	case m.RotateEvery < 0 || m.RotateEvery > 0 && m.RotateEvery < time.Second:
		return nil, "RotateEvery: less than a second"
	case m.Grace < 0:
		return nil, "Grace: negative"
	}
	if c.events == nil {
		c.events = logEvent
	}
	if c.fail == nil {
		c.fail = ErrorPage
	}
	c.revoked = m.Revocations.list(c)
	switch store := m.Store.(type) {
	case nil:
		c.driver = &serverDriver{core: c, backend: &Memory{}}
	case *CookieStore:
		c.driver = newCookieDriver(c, store.keys)
	case *ServerStore:
		c.driver = &serverDriver{core: c, backend: store.backend}
	default:
		c.driver = &gorillaDriver{core: c, store: store}
	}
	if _, server := c.driver.(*serverDriver); server && m.Revocations != (Revocations{}) {
		return nil, "Revocations: a server store forgets a session that has ended, and needs no note of it; leave the field out"
	}
	if missing := m.Require &^ c.driver.can(); missing != 0 {
		return nil, "Require: the Store cannot " + missing.String()
	}
	return c, ""
}
