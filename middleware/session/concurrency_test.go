package session_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

// increment adds one after 2 ms of thinking.
func increment(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
	_, _ = count.Get(s)
	time.Sleep(2 * time.Millisecond)
	_ = count.Update(s, func(n int) int { return n + 1 })
}

func showCount(w http.ResponseWriter, _ *http.Request, s *session.Session) {
	n, _ := count.Get(s)
	fmt.Fprint(w, n)
}

// spec 10
func TestConcurrency10_ParallelUpdates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &session.Manager{}
		c := &client{h: m.Wrap(mux{"/fill": fill, "/increment": increment, "/show": showCount})}
		c.get("/fill")
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { want(t, "status", c.clone().get("/increment").StatusCode, 200) })
		}
		wg.Wait()
		want(t, "count", c.get("/show").body, "50")
	})
}

// spec 10: of requests that change different keys none undoes the other, and a later
// set of the same key wins.
func TestConcurrency10_DifferentKeys(t *testing.T) {
	c, slow := slowSite(t, memory, func(s *session.Session) {
		_ = theme.Set(s, "dark")
		_ = user.Delete(s)
		_ = count.Set(s, 1)
	})
	c.get("/fill")
	finish := slow("/slow")
	c.clone().get("/other")
	finish()
	want(t, "all", c.get("/all").body, `name="by another" theme="dark" user="" count=1`)
}

// spec 10, cookie store: the last response wins, as the package doc says.
func TestConcurrency10_CookieStoreLastResponseWins(t *testing.T) {
	for _, kind := range []string{cookie, gcookie} {
		t.Run(kind, func(t *testing.T) {
			c, slow := slowSite(t, kind, func(s *session.Session) { _ = theme.Set(s, "dark") })
			c.get("/fill")
			finish := slow("/slow")
			c.get("/other")
			finish()
			want(t, "all", c.get("/all").body, `name="first" theme="dark" user="bob" count=0`)
		})
	}
}

// slowSite is a site with a handler /slow that loads its session, waits, and then
// does change. The second result starts it and returns what lets it finish.
func slowSite(t *testing.T, kind string, change func(*session.Session)) (c *client, start func(string) (finish func() answer)) {
	m := &session.Manager{Store: newStore(t, kind)}
	loaded, goOn := make(chan bool), make(chan bool)
	c = &client{h: m.Wrap(mux{
		"/fill": func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
			_ = name.Set(s, "first")
			_ = user.Set(s, "bob")
		},
		"/show": show,
		"/slow": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			_, _ = name.Get(s)
			loaded <- true
			<-goOn
			change(s)
			fmt.Fprint(w, "page")
		},
		"/other": func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
			_ = name.Set(s, "by another")
			_ = user.Set(s, "alice")
		},
		"/all": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			a, _ := name.Get(s)
			b, _ := theme.Get(s)
			u, _ := user.Get(s)
			n, _ := count.Get(s)
			fmt.Fprintf(w, "name=%q theme=%q user=%q count=%d", a, b, u, n)
		},
		"/destroy": func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
			want(t, "Destroy", s.Destroy(r.Context()), nil)
		},
		"/renew": func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
			want(t, "Renew", s.Renew(r.Context(), "alice"), nil)
		},
	})}
	return c, func(path string) func() answer {
		done := make(chan answer)
		go func() { done <- c.get(path) }()
		<-loaded
		return func() answer { goOn <- true; return <-done }
	}
}

// spec 11
func TestConcurrency11_SlowReaderRevertsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Time passes, so that the reader also has its use to record.
		c, slow := slowSite(t, memory, func(*session.Session) { time.Sleep(2 * time.Minute) })
		c.get("/fill")
		time.Sleep(3 * time.Minute)
		finish := slow("/slow")
		c.clone().get("/other")
		a := finish()
		want(t, "cookies of the reader", len(a.Cookies()), 0)
		want(t, "stored", c.get("/show").body, "by another")
	})
}

// spec 12
func TestConcurrency12_NoZombie(t *testing.T) {
	for _, kind := range allKinds {
		t.Run(kind, func(t *testing.T) {
			c, slow := slowSite(t, kind, func(s *session.Session) { _ = name.Set(s, "zombie") })
			c.get("/fill")
			token, stays := c.token(), c.clone()
			finish := slow("/slow")
			d := c.clone()
			d.get("/destroy")
			a := finish()
			want(t, "body", a.body, "page") // as true as if it had come just before
			want(t, "cookies", len(a.Cookies()), 0)
			want(t, "session afterwards", stays.get("/show").body, "")
			want(t, "token", stays.token(), token)
		})
	}
}

// spec 12: a login that comes too late for its session holds in a new one.
func TestConcurrency12_LoginAfterDestroy(t *testing.T) {
	for _, kind := range allKinds {
		t.Run(kind, func(t *testing.T) {
			c, slow := slowSite(t, kind, func(s *session.Session) {
				_ = theme.Set(s, "mine")
				want(t, "Renew", s.Renew(t.Context(), "alice"), nil)
			})
			c.get("/fill")
			finish := slow("/slow")
			c.clone().get("/destroy")
			finish()
			want(t, "all", c.get("/all").body, `name="" theme="mine" user="" count=0`)
		})
	}
}

// spec 12: who asks whether the change was stored is told.
func TestConcurrency12_SaveTells(t *testing.T) {
	for _, kind := range []string{memory, gfiles} {
		var err error
		c, slow := slowSite(t, kind, func(s *session.Session) {
			_ = name.Set(s, "zombie")
			err = s.Save(t.Context())
		})
		c.get("/fill")
		finish := slow("/slow")
		c.clone().get("/destroy")
		finish()
		if !errors.Is(err, session.ErrGone) {
			t.Errorf("%s: got %v, want ErrGone", kind, err)
		}
	}
}

// spec 14
func TestConcurrency14_ValuesAreCopies(t *testing.T) {
	cart := session.NewKey[[]string]("cart")
	eachKind(t, allKinds, func(t *testing.T, _ string, m *session.Manager) {
		c := client{h: m.Wrap(mux{
			"/fill": func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
				v := []string{"a", "b"}
				_ = cart.Set(s, v)
				v[0] = "changed after Set"
			},
			"/mutate": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
				v, _ := cart.Get(s)
				v[1] = "changed after Get"
				v, _ = cart.Get(s)
				fmt.Fprint(w, v)
			},
		})}
		c.get("/fill")
		want(t, "in the request", c.get("/mutate").body, "[a b]")
		want(t, "afterwards", c.get("/mutate").body, "[a b]")
	})
}

// spec 15
func TestConcurrency15_GoroutinesOfOneHandler(t *testing.T) {
	eachKind(t, allKinds, func(t *testing.T, kind string, m *session.Manager) {
		eachProtocol(t, m.Wrap(mux{
			"/": func(w http.ResponseWriter, r *http.Request, s *session.Session) {
				var wg sync.WaitGroup
				for i := range 20 {
					wg.Go(func() {
						_ = count.Update(s, func(n int) int { return n + 1 })
						_, _ = name.Get(s)
						_ = name.Set(s, fmt.Sprint(i))
						_ = s.AddFlash("", "x")
						_, _ = s.Handle(), s.Err()
						_ = s.Save(r.Context())
					})
				}
				if kind == memory {
					fmt.Fprint(w, "while they are at it")
				}
				wg.Wait()
			},
			"/show": showCount,
		}), func(t *testing.T, c *client) {
			c.get("/")
			if kind != memory { // there, what comes after the header has no session to go to
				want(t, "count", c.get("/show").body, "20")
			}
		})
	})
}
