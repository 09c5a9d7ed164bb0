package auth_test

import (
	"net/http"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/middlewaretest"
)

func TestConformance(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse", "editor")
	suite := middlewaretest.Suite{Prepare: func(r *http.Request) { r.SetBasicAuth("ada", "correct horse") }}
	guards := func() (required, optional *auth.Guard) {
		required = &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}}
		session := &auth.Session{From: (&state{}).from, Users: accounts.Users}
		optional = &auth.Guard{Schemes: []auth.Scheme{session, &auth.Basic{Accounts: accounts}}, Optional: true}
		return
	}
	t.Run("required", func(t *testing.T) {
		required, _ := guards()
		suite.Run(t, required.Wrap)
	})
	t.Run("optional", func(t *testing.T) {
		_, optional := guards()
		middlewaretest.Run(t, optional.Wrap) // nobody is signed in
	})
	t.Run("nested", func(t *testing.T) {
		required, optional := guards()
		suite.Run(t, func(next http.Handler) http.Handler {
			return optional.Wrap(required.Wrap(optional.Require(auth.Role("editor"))(next)))
		})
	})
	t.Run("without Authorization", func(t *testing.T) {
		required, _ := guards()
		required.StripAuthorization = true
		suite.Run(t, required.Wrap)
	})
}
