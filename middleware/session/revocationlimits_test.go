package session_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/sessions"
	"github.com/surcoat/surcoat/middleware/session"
)

// heedful is a Backend that gives up when ctx ends, as one on a network does.
type heedful struct{ session.Backend }

func (b heedful) Load(ctx context.Context, id session.ID) (session.Record, error) {
	if err := ctx.Err(); err != nil {
		return session.Record{}, err
	}
	return b.Backend.Load(ctx, id)
}

// FailOpen is for a Backend that does not answer: a client that hangs up cannot have its
// revoked session accepted, in a handler that would do something with it.
func TestRevocationsFailOpenIsNotForWhoHangsUp(t *testing.T) {
	var ev events
	m, _ := fleet(t, session.Revocations{Backend: heedful{&session.Memory{}}, FailOpen: true}, &ev)
	c := devicesSite(m)
	ada := c.signedIn("ada", "phone")
	want(t, "RevokeUser", m.RevokeUser(t.Context(), "ada"), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	want(t, "who", ada.do(ada.request("/who").WithContext(ctx)).body, "")
}

// One that has ended before does not come back by being excepted.
func TestRevokeUserExceptRevivesNobody(t *testing.T) {
	for name, list := range map[string]session.Revocations{"memory": {}, "backend": {Backend: &session.Memory{}}} {
		t.Run(name, func(t *testing.T) {
			var ev events
			m, _ := fleet(t, list, &ev)
			c := devicesSite(m)
			phone, desk := c.signedIn("ada", "phone"), c.signedIn("ada", "desk")
			onPhone, onDesk := phone.get("/handle").body, desk.get("/handle").body
			revoke := func(except ...string) {
				t.Helper()
				want(t, "RevokeUser", m.RevokeUser(t.Context(), "ada", except...), nil)
			}
			revoke(onPhone)
			want(t, "excepted", phone.get("/who").body, "ada")
			want(t, "revoked", desk.get("/who").body, "")
			revoke(onPhone, onDesk)
			want(t, "excepted twice", phone.get("/who").body, "ada")
			want(t, "excepted too late", desk.get("/who").body, "")
			pad := c.signedIn("ada", "pad")
			revoke(pad.get("/handle").body)
			want(t, "signed in since, and excepted", pad.get("/who").body, "ada")
			want(t, "excepted no longer", phone.get("/who").body, "")
			revoke(onPhone, onDesk, pad.get("/handle").body)
			want(t, "excepted again", pad.get("/who").body, "ada")
			want(t, "excepted too late", phone.get("/who").body, "")
			want(t, "excepted too late, again", desk.get("/who").body, "")
		})
	}
}

// Who revokes again and again, and signs in, gets no session whose logout is forgotten
// before its cookie has expired.
func TestRevocationsLastForWhoRevokesOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &session.Manager{Store: session.NewCookieStore(newKeyring(t)), IdleTimeout: 24 * time.Hour}
		c := devicesSite(m)
		for range 1800 { // half an hour, as each is later than the one before
			want(t, "RevokeUser", m.RevokeUser(t.Context(), "ada"), nil)
		}
		ada, bystander := c.signedIn("ada", "phone"), c.signedIn("ada", "desk")
		copied := ada.clone()
		ada.get("/logout")
		want(t, "RevokeUser", m.RevokeUser(t.Context(), "ada"), nil)
		for range 156 {
			want(t, "copied before the logout", copied.clone().get("/who").body, "")
			want(t, "copied before RevokeUser", bystander.clone().get("/who").body, "")
			c.signedIn("bob", "phone").get("/logout") // as notes that are pointless go when others come
			time.Sleep(5 * time.Minute)
		}
	})
}

// A session of a program that used the store without a Manager tells no age: to
// RevokeBefore it is from before.
func TestRevokeBeforeEndsSessionsWithoutAge(t *testing.T) {
	store := sessions.NewCookieStore([]byte("an authentication key of 32 bytes"))
	m := &session.Manager{Store: store, Cookie: session.Cookie{Name: "plain", InsecureCookie: true}}
	name := session.NewKey[string]("name")
	c := &client{h: m.Wrap(mux{"/": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		v, _ := name.Get(s)
		fmt.Fprint(w, v)
	}})}
	r := c.request("/")
	old, _ := store.New(r, "plain")
	old.Values["name"] = "ada"
	value, err := sessionsEncode(store, old)
	want(t, "encoded", err, nil)
	c.cookies = map[string]string{"plain": value}
	want(t, "taken over", c.clone().get("/").body, "ada")
	want(t, "RevokeBefore", m.RevokeBefore(t.Context(), time.Now()), nil)
	want(t, "refused", c.clone().get("/").body, "")
}

func sessionsEncode(store *sessions.CookieStore, s *sessions.Session) (string, error) {
	return store.Codecs[0].Encode(s.Name(), s.Values)
}

// What a session holds is not printed with what a list tells of it.
func TestInfoPrintsNoValues(t *testing.T) {
	m := &session.Manager{}
	devicesSite(m).signedIn("ada", "hunter2")
	for i, err := range m.List(t.Context(), "ada") {
		want(t, "List", err, nil)
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "info", i)
		for _, text := range []string{fmt.Sprintf("%v %+v %#v", i, i, i), log.String()} {
			if strings.Contains(text, "hunter2") {
				t.Errorf("the value is in %s", text)
			}
		}
		on, ok := device.In(i)
		want(t, "In", ok && on == "hunter2", true)
	}
}
