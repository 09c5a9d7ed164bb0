package session_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/surcoat/surcoat/middleware/session"
)

// A request that began before its session was revoked, and renews it for whom it signed
// in, as a change of privilege does, does not bring it back.
func TestRenewRevivesNobody(t *testing.T) {
	eachKind(t, allKinds, func(t *testing.T, _ string, m *session.Manager) {
		c := devicesSite(m)
		var meanwhile func()
		c.h = m.Wrap(mux{
			"/login":  func(_ http.ResponseWriter, r *http.Request, s *session.Session) { _ = s.Renew(r.Context(), "ada") },
			"/who":    func(w http.ResponseWriter, _ *http.Request, s *session.Session) { fmt.Fprint(w, s.Subject()) },
			"/logout": func(_ http.ResponseWriter, r *http.Request, s *session.Session) { _ = s.Destroy(r.Context()) },
			"/handle": func(w http.ResponseWriter, _ *http.Request, s *session.Session) { fmt.Fprint(w, s.Handle()) },
			"/more": func(w http.ResponseWriter, r *http.Request, s *session.Session) {
				who := s.Subject()
				if r.URL.RawQuery != "" {
					who = r.URL.RawQuery
				}
				meanwhile() // its body arrives slowly
				switch err := s.Renew(r.Context(), who); {
				case errors.Is(err, session.ErrGone):
					w.WriteHeader(http.StatusConflict) // an answer of its own
					fmt.Fprint(w, session.ErrGone)
				case err != nil:
					fmt.Fprint(w, err)
				}
			},
		})
		for what, end := range map[string]func(owner *client){
			"RevokeUser": func(*client) { _ = m.RevokeUser(t.Context(), "ada") },
			"Revoke":     func(owner *client) { _ = m.Revoke(t.Context(), owner.get("/handle").body) },
			"logout":     func(owner *client) { owner.get("/logout") },
			"Renew":      func(owner *client) { owner.get("/login") },
		} {
			owner := c.clone()
			owner.get("/login")
			thief := owner.clone()
			meanwhile = func() { end(owner) }
			want(t, what, thief.get("/more").body, "session: no longer exists")
			want(t, "after "+what, thief.get("/who").body, "")
		}
		// Who signs in as somebody else, or for the first time, is not concerned.
		owner := c.clone()
		owner.get("/login")
		meanwhile = func() { _ = m.RevokeUser(t.Context(), "ada") }
		want(t, "another user", owner.get("/more?bob").body, "")
		want(t, "another user", owner.get("/who").body, "bob")
	})
}
