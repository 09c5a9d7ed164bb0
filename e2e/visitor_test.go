package e2e_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gorilla/sessions"

	"github.com/surcoat/surcoat/middleware/session"
)

// visitor is a browser of a site that answers in this process.
type visitor struct {
	site    http.Handler
	cookies map[string]string
}

func visit(site http.Handler) *visitor { return &visitor{site, map[string]string{}} }

// copy is somebody who has the same cookies: a parallel request, a thief.
func (v *visitor) copy() *visitor { return &visitor{v.site, maps.Clone(v.cookies)} }

// at is the same browser at another site.
func (v *visitor) at(site http.Handler) *visitor { return &visitor{site, v.cookies} }

// get returns the page, after its status where that is not 200.
func (v *visitor) get(target string) string { return v.do(context.Background(), target) }

// slow changes its session after meanwhile, which runs when it has loaded it.
func (v *visitor) slow(meanwhile func()) *visitor {
	v.do(context.WithValue(context.Background(), meanwhileKey{}, meanwhile), "/slow")
	return v
}

type meanwhileKey struct{}

func meanwhile(r *http.Request) { r.Context().Value(meanwhileKey{}).(func())() }

func (v *visitor) do(ctx context.Context, target string) string {
	r := httptest.NewRequestWithContext(ctx, "GET", target, nil)
	r.Host = "localhost"
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	v.site.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if v.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		}
	}
	if w.Code != http.StatusOK {
		return fmt.Sprint(w.Code, " ", w.Body)
	}
	return w.Body.String()
}

func equal(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// plainSite uses a store as gorilla/sessions has it: load, change, save.
func plainSite(store sessions.Store) http.Handler {
	mux := http.NewServeMux()
	handle := func(path string, f func(w http.ResponseWriter, r *http.Request, s *sessions.Session)) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			s, _ := store.Get(r, "plain") // as its documentation says: with an error, s is new
			f(w, r, s)
		})
	}
	save := func(w http.ResponseWriter, r *http.Request, s *sessions.Session) {
		if err := s.Save(r, w); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}
	handle("/set", func(w http.ResponseWriter, r *http.Request, s *sessions.Session) {
		s.Values["name"] = r.URL.RawQuery
		save(w, r, s)
	})
	handle("/show", func(w http.ResponseWriter, _ *http.Request, s *sessions.Session) {
		name, _ := s.Values["name"].(string)
		fmt.Fprint(w, name)
	})
	handle("/slow", func(w http.ResponseWriter, r *http.Request, s *sessions.Session) {
		meanwhile(r)
		s.Values["slow"] = "yes"
		save(w, r, s)
	})
	handle("/login", func(w http.ResponseWriter, r *http.Request, s *sessions.Session) {
		s.ID = "" // to get another one
		s.Values["user"] = r.URL.RawQuery
		save(w, r, s)
	})
	handle("/who", func(w http.ResponseWriter, _ *http.Request, s *sessions.Session) {
		user, _ := s.Values["user"].(string)
		fmt.Fprint(w, user)
	})
	handle("/logout", func(w http.ResponseWriter, r *http.Request, s *sessions.Session) {
		s.Options.MaxAge = -1
		save(w, r, s)
	})
	return mux
}

var (
	userName = session.NewKey[string]("name")
	slowly   = session.NewKey[bool]("slow")
)

// managedSite is the same with a Manager.
func managedSite(store sessions.Store) http.Handler {
	return managedBy(&session.Manager{Store: store})
}

func managedBy(m *session.Manager) http.Handler {
	m.Events = func(context.Context, session.Event) {}
	return m.Wrap(managedPages())
}

func managedPages() http.Handler {
	mux := http.NewServeMux()
	handle := func(path string, f func(w http.ResponseWriter, r *http.Request, s *session.Session) error) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if err := f(w, r, session.From(r.Context())); err != nil {
				session.ErrorPage(w, r, err)
			}
		})
	}
	handle("/set", func(_ http.ResponseWriter, r *http.Request, s *session.Session) error {
		return userName.Set(s, r.URL.RawQuery)
	})
	handle("/show", func(w http.ResponseWriter, _ *http.Request, s *session.Session) error {
		name, _ := userName.Get(s)
		fmt.Fprint(w, name)
		return nil
	})
	handle("/slow", func(_ http.ResponseWriter, r *http.Request, s *session.Session) error {
		_ = s.Err() // loads it
		meanwhile(r)
		return slowly.Set(s, true)
	})
	handle("/login", func(_ http.ResponseWriter, r *http.Request, s *session.Session) error {
		return s.Renew(r.Context(), r.URL.RawQuery)
	})
	handle("/who", func(w http.ResponseWriter, _ *http.Request, s *session.Session) error {
		fmt.Fprint(w, s.Subject())
		return nil
	})
	handle("/logout", func(_ http.ResponseWriter, r *http.Request, s *session.Session) error {
		return s.Destroy(r.Context())
	})
	return mux
}
