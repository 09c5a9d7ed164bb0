package session_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

const day = 24 * time.Hour

// optionsSite has pages that store a name and set the options in set.
func optionsSite(m *session.Manager, set session.Options) *client {
	return &client{h: m.Wrap(mux{
		"/fill": fill, "/show": show,
		"/set": func(w http.ResponseWriter, _ *http.Request, s *session.Session) { fmt.Fprint(w, s.SetOptions(set)) },
		"/login": func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
			_ = s.SetOptions(set)
			_ = s.Renew(r.Context(), "ada")
		},
		"/late": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			fmt.Fprint(w, "page")
			fmt.Fprint(w, errors.Is(s.SetOptions(set), session.ErrHeaderSent))
		},
		"/options": func(w http.ResponseWriter, _ *http.Request, s *session.Session) { fmt.Fprint(w, s.Options()) },
	})}
}

// A box "keep me signed in" makes a cookie that stays; without it the same site's goes with
// the browser.
func TestOptions_MaxAge(t *testing.T) {
	eachKind(t, allKinds, func(t *testing.T, _ string, like *session.Manager) {
		synctest.Test(t, func(t *testing.T) {
			m := &session.Manager{Store: like.Store, IdleTimeout: 30 * day, Lifetime: 60 * day}
			c := optionsSite(m, session.Options{MaxAge: 20 * day})
			want(t, "without it", maxAge(c.get("/fill")), 0)
			want(t, "set", maxAge(c.get("/set")), 20*24*3600)
			want(t, "an untouched session", maxAge(c.get("/show")), 0)
			time.Sleep(2 * day) // a twentieth of IdleTimeout and more
			want(t, "when use is recorded", maxAge(c.get("/show")), 20*24*3600)
			want(t, "at login", maxAge(c.get("/login")), 20*24*3600)
			want(t, "options", c.get("/options").body, fmt.Sprint(session.Options{MaxAge: 20 * day, IdleTimeout: 30 * day, Lifetime: 60 * day}))
			time.Sleep(19 * day)
			want(t, "still there", c.get("/show").body, "first")
		})
	})
}

func TestOptions_BrowserSession(t *testing.T) {
	eachKind(t, allKinds, func(t *testing.T, _ string, like *session.Manager) {
		m := &session.Manager{Store: like.Store, Cookie: session.Cookie{MaxAge: time.Hour}}
		c := optionsSite(m, session.Options{})
		want(t, "the Manager's", maxAge(c.get("/fill")), 3600)
		a := c.get("/set")
		want(t, "cookies", len(a.Cookies()), 1)
		want(t, "of the browser's session", maxAge(a), 0)
		want(t, "still there", c.get("/show").body, "first")
	})
}

func TestOptions_Limits(t *testing.T) {
	for name, test := range map[string]struct {
		set  session.Options
		ends time.Duration // of a session that is used each minute, or not at all
		used bool
	}{
		"IdleTimeout": {session.Options{IdleTimeout: 5 * time.Minute}, 5 * time.Minute, false},
		"Lifetime":    {session.Options{Lifetime: 10 * time.Minute}, 10 * time.Minute, true},
		"none":        {session.Options{}, 30 * time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			eachKind(t, allKinds, func(t *testing.T, _ string, m *session.Manager) {
				synctest.Test(t, func(t *testing.T) {
					m := &session.Manager{Store: m.Store}
					c := optionsSite(m, test.set)
					c.get("/fill")
					c.get("/set")
					for began := time.Now(); time.Since(began) < test.ends-time.Minute; {
						time.Sleep(time.Minute)
						if test.used {
							want(t, "before", c.get("/show").body, "first")
						}
					}
					time.Sleep(time.Minute)
					want(t, "after", c.get("/show").body, "")
				})
			})
		})
	}
}

func TestOptions_Impossible(t *testing.T) {
	for prefix, o := range map[string]session.Options{
		"session: Options.MaxAge: not":                      {MaxAge: 401 * day},
		"session: Options.MaxAge: ":                         {MaxAge: -1},
		"session: Options.MaxAge: more than the session":    {MaxAge: 13 * time.Hour},
		"session: Options.IdleTimeout: less than a second":  {IdleTimeout: 1},
		"session: Options.IdleTimeout: more than the Manag": {IdleTimeout: time.Hour},
		"session: Options.Lifetime: less than a second":     {Lifetime: -day},
		"session: Options.Lifetime: more than the Manager":  {Lifetime: 13 * time.Hour},
	} {
		within(&session.Manager{}, func(s *session.Session) {
			if err := s.SetOptions(o); err == nil || len(err.Error()) < len(prefix) || err.Error()[:len(prefix)] != prefix {
				t.Errorf("%v: got %v, want %s", o, err, prefix)
			}
		})
		c := optionsSite(&session.Manager{}, o)
		want(t, "an error that nobody minds is answered", c.get("/login").StatusCode, 500)
	}
}

func TestOptions_Late(t *testing.T) {
	c := optionsSite(&session.Manager{}, session.Options{MaxAge: time.Hour})
	c.get("/fill")
	want(t, "body", c.get("/late").body, "pagetrue")
}

// Options alone are no reason to give a visitor a session.
func TestOptions_Alone(t *testing.T) {
	eachKind(t, allKinds, func(t *testing.T, _ string, m *session.Manager) {
		a := optionsSite(m, session.Options{MaxAge: time.Hour}).get("/set")
		want(t, "cookies", len(a.Cookies()), 0)
		want(t, "body", a.body, "<nil>")
	})
}

func TestOptions_NoSession(t *testing.T) {
	var s *session.Session
	want(t, "SetOptions", s.SetOptions(session.Options{}) != nil, true)
	want(t, "Options", s.Options(), session.Options{})
}
