package auth

import (
	"fmt"
	"net/http"
	"time"
)

// signIn makes the session id's, and keeps them signed in on this device where remember says
// so. On an error nobody is signed in that was not before.
func (h *pageHandler) signIn(w http.ResponseWriter, r *http.Request, id Identity, remember bool) error {
	st, err := h.pages.session().state(r.Context())
	if err != nil {
		return err
	}
	if id.Time.IsZero() {
		id.Time = time.Now()
	}
	if err := leave(st, r, id.Subject); err != nil {
		return err
	}
	if err := st.SetValue(pendingName, ""); err != nil {
		return fmt.Errorf("%w: writing the session: %w", ErrUnavailable, err)
	}
	if err := h.pages.Guard.Login(w, r, id); err != nil {
		return err
	}
	h.remember(w, r, id, remember)
	return nil
}

// leave ends a session in which somebody else than subject signed in: what they left in it is
// not subject's to see.
func leave(st State, r *http.Request, subject string) error {
	value, err := st.Value(stateName)
	if err != nil {
		return fmt.Errorf("%w: reading the session: %w", ErrUnavailable, err)
	}
	if former, ok := parseLogin(value); !ok || former.Subject == subject {
		return nil
	}
	if err := st.Destroy(r.Context()); err != nil {
		return fmt.Errorf("%w: ending the session of somebody else: %w", ErrUnavailable, err)
	}
	return nil
}

// remember makes the device be id's, or at least nobody else's, who would be signed in here
// when this session has ended. That it fails does not undo the sign-in.
func (h *pageHandler) remember(w http.ResponseWriter, r *http.Request, id Identity, keep bool) {
	m := h.pages.session().Remember
	if m == nil {
		return
	}
	var err error
	if held, ok := m.held(r); ok && (keep || held.name != id.Subject) {
		err = m.forget(w, r)
	}
	if err == nil && keep {
		err = m.begin(w, r, id)
	}
	if err != nil {
		h.pages.Accounts.logger().WarnContext(r.Context(), "auth: a device could not be remembered, or forgotten", "user", id.Subject, "error", err)
	}
}

// remembers reports whether r's device is one on which u stays signed in.
func (h *pageHandler) remembers(r *http.Request, u User) bool {
	m := h.pages.session().Remember
	if m == nil {
		return false
	}
	held, ok := m.held(r)
	if !ok || held.name != u.Name {
		return false
	}
	_, _, err := u.remembered(&held, time.Now())
	return err == nil
}
