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
			u, err := lookup(r.Context(), users, id.Subject)
			switch {
			case errors.Is(err, ErrNoUser):
				return fmt.Errorf("%w: %w", ErrRefused, err)
			case err != nil:
				return err
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
	if err := s.session.begin(st, r, id); err != nil {
		return err
	}
	if v := visitOf(r.Context()); v != nil {
		v.become(id, nil)
	}
	return nil
}

// Remember keeps whoever has signed in with this request, or before, signed in on this
// device after the session has ended, see [Remember]: for a box "keep me signed in". It
// never answers the request. Errors are those of [Guard.Login], and [ErrForbidden] for
// somebody whom another scheme found out, or whose session is limited to scopes: neither must
// become more than it is.
func (g *Guard) Remember(w http.ResponseWriter, r *http.Request) error {
	s, err := g.sameOrigin(r)
	if err != nil {
		return err
	}
	if s.session == nil || s.session.Remember == nil {
		return errors.New("auth: Guard.Remember: Session.Remember is nil; set it to &auth.Remember{…}")
	}
	v := visitOf(r.Context())
	if v == nil || v.set.guard != g {
		return errors.New("auth: Guard.Remember: no identity in the request's context; put auth.Guard.Wrap outside the handler")
	}
	id, err := v.identity()
	if err != nil {
		return err
	}
	switch {
	case id.Scheme != "Session":
		return fmt.Errorf("%w: a device is remembered for a session, and this is %s", ErrForbidden, id.Scheme)
	case len(id.Scopes) > 0:
		return fmt.Errorf("%w: a device is not remembered for a session that is limited to scopes", ErrForbidden)
	}
	return s.session.Remember.begin(w, r, id)
}

// Logout ends the session on the server, and makes the device be remembered no longer. It
// refuses what [Guard.Login] refuses, and never answers the request. Where the users cannot be
// written now the session ends all the same, but the error says that a copy of the device's
// token would still be good.
func (g *Guard) Logout(w http.ResponseWriter, r *http.Request) error {
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
	var kept error
	if s.session.Remember != nil {
		kept = s.session.Remember.forget(w, r) // with the cookie gone at least
	}
	if err := st.Destroy(r.Context()); err != nil {
		return fmt.Errorf("%w: ending the session: %w", ErrUnavailable, err)
	}
	if v := visitOf(r.Context()); v != nil {
		v.become(Identity{}, ErrNone)
	}
	return kept
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
