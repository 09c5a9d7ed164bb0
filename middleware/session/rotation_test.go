package session_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

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
