package session_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/sessions"
	"github.com/surcoat/surcoat/middleware/session"
)

// Use is recorded seldom: at most 40 writes an hour with 30 minutes of idle time.
func TestTouchIsThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &watched{Backend: &session.Memory{}}
		m := &session.Manager{Store: session.NewServerStore(b)}
		c := client{h: m.Wrap(mux{"/fill": fill, "/show": show})}
		c.get("/fill")
		for range 3600 {
			time.Sleep(time.Second)
			want(t, "body", c.get("/show").body, "first")
		}
		if n := b.touches.Load(); n > 40 || n < 20 {
			t.Errorf("%d touches", n)
		}
		want(t, "saves", b.saves.Load(), 1)
	})
	synctest.Test(t, func(t *testing.T) {
		m := &session.Manager{Store: session.NewCookieStore(newKeyring(t))}
		c := client{h: m.Wrap(mux{"/fill": fill, "/show": show})}
		c.get("/fill")
		n := 0
		for range 3600 {
			time.Sleep(time.Second)
			a := c.get("/show")
			want(t, "body", a.body, "first")
			n += len(a.Cookies())
		}
		if n > 40 || n < 20 {
			t.Errorf("%d cookies", n)
		}
	})
}

// A use that cannot be recorded, or a secret that cannot be rotated, hurts no
// response that changed nothing.
func TestUpkeepFails(t *testing.T) {
	for name, m := range map[string]*session.Manager{
		"touch":    {},
		"rotation": {RotateEvery: time.Minute},
		"gorilla":  {Store: &flaky{Store: newStore(t, gfiles)}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ev events
				b := &watched{Backend: &session.Memory{}}
				m.Events = ev.add
				if m.Store == nil {
					m.Store = session.NewServerStore(b)
				}
				down := func(is bool) {
					b.down.Store(is)
					if f, ok := m.Store.(*flaky); ok {
						f.down = is
					}
				}
				c := client{h: m.Wrap(mux{"/fill": fill, "/show": func(w http.ResponseWriter, r *http.Request, s *session.Session) {
					_ = s.Err()
					down(true)
					show(w, r, s)
				}})}
				c.get("/fill")
				time.Sleep(5 * time.Minute)
				ev.kinds()
				a := c.get("/show")
				want(t, "status", a.StatusCode, 200)
				want(t, "body", a.body, "first")
				want(t, "cookies", len(a.Cookies()), 0)
				want(t, "events", ev.kinds(), "save failed")
				down(false)
				want(t, "afterwards", c.get("/show").body, "first")
			})
		})
	}
}

// flaky is a gorilla/sessions store that cannot save while it is down.
type flaky struct {
	sessions.Store
	down bool
}

func (f *flaky) Save(r *http.Request, w http.ResponseWriter, s *sessions.Session) error {
	if f.down {
		return errDown
	}
	return f.Store.Save(r, w, s)
}
