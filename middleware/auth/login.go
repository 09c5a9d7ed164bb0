package auth

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Login signs id in: it renews the session, so that a secret known before is worth
// nothing, and keeps in it who it is, when they proved it and their generation. What was
// in the session stays. [From] has the new identity at once. Call it also when a signed-in
// user's rights grow. It never answers the request; [Guard.Next] says where to go.
//
// An id without Time is of now. Roles are kept only where [Session.Users] is nil; Claims
// come back as encoding/json decodes them.
//
// A subject that is not, or no longer, in [Session.Users] is [ErrRefused].
// A request that another origin made a browser send is [ErrForbidden], whoever it is
// from: it could sign a victim in as somebody else. Errors of the session and the
// users wrap [ErrUnavailable].
func (g *Guard) Login(_ http.ResponseWriter, r *http.Request, id Identity) error {
	s, err := g.sameOrigin(r)
	if err != nil {
		return err
	}
	if s.session == nil {
		return errors.New("auth: Guard.Login: no Session among Guard.Schemes; add &auth.Session{…}")
	}
	if id.Subject == "" {
		return errors.New("auth: Guard.Login: Identity.Subject is empty")
	}
	st, err := s.session.state(r.Context())
	if err != nil {
		return err
	}
	if users := s.session.Users; users != nil {
		// Not the generation of now where the password was checked under another.
		if !id.stamp.known {
			u, err := users.Lookup(r.Context(), id.Subject)
			switch {
			case errors.Is(err, ErrNoUser):
				return fmt.Errorf("%w: %w", ErrRefused, err)
			case err != nil:
				return fmt.Errorf("%w: looking up the user: %w", ErrUnavailable, err)
			case u.Disabled:
				return fmt.Errorf("%w: the user is disabled", ErrRefused)
			}
			id.Roles, id.stamp = u.Roles, u.Identity().stamp
		}
	}
	if id.Time.IsZero() {
		id.Time = time.Now()
	}
	id.Ambient, id.Scheme = true, "Session"
	value, err := formatLogin(id, s.session.Users == nil)
	if err != nil {
		return err
	}
	if err := st.Renew(r.Context(), id.Subject); err != nil {
		return fmt.Errorf("%w: renewing the session: %w", ErrUnavailable, err)
	}
	if err := st.SetValue(stateName, value); err != nil {
		return fmt.Errorf("%w: writing the session: %w", ErrUnavailable, err)
	}
	if v := visitOf(r.Context()); v != nil {
		v.become(id, nil)
	}
	return nil
}

// Logout ends the session on the server. It refuses what [Guard.Login] refuses, and never
// answers the request.
func (g *Guard) Logout(_ http.ResponseWriter, r *http.Request) error {
	s, err := g.sameOrigin(r)
	if err != nil {
		return err
	}
	if s.session == nil {
		return errors.New("auth: Guard.Logout: no Session among Guard.Schemes; add &auth.Session{…}")
	}
	st, err := s.session.state(r.Context())
	if err != nil {
		return err
	}
	if err := st.Destroy(r.Context()); err != nil {
		return fmt.Errorf("%w: ending the session: %w", ErrUnavailable, err)
	}
	if v := visitOf(r.Context()); v != nil {
		v.become(Identity{}, ErrNone)
	}
	return nil
}

// sameOrigin returns the settings for a request that no other origin caused.
func (g *Guard) sameOrigin(r *http.Request) (*settings, error) {
	s, err := g.settle()
	if err != nil {
		return nil, err
	}
	if err := s.crossOrigin.Check(r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForbidden, err)
	}
	return s, nil
}
