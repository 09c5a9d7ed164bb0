package session_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/sessions"
	"github.com/surcoat/surcoat/middleware/middlewaretest"
	"github.com/surcoat/surcoat/middleware/session"
)

// Every layer's contract, with a session that is read and written on the way.
func TestConformance(t *testing.T) {
	for _, kind := range []string{memory, cookie} {
		t.Run(kind, func(t *testing.T) {
			m := &session.Manager{Store: newStore(t, kind)}
			middlewaretest.Run(t, func(next http.Handler) http.Handler {
				return m.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					s := session.From(r.Context())
					_, _ = name.Get(s)
					if err := name.Set(s, "alice"); err != nil {
						t.Error(err)
					}
					next.ServeHTTP(w, r)
				}))
			})
		})
	}
	t.Run("untouched", func(t *testing.T) { middlewaretest.Run(t, new(session.Manager).Wrap) })
}

// Allocations of the spec: at most 5 untouched and 8 for a read.
func TestAllocations(t *testing.T) {
	for kind, m := range stores(t) {
		c := client{h: m.Wrap(mux{"/": fill})}
		c.get("/")
		r := c.request("/")
		w := sink{http.Header{}}
		for _, test := range []struct {
			what string
			do   func(*session.Session)
			most float64
		}{
			{"untouched", func(*session.Session) {}, 3},
			{"read", func(s *session.Session) { _, _ = name.Get(s) }, 8},
		} {
			h := m.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { test.do(session.From(r.Context())) }))
			n := testing.AllocsPerRun(200, func() {
				clear(w.h)
				h.ServeHTTP(w, r)
			})
			if n > test.most {
				t.Errorf("%s, %s: %v allocations", kind, test.what, n)
			}
		}
	}
}

func TestZeroManager(t *testing.T) {
	m := &session.Manager{}
	c := client{h: m.Wrap(mux{"/fill": fill})}
	c.get("/fill")
	d := client{h: m.Wrap(mux{"/show": show}), cookies: c.cookies} // wrapped again: the same sessions
	want(t, "shared by all it wraps", d.get("/show").body, "first")
}

// Applied twice is applied once.
func TestWrapTwice(t *testing.T) {
	m := &session.Manager{}
	c := client{h: m.Wrap(m.Wrap(mux{"/": fill}))}
	want(t, "Set-Cookie", len(c.get("/").Header["Set-Cookie"]), 1)
}

func TestTwoManagers(t *testing.T) {
	outer := &session.Manager{}
	inner := &session.Manager{Cookie: session.Cookie{Name: "__Host-admin"}}
	c := client{h: outer.Wrap(inner.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o, i := outer.From(r.Context()), inner.From(r.Context())
		if o == i || session.From(r.Context()) != i || o == nil {
			t.Error("not told apart")
		}
		a, _ := name.Get(o)
		b, _ := name.Get(i)
		fmt.Fprint(w, a, "/", b)
		_ = name.Set(o, "never") // after the first byte
	})))}
	want(t, "empty", c.get("/").body, "/")
	c = client{h: outer.Wrap(inner.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_ = name.Set(outer.From(r.Context()), "o")
		_ = name.Set(inner.From(r.Context()), "i")
	})))}
	want(t, "Set-Cookie", len(c.get("/").Header["Set-Cookie"]), 2)
	want(t, "no such Manager", new(session.Manager).From(t.Context()) == nil, true)

	c = client{h: outer.Wrap(new(session.Manager).Wrap(mux{"/": fill}))}
	want(t, "of one cookie name", c.get("/").StatusCode, 500)
}

// A context that is printed shows nothing of the session.
func TestContextIsPrintable(t *testing.T) {
	c := client{h: (&session.Manager{}).Wrap(mux{"/": func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
		_ = name.Set(s, "s3cret")
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		for _, s := range []string{fmt.Sprint(r.Context()), fmt.Sprintf("%+v", ctx), fmt.Sprintf("%+v", s)} {
			if strings.Contains(s, "s3cret") {
				t.Errorf("shown: %s", s)
			}
		}
	}})}
	c.get("/")
}

