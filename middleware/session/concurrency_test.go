package session_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/sessions"
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

// rotating is a site whose sessions get a new secret every minute, with 30 s of grace.
func rotating(ev *events) *client {
	m := &session.Manager{RotateEvery: time.Minute, Events: ev.add, Store: session.NewServerStore(&session.Memory{})}
	return &client{h: m.Wrap(mux{"/fill": fill, "/show": show, "/increment": increment, "/count": showCount})}
}

// spec 13
func TestConcurrency13_RotationWithGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ev events
		c := rotating(&ev)
		c.get("/fill")
		first := c.token()
		ev.kinds()
		time.Sleep(time.Minute)

		var mu sync.Mutex
		var tokens []string
		var wg sync.WaitGroup
		for range 30 { // all at once with the old token
			wg.Go(func() {
				d := c.clone()
				want(t, "increment", d.get("/increment").StatusCode, 200)
				mu.Lock()
				tokens = append(tokens, d.token())
				mu.Unlock()
			})
		}
		wg.Wait()
		slices.Sort(tokens)
		tokens = slices.Compact(tokens)
		want(t, "tokens after the rotation", len(tokens), 1)
		want(t, "a new token", tokens[0] != first, true)
		want(t, "the same id", tokens[0][:22], first[:22])
		want(t, "events", ev.kinds(), "rotated")

		old := c.clone() // its response was lost: within the grace it is given the new one
		time.Sleep(29 * time.Second)
		want(t, "old token within the grace", old.get("/count").body, "30")
		want(t, "token", old.token(), tokens[0])

		late := c.clone()
		time.Sleep(2 * time.Second)
		want(t, "old token after the grace", late.get("/count").body, "0")
		want(t, "events", ev.kinds(), "reused")
		want(t, "new token", old.get("/count").body, "30")
	})
}

// spec 13: of parallel requests that find it time for a new secret, one stores it.
func TestConcurrency13_OneRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &keeping{Backend: &session.Memory{}}
		m := &session.Manager{RotateEvery: time.Minute, Store: session.NewServerStore(b)}
		slow := make(chan bool)
		c := &client{h: m.Wrap(mux{"/fill": fill, "/show": func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			_ = s.Err()
			<-slow // until all have loaded
			show(w, r, s)
		}})}
		c.get("/fill")
		time.Sleep(time.Minute)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { want(t, "body", c.clone().get("/show").body, "first") })
		}
		synctest.Wait()
		close(slow)
		wg.Wait()
		want(t, "stored", b.stored, 2)
	})
}

// spec 13: grace is for rotation only.
func TestConcurrency13_NoGraceForRenew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, slow := slowSite(t, memory, func(s *session.Session) { _ = name.Set(s, "from before the login") })
		c.get("/fill")
		old := c.clone()
		finish := slow("/slow")
		signedIn := c.clone()
		signedIn.get("/renew")
		want(t, "old token", old.get("/show").body, "")
		// Dead is dead, for a change that was under way too; the client tries again.
		a := finish()
		want(t, "status", a.StatusCode, http.StatusServiceUnavailable)
		want(t, "Retry-After", a.Header.Get("Retry-After"), "5")
		want(t, "stored", signedIn.get("/show").body, "first")
	})
}

// A login that another one overtook gets a session of its own, not the other's.
func TestConcurrency13_TwoLoginsOfOneSession(t *testing.T) {
	c, slow := slowSite(t, memory, func(s *session.Session) {
		_ = theme.Set(s, "mine")
		if err := s.Renew(t.Context(), "mallory"); err != nil {
			t.Error(err)
		}
	})
	c.get("/fill")
	finish := slow("/slow")
	alice := c.clone()
	alice.get("/renew")
	finish()
	want(t, "alice", alice.get("/all").body, `name="first" theme="" user="bob" count=0`)
	want(t, "mallory", c.get("/all").body, `name="" theme="mine" user="" count=0`)
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

// Rotation elsewhere than on a server store: the cookie store seals anew whenever it
// sets the cookie, other stores keep what they gave.
func TestConcurrency13_OtherStoresDoNotRotate(t *testing.T) {
	for _, kind := range []string{cookie, gcookie, gfiles} {
		synctest.Test(t, func(t *testing.T) {
			m := &session.Manager{Store: newStore(t, kind), RotateEvery: time.Second}
			c := client{h: m.Wrap(mux{"/fill": fill, "/show": show, "/increment": increment})}
			c.get("/fill")
			time.Sleep(time.Minute)
			a := c.get("/show")
			want(t, "body", a.body, "first")
			want(t, "cookies", len(a.Cookies()), 0)
			token := c.token()
			c.get("/increment")
			want(t, kind+": another token", c.token() != token, true)
		})
	}
}
