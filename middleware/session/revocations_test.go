package session_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

// fleet is processes that share a cookie store's keys, and a list of what was revoked.
func fleet(t *testing.T, list session.Revocations, ev *events) (a, b *session.Manager) {
	keys := newKeyring(t)
	process := func() *session.Manager {
		return &session.Manager{Store: session.NewCookieStore(keys), Revocations: list, Events: ev.add}
	}
	return process(), process()
}

func at(m *session.Manager, c *client) *client {
	d := c.clone()
	d.h = devicesSite(m).h
	return d
}

// spec 18: with a Backend, what one process revoked all others refuse.
func TestIdentity18_RevocationsAreShared(t *testing.T) {
	var ev events
	b := &watched{Backend: &session.Memory{}}
	first, second := fleet(t, session.Revocations{Backend: b}, &ev)
	c := devicesSite(first)
	before := c.signedIn("", "phone") // of nobody
	phone := before.signedIn("ada", "phone")
	desk := c.signedIn("ada", "desk")
	want(t, "a login in the other process", at(second, phone).get("/who").body, "ada")
	want(t, "a token from before the login", at(second, before).get("/handle").body, "")

	want(t, "Revoke", first.Revoke(t.Context(), phone.get("/handle").body), nil)
	want(t, "revoked", at(second, phone).get("/who").body, "")
	want(t, "not meant", at(second, desk).get("/who").body, "ada")

	want(t, "RevokeUser", first.RevokeUser(t.Context(), "ada"), nil)
	want(t, "all of the user", at(second, desk).get("/who").body, "")
	desk = at(second, c).signedIn("ada", "desk")
	want(t, "signed in after it, elsewhere", at(first, desk).get("/who").body, "ada")
	want(t, "RevokeUser again", second.RevokeUser(t.Context(), "ada"), nil)
	want(t, "all of the user, again", at(first, desk).get("/who").body, "")

	// A request that does not ask for its session asks for no list either.
	n := b.calls()
	at(first, desk).get("/nothing")
	want(t, "calls", b.calls(), n)
}

// Those that began before some time end, whosever they are; later ones go on.
func TestRevokeBefore(t *testing.T) {
	for name, list := range map[string]session.Revocations{"memory": {}, "backend": {Backend: &session.Memory{}}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ev events
				m, _ := fleet(t, list, &ev)
				c := devicesSite(m)
				ada, nobody := c.signedIn("ada", "phone"), c.signedIn("", "phone")
				time.Sleep(time.Minute)
				stolen := time.Now()
				bob := c.signedIn("bob", "phone")
				want(t, "RevokeBefore", m.RevokeBefore(t.Context(), stolen), nil)
				want(t, "RevokeBefore an earlier time takes nothing back", m.RevokeBefore(t.Context(), stolen.Add(-time.Hour)), nil)
				want(t, "from before", ada.get("/who").body, "")
				want(t, "from before, of nobody", nobody.get("/handle").body, "")
				want(t, "from after", bob.get("/who").body, "bob")
				want(t, "signed in now", c.signedIn("ada", "phone").get("/who").body, "ada")
			})
		})
	}
}

// A note is kept until the last cookie that it stops has expired.
func TestRevocationsLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ev events
		m, _ := fleet(t, session.Revocations{Backend: &session.Memory{}}, &ev)
		c := devicesSite(m)
		phone := c.signedIn("ada", "phone")
		want(t, "RevokeUser", m.RevokeUser(t.Context(), "ada"), nil)
		for range 47 {
			time.Sleep(15 * time.Minute)
			want(t, "revoked", phone.get("/who").body, "")
		}
		time.Sleep(time.Hour)
		want(t, "expired", phone.get("/who").body, "")
	})
}

// A login just after a revocation holds, and the revocation just after it ends that, all
// in one second.
func TestRevokeUserBetweenLogins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ev events
		m, _ := fleet(t, session.Revocations{}, &ev)
		c := devicesSite(m)
		for range 10 {
			ada := c.signedIn("ada", "phone")
			want(t, "signed in", ada.get("/who").body, "ada")
			want(t, "RevokeUser", m.RevokeUser(t.Context(), "ada"), nil)
			want(t, "revoked", ada.get("/who").body, "")
		}
	})
}

func TestRevocationsDown(t *testing.T) {
	for _, open := range []bool{false, true} {
		var ev events
		b := &watched{Backend: &session.Memory{}}
		m, _ := fleet(t, session.Revocations{Backend: b, FailOpen: open}, &ev)
		c := devicesSite(m)
		ada := c.signedIn("ada", "phone")
		ev.kinds()
		b.down.Store(true)

		who, reported := "", "load failed"
		if open {
			who, reported = "ada", "unchecked"
		}
		want(t, "who", ada.get("/who").body, who)
		want(t, "events", ev.kinds(), reported)

		a := ada.clone().get("/login?as=ada&on=phone")
		want(t, "login", a.StatusCode == 200, open)
		if !open {
			want(t, "Retry-After", a.Header.Get("Retry-After"), "5")
		}
		want(t, "a logout that nobody would know of", ada.clone().get("/logout").StatusCode, 503)
		want(t, "a request that has no session", c.get("/who").StatusCode, 200)

		b.down.Store(false)
		want(t, "afterwards", ada.get("/who").body, "ada")
	}
}

// A note that cannot be read is not taken for none.
func TestRevocationsDamaged(t *testing.T) {
	var ev events
	b := &tampering{Backend: &session.Memory{}}
	m, _ := fleet(t, session.Revocations{Backend: b}, &ev)
	c := devicesSite(m)
	ada := c.signedIn("ada", "phone")
	want(t, "Revoke", m.RevokeUser(t.Context(), "ada"), nil)
	b.change = func(data string) string { return "\x7f" + data } // of a newer version
	want(t, "who", ada.get("/who").body, "")
	want(t, "load failed", ev.kinds() != "", true)
	if err := m.RevokeUser(t.Context(), "ada"); err == nil {
		t.Error("a note of a newer version is written over")
	}
}

// Many processes revoke at once: none of them undoes another's note.
func TestRevocationsInParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ev events
		b := &session.Memory{}
		first, second := fleet(t, session.Revocations{Backend: b}, &ev)
		ada := devicesSite(first).signedIn("ada", "phone")
		done := make(chan error)
		for i := range 20 {
			go func() {
				m := []*session.Manager{first, second}[i%2]
				done <- m.RevokeUser(t.Context(), "ada")
			}()
		}
		for range 20 {
			want(t, "RevokeUser", <-done, nil)
		}
		want(t, "who", ada.get("/who").body, "")
	})
}
