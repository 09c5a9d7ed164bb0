package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// State is what this package needs of a session. middleware/session's *Session is one.
type State interface {
	// Value returns what SetValue kept under name, "" for nothing. An error says
	// that the session cannot be read now.
	Value(name string) (string, error)

	// SetValue keeps value under name. With "" it may forget the name.
	SetValue(name, value string) error

	// Renew gives the session a new secret, so that one that was planted or seen before
	// a login is worth nothing after it, and files it under subject.
	Renew(ctx context.Context, subject string) error

	// Destroy ends the session on the server, at once.
	Destroy(ctx context.Context) error
}

// Session is the scheme of people with a browser: who they are is kept in their
// session, put there by [Guard.Login]. It is asked last, and only when somebody
// asks who it is.
type Session struct {
	// From returns the request's session; nil says that the request has none, which
	// means that the session layer is not outside the Guard, and is answered with 500.
	// Where From itself is nil, a middleware.Stack that has a Session sets it; else
	// Guard.Wrap panics. In a chain made by hand it is
	//
	//	func(ctx context.Context) auth.State {
	//		if s := session.From(ctx); s != nil {
	//			return s
	//		}
	//		return nil // a nil *Session in a State would not be nil
	//	}
	From func(context.Context) State

	// Users, if set, is asked for the user on every request that asks who it is. Roles
	// then are the user's present ones, and a user who was deleted, disabled or given
	// a new generation since the login is signed out. nil: what the login said
	// holds as long as the session.
	Users Users

	// Remember, if set, keeps people signed in on a device beyond their session there,
	// where [Guard.Remember] was called. Its users should be those of Users.
	Remember *Remember
}

var errNoSession = errors.New("auth: no session in the request's context; put session.Manager.Wrap outside auth.Guard.Wrap")

func (s *Session) check() error {
	if s.From == nil {
		return errors.New("auth: Session.From is nil; set it to a function that returns the request's session, as its documentation shows, or let a middleware.Stack with a Session do so")
	}
	if s.Remember != nil {
		return s.Remember.check()
	}
	return nil
}

func (s *Session) state(ctx context.Context) (State, error) {
	if st := s.From(ctx); st != nil {
		return st, nil
	}
	return nil, errNoSession
}

// Authenticate implements [Scheme]. A session in which nobody signed in, one that
// ended, and one of a user who may no longer sign in are [ErrNone]: nobody sent
// these on purpose.
func (s *Session) Authenticate(w http.ResponseWriter, r *http.Request) (Identity, error) {
	st, err := s.state(r.Context())
	if err != nil {
		return Identity{}, err
	}
	id, err := s.login(st, r)
	if err != ErrNone || s.Remember == nil {
		return id, err
	}
	begun := false
	id, err = s.Remember.revive(w, r, func(id Identity) error {
		begun = true
		return s.begin(st, r, id)
	})
	if begun && err != nil {
		if left := st.SetValue(stateName, ""); left != nil {
			return Identity{}, fmt.Errorf("%w: writing the session: %w", ErrUnavailable, left)
		}
	}
	return id, err
}

// login returns who signed in in the session, [ErrNone] for nobody.
func (s *Session) login(st State, r *http.Request) (Identity, error) {
	value, err := st.Value(stateName)
	if err != nil {
		return Identity{}, fmt.Errorf("%w: reading the session: %w", ErrUnavailable, err)
	}
	id, ok := parseLogin(value)
	if !ok {
		return Identity{}, ErrNone
	}
	if s.Users == nil {
		return id, nil
	}
	u, err := lookup(r.Context(), s.Users, id.Subject)
	switch {
	case errors.Is(err, ErrNoUser):
		return Identity{}, ErrNone
	case err != nil:
		return Identity{}, err
	case u.Disabled || u.Generation != id.stamp.value:
		return Identity{}, ErrNone
	}
	id.Roles = u.Roles
	return id, nil
}

// begin makes st the session of id, whose fields are all set.
func (s *Session) begin(st State, r *http.Request, id Identity) error {
	value, err := formatLogin(id, s.Users == nil)
	if err != nil {
		return err
	}
	if err := st.Renew(r.Context(), id.Subject); err != nil {
		return fmt.Errorf("%w: renewing the session: %w", ErrUnavailable, err)
	}
	if err := st.SetValue(stateName, value); err != nil {
		return fmt.Errorf("%w: writing the session: %w", ErrUnavailable, err)
	}
	return nil
}

// Challenge implements [Challenger]. RFC 9110 §15.5.2 wants a challenge with every
// 401; no scheme is registered for cookies, and clients pass over names they do not know.
// A step-up is told in the words of RFC 9470 §3.
func (s *Session) Challenge(h http.Header, err error) {
	challenge := `Cookie realm="session"`
	var stepUp *StepUp
	if errors.As(err, &stepUp) {
		challenge += stepUp.params()
	}
	h.Add("WWW-Authenticate", challenge)
}
