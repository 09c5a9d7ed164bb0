package session_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/sessions"
	"github.com/surcoat/surcoat/middleware/session"
)

// failing is a gorilla/sessions store that cannot save.
type failing struct{ sessions.Store }

func (failing) Save(*http.Request, http.ResponseWriter, *sessions.Session) error { return errDown }

// spec 4
func TestResponse4_SaveFails(t *testing.T) {
	down := &watched{Backend: &session.Memory{}}
	down.down.Store(true)
	ring := newKeyring(t)
	big := strings.Repeat("x", 5000)
	unset := session.NewKey[func()]("f")
	for _, test := range []struct {
		name   string
		store  sessions.Store
		set    func(*session.Session) error
		status int
	}{
		{"store down", session.NewServerStore(down), func(s *session.Session) error { return name.Set(s, "v") }, 503},
		{"store down at Renew", session.NewServerStore(down), func(s *session.Session) error { return s.Renew(t.Context(), "u") }, 503},
		{"gorilla store down", failing{newStore(t, gfiles)}, func(s *session.Session) error { return name.Set(s, "v") }, 503},
		{"not encodable", nil, func(s *session.Session) error { return unset.Set(s, func() {}) }, 500},
		{"not encodable, cookie", session.NewCookieStore(ring), func(s *session.Session) error { return unset.Set(s, func() {}) }, 500},
		{"too large", session.NewCookieStore(ring), func(s *session.Session) error { return name.Set(s, big) }, 500},
		{"too large, gorilla", newStore(t, gcookie), func(s *session.Session) error { return name.Set(s, big) }, 500},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := &session.Manager{Store: test.store}
			eachProtocol(t, m.Wrap(mux{"/": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
				_ = test.set(s) // ignored, as it often is
				w.Header().Set("Content-Length", "4")
				w.Header().Set("Content-Type", "text/html")
				if _, err := io.WriteString(w, "page"); err == nil {
					t.Error("the handler's Write did not fail")
				}
			}}), func(t *testing.T, c *client) {
				a := c.get("/")
				want(t, "status", a.StatusCode, test.status)
				want(t, "Retry-After", a.Header.Get("Retry-After") != "", test.status == 503)
				want(t, "cookies", len(a.Cookies()), 0)
				want(t, "Cache-Control", a.Header.Get("Cache-Control"), "no-store")
				if strings.Contains(a.body, "page") || !strings.Contains(a.body, "Incident") || strings.Contains(a.body, "refused") {
					t.Errorf("body: %q", a.body)
				}
			})
		})
	}
}

// spec 4: a handler that answers the failure itself has the say, and so has one that
// makes up for it.
func TestResponse4_HandlerAnswers(t *testing.T) {
	bad := session.NewKey[any]("any")
	m := &session.Manager{}
	c := client{h: m.Wrap(mux{
		"/status": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			_ = bad.Set(s, func() {})
			http.Error(w, "mine", http.StatusTeapot)
		},
		"/again": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			_ = bad.Set(s, func() {})
			_ = bad.Set(s, 1)
		},
		"/other": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			_ = bad.Set(s, func() {})
			_ = name.Set(s, "does not make up for it")
		},
	})}
	want(t, "status", c.get("/status").StatusCode, http.StatusTeapot)
	want(t, "set again", c.get("/again").StatusCode, 200)
	want(t, "set another", c.get("/other").StatusCode, 500)
}

// spec 4: Manager.Error takes the place of the page.
func TestResponse4_OwnError(t *testing.T) {
	m := &session.Manager{Store: failing{newStore(t, gfiles)}}
	m.Error = func(w http.ResponseWriter, _ *http.Request, err error) {
		want(t, "errDown", errors.Is(err, errDown), true)
		w.WriteHeader(http.StatusBadGateway)
	}
	c := client{h: m.Wrap(mux{"/": fill})}
	want(t, "status", c.get("/").StatusCode, http.StatusBadGateway)
}

// A failed load is not an empty session.
func TestLoadFails(t *testing.T) {
	b := &watched{Backend: &session.Memory{}}
	var ev events
	m := &session.Manager{Store: session.NewServerStore(b), Events: ev.add}
	var s *session.Session
	c := client{h: m.Wrap(mux{
		"/fill": fill,
		"/show": show,
		"/read": func(w http.ResponseWriter, _ *http.Request, got *session.Session) {
			s = got
			_, ok := name.Get(s)
			v, err := s.Value("name")
			fmt.Fprint(w, ok, v, err != nil, errors.Is(s.Err(), errDown), s.Handle(), s.Subject(), s.Flashes())
		},
		"/write": func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			for _, err := range []error{
				name.Set(s, "lost"), name.Delete(s), s.SetValue("a", "b"), s.AddFlash("", "x"), s.Save(r.Context()),
				count.Update(s, func(int) int { return 1 }), s.Renew(r.Context(), "u"), s.Destroy(r.Context()),
			} {
				want(t, "errDown", errors.Is(err, errDown), true)
			}
			fmt.Fprint(w, "done")
		},
		"/need": func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			if err := s.Err(); err != nil {
				session.ErrorPage(w, r, err)
			}
		},
	})}
	c.get("/fill")
	ev.kinds()
	b.down.Store(true)
	want(t, "read", c.get("/read").body, `falsetrue true[]`)
	want(t, "events", ev.kinds(), "load failed")
	a := c.get("/write")
	want(t, "write", a.StatusCode, 503)
	a = c.get("/need")
	want(t, "need", a.StatusCode, 503)
	want(t, "Retry-After", a.Header.Get("Retry-After"), "5")
	b.down.Store(false)
	want(t, "recovered by itself", c.get("/show").body, "first")
}
