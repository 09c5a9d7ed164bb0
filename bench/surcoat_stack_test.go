package bench_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/gorilla/sessions"

	"github.com/surcoat/surcoat/bench/fixtures"
	"github.com/surcoat/surcoat/middleware"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/gzip"
	"github.com/surcoat/surcoat/middleware/session"
)

// surcoatStack is middleware.Stack with the defaults of every layer. The route inside
// is guarded, and its user looked up for every request.
func surcoatStack(tb testing.TB, store sessions.Store, p fixtures.Page) http.Handler {
	accounts := &auth.MemoryUsers{}
	for _, name := range []string{subject, "grace@example.org"} {
		if err := accounts.Create(context.Background(), auth.User{Name: name}); err != nil {
			tb.Fatal(err)
		}
	}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{Users: accounts}}, Optional: true}
	site := middleware.Stack{
		Trace:    &cgitrace.Page{},
		Compress: &gzip.Compressor{},
		Session:  &session.Manager{Store: store},
		Auth:     guard,
	}.Chain()
	return site.Then(surcoatSite{guard, accounts, guard.Require()(surcoatMember{p})})
}

// surcoatSite signs in at /login and has the members' page everywhere else.
type surcoatSite struct {
	guard   *auth.Guard
	users   auth.Users
	members http.Handler
}

func (s surcoatSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/login" {
		s.members.ServeHTTP(w, r)
		return
	}
	u, err := s.users.Lookup(r.Context(), subject)
	if err == nil {
		err = s.guard.Login(w, r, u.Identity())
	}
	if err == nil {
		err = themeKey.Set(session.From(r.Context()), theme)
	}
	if err == nil {
		err = visitsKey.Set(session.From(r.Context()), visits)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// surcoatMember answers only to the right user with the right theme.
type surcoatMember struct{ page fixtures.Page }

func (m surcoatMember) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, _ := auth.From(r.Context())
	if look, _ := themeKey.Get(session.From(r.Context())); id.Subject != subject || look != theme {
		http.Error(w, "the session was not read", http.StatusInternalServerError)
		return
	}
	m.page.ServeHTTP(w, r)
}