// Without Events, slog is told: loudly of what matters, not at all of what any
// stranger can cause as often as he likes, and never of a secret.
func TestEventsAreLogged(t *testing.T) {
	var log bytes.Buffer
	was := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	defer slog.SetDefault(was)
	b := &watched{Backend: &session.Memory{}}
	c := identitySite(t, &session.Manager{Store: session.NewServerStore(b)})
	c.get("/login")
	secret := c.token()[23:]
	b.down.Store(true)
	c.get("/show")
	b.down.Store(false)
	c.get("/logout")
	(&client{h: c.h, cookies: map[string]string{"__Host-session": "forged"}}).get("/show")
	got := log.String()
	for _, line := range []string{
		`level=DEBUG msg="session created" handle=`, `level=DEBUG msg="session renewed" handle=`, "subject=alice",
		`level=WARN msg="session load failed" error="connection refused"`, `level=DEBUG msg="session destroyed"`,
		`level=INFO msg="session undecodable"`,
	} {
		if !strings.Contains(got, line) {
			t.Errorf("no %s in\n%s", line, got)
		}
	}
	if strings.Contains(got, secret) {
		t.Error("a secret is logged")
	}
}

// The client that left does not undo what its request did.
func TestClientLeft(t *testing.T) {
	b := &contextual{Backend: &session.Memory{}}
	c := client{h: (&session.Manager{Store: session.NewServerStore(b)}).Wrap(mux{
		"/fill": fill, "/show": show,
		"/set": func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
			_ = name.Set(s, "stored")
			r.Context().Value(cancelKey{}).(context.CancelFunc)()
		},
	})}
	c.get("/fill")
	ctx, cancel := context.WithCancel(t.Context())
	r := c.request("/set")
	c.do(r.WithContext(context.WithValue(ctx, cancelKey{}, cancel)))
	want(t, "stored", c.get("/show").body, "stored")
}

type cancelKey struct{}

// contextual is a Backend that heeds its context.
type contextual struct{ session.Backend }

func (b *contextual) Save(ctx context.Context, id session.ID, r session.Record) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return b.Backend.Save(ctx, id, r)
}

// A clock that was set back by years: sessions are younger than they seem, and that is
// all. (In a synctest bubble it is the year 2000.)
func TestClockSetBack(t *testing.T) {
	for _, kind := range allKinds {
		t.Run(kind, func(t *testing.T) {
			m := &session.Manager{Store: newStore(t, kind)}
			c := identitySite(t, m)
			c.get("/fill")
			synctest.Test(t, func(t *testing.T) {
				want(t, "year", time.Now().Year(), 2000)
				for _, path := range []string{"/show", "/set", "/show", "/login", "/show"} {
					want(t, path, c.get(path).StatusCode, 200)
				}
				want(t, "session", c.get("/show").body, "new")
			})
		})
	}
}

// A panic stores nothing, and an outer layer can still answer.
func TestPanicStoresNothing(t *testing.T) {
	m := &session.Manager{}
	h := m.Wrap(mux{"/fill": fill, "/show": show, "/panic": func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
		_ = name.Set(s, "half done")
		panic("oops")
	}})
	c := client{h: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		h.ServeHTTP(w, r)
	})}
	c.get("/fill")
	a := c.get("/panic")
	want(t, "status", a.StatusCode, 500)
	want(t, "cookies", len(a.Cookies()), 0)
	want(t, "stored", c.get("/show").body, "first")
}

// A legacy cookie of a program that used gorilla/sessions directly is taken over, with
// its values that are no strings.
func TestSessionsFromBeforeTheManager(t *testing.T) {
	store := sessions.NewCookieStore([]byte("an authentication key of 32 bytes"))
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	legacy, _ := store.New(r, "__Host-session")
	legacy.Values["name"], legacy.Values[7] = "legacy", 8
	if err := store.Save(r, w, legacy); err != nil {
		t.Fatal(err)
	}
	c := client{h: (&session.Manager{Store: store}).Wrap(mux{"/show": show})}
	c.cookies = map[string]string{"__Host-session": w.Result().Cookies()[0].Value}
	a := c.get("/show")
	want(t, "read", a.body, "legacy")
	want(t, "and stored with limits from then on", len(a.Cookies()), 1)
	want(t, "read again", c.get("/show").body, "legacy")
	got, err := store.New(c.request("/"), "__Host-session")
	if err != nil || got.Values[7] != 8 {
		t.Errorf("%v %v", got.Values, err)
	}
}

// A store in which nothing can be read is not a store full of strangers.
func TestCommunityStoreLoadFails(t *testing.T) {
	c := client{h: (&session.Manager{Store: broken{newStore(t, gfiles)}}).Wrap(mux{"/": func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		if err := s.Err(); err != nil {
			session.ErrorPage(w, r, err)
			return
		}
		_, _ = io.WriteString(w, "page")
	}}), cookies: map[string]string{"__Host-session": "x"}}
	want(t, "status", c.get("/").StatusCode, 503)
}

type broken struct{ sessions.Store }

func (b broken) New(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.NewSession(b, name), errDown
}
