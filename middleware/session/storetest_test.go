package session_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/sessions"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/storetest"
)

func TestMemoryStore(t *testing.T) {
	t.Parallel() // it mostly waits
	storetest.Run(t, func(testing.TB) session.Backend { return &session.Memory{} })
}

// The columns "cookie store" and "other stores" of the package doc's table.
func TestStores(t *testing.T) {
	for _, kind := range []string{cookie, gcookie, gfiles} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel() // they mostly wait
			storetest.RunStore(t, func(tb testing.TB) sessions.Store { return newStore(tb, kind) }, session.Revoke|session.RevokeUser)
		})
	}
}

// spec 8, cookie store: the list of what was revoked is not asked either, nor for a
// client without a session.
func TestResponse8_UntouchedAsksNoList(t *testing.T) {
	for _, kind := range []string{cookie, gcookie, gfiles} {
		b := &watched{Backend: &session.Memory{}}
		m := &session.Manager{Store: newStore(t, kind), Revocations: session.Revocations{Backend: b}}
		c := client{h: m.Wrap(mux{"/fill": fill, "/show": show, "/untouched": func(http.ResponseWriter, *http.Request, *session.Session) {}})}
		c.get("/fill")
		was := b.calls()
		c.get("/untouched")
		(&client{h: c.h}).get("/show")
		want(t, kind+": calls of requests that need no list", b.calls(), was)
		want(t, "body", c.get("/show").body, "first")
		want(t, kind+": and of one that does", b.calls() > was, true)
	}
}

// spec 19: what others wrote has limits of its own, and they hold as well. Those of
// gorilla's codecs count from the last time that the session was stored.
func TestIdentity19_LimitsOfTheStore(t *testing.T) {
	for _, kind := range allKinds {
		synctest.Test(t, func(t *testing.T) {
			year := 365 * 24 * time.Hour
			c := identitySite(t, &session.Manager{Store: newStore(t, kind), IdleTimeout: year, Lifetime: year})
			c.get("/fill")
			time.Sleep(29 * 24 * time.Hour)
			old := c.clone()
			want(t, kind+": after 29 days", old.get("/show").body, "first")
			time.Sleep(2 * 24 * time.Hour)
			left := "first"
			if kind == gcookie || kind == gfiles {
				left = ""
			}
			want(t, kind+": after 31 days without being stored", c.get("/show").body, left)
			want(t, kind+": of two days, stored again on the 29th", old.get("/show").body, "first")
		})
	}
}
