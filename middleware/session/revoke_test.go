package session_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

var device = session.NewKey[string]("device")

// devicesSite signs in whom and on what the query says.
func devicesSite(m *session.Manager) *client {
	return &client{h: m.Wrap(mux{
		"/login": func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
			_ = device.Set(s, r.FormValue("on"))
			_ = s.Renew(r.Context(), r.FormValue("as"))
		},
		"/logout":  func(_ http.ResponseWriter, r *http.Request, s *session.Session) { _ = s.Destroy(r.Context()) },
		"/nothing": func(http.ResponseWriter, *http.Request, *session.Session) {},
		"/who":     func(w http.ResponseWriter, _ *http.Request, s *session.Session) { fmt.Fprint(w, s.Subject()) },
		"/everywhere": func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			fmt.Fprint(w, m.RevokeUser(r.Context(), s.Subject()))
		},
		"/elsewhere": func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			fmt.Fprint(w, m.RevokeUser(r.Context(), s.Subject(), s.Handle()))
		},
		"/password": func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
			_ = m.RevokeUser(r.Context(), s.Subject())
			_ = s.Renew(r.Context(), s.Subject())
		},
		"/handle": func(w http.ResponseWriter, _ *http.Request, s *session.Session) { fmt.Fprint(w, s.Handle()) },
	})}
}

func (c *client) signedIn(as, on string) *client {
	d := c.clone()
	d.get("/login?as=" + as + "&on=" + on)
	return d
}

// named returns the devices on which user is signed in.
func named(t *testing.T, m *session.Manager, user string) string {
	t.Helper()
	var all []string
	for i, err := range m.List(t.Context(), user) {
		if err != nil {
			t.Error(err)
			continue
		}
		want(t, "Subject", i.Subject, user)
		on, ok := device.In(i)
		want(t, "device is there", ok, true)
		all = append(all, on)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func TestList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &session.Manager{Require: session.Merge | session.Revoke | session.RevokeUser | session.List}
		c := devicesSite(m)
		phone := c.signedIn("ada", "phone")
		began := time.Now()
		time.Sleep(time.Minute)
		c.signedIn("ada", "desk")
		c.signedIn("bob", "phone")
		want(t, "ada's", named(t, m, "ada"), "desk, phone")
		want(t, "bob's", named(t, m, "bob"), "phone")
		want(t, "of nobody known", named(t, m, "eve"), "")
		time.Sleep(10 * time.Minute)
		phone.get("/who")
		for i := range m.List(t.Context(), "ada") {
			if on, _ := device.In(i); on == "phone" {
				want(t, "Created", i.Created.Equal(began), true)
				want(t, "Seen", time.Since(i.Seen), 0)
				want(t, "Expires", time.Until(i.Expires), 30*time.Minute)
				want(t, "Handle", i.Handle, phone.get("/handle").body)
			}
			_, ok := count.In(i) // never set
			want(t, "a value that is not there", ok, false)
			break
		}
		time.Sleep(25 * time.Minute)
		want(t, "after the other has expired", named(t, m, "ada"), "phone")
	})
}

// The handle in a list ends that session and no other.
func TestRevoke(t *testing.T) {
	var ev events
	m := &session.Manager{Events: ev.add}
	c := devicesSite(m)
	phone, desk := c.signedIn("ada", "phone"), c.signedIn("ada", "desk")
	ev.kinds()
	want(t, "Revoke", m.Revoke(t.Context(), phone.get("/handle").body), nil)
	want(t, "events", ev.kinds(), "destroyed")
	want(t, "phone", phone.get("/who").body, "")
	want(t, "desk", desk.get("/who").body, "ada")
	want(t, "again", m.Revoke(t.Context(), "AAAAAAAAAAAAAAAAAAAAAA"), nil)
	for _, bad := range []string{"", "x", phone.token(), "AAAAAAAAAAAAAAAAAAAAA!"} {
		if err := m.Revoke(t.Context(), bad); err == nil {
			t.Errorf("handle %q is taken", bad)
		}
	}
}

func TestRevokeUser(t *testing.T) {
	eachKind(t, allKinds, func(t *testing.T, _ string, m *session.Manager) {
		c := devicesSite(m)
		phone, desk, bob := c.signedIn("ada", "phone"), c.signedIn("ada", "desk"), c.signedIn("bob", "phone")
		want(t, "elsewhere", desk.get("/elsewhere").body, "<nil>")
		want(t, "phone", phone.get("/who").body, "")
		want(t, "desk", desk.get("/who").body, "ada")
		want(t, "bob", bob.get("/who").body, "bob")

		// A login after it is not meant, in the same second and the same request too.
		tablet := c.signedIn("ada", "tablet")
		want(t, "tablet", tablet.get("/who").body, "ada")
		tablet.get("/password")
		want(t, "who changed the password", tablet.get("/who").body, "ada")
		want(t, "desk, which was spared the first time", desk.get("/who").body, "")

		want(t, "everywhere", tablet.get("/everywhere").body, "<nil>")
		want(t, "tablet", tablet.get("/who").body, "")
		want(t, "bob", bob.get("/who").body, "bob")
	})
}

func TestRevokeUserArguments(t *testing.T) {
	m := &session.Manager{}
	if err := m.RevokeUser(t.Context(), ""); err == nil {
		t.Error("the empty user is taken")
	}
	if err := m.RevokeUser(t.Context(), "ada", "no handle"); err == nil {
		t.Error("what is no handle is taken")
	}
	want(t, "an empty handle", m.RevokeUser(t.Context(), "ada", ""), nil)
	for _, err := range m.List(t.Context(), "") {
		want(t, "the list of the empty user is an error", err != nil, true)
	}
}

// What a store cannot do is said, by Wrap where it is required.
func TestUnsupported(t *testing.T) {
	plain := session.NewServerStore(struct{ session.Backend }{&session.Memory{}})
	for name, m := range map[string]*session.Manager{
		"cookie": {Store: newStore(t, cookie)}, "gorilla": {Store: newStore(t, gfiles)}, "plain backend": {Store: plain},
	} {
		n := 0
		for _, err := range m.List(t.Context(), "ada") {
			want(t, name+": List", errors.Is(err, errors.ErrUnsupported), true)
			n++
		}
		want(t, name+": errors of List", n, 1)
	}
	m := &session.Manager{Store: plain}
	want(t, "RevokeUser", errors.Is(m.RevokeUser(t.Context(), "ada"), errors.ErrUnsupported), true)
	want(t, "RevokeBefore", errors.Is(m.RevokeBefore(t.Context(), time.Now()), errors.ErrUnsupported), true)

	wantPanic(t, "session: Manager.Require: the Store cannot list the sessions of a user", func() {
		(&session.Manager{Store: newStore(t, cookie), Require: session.Revoke | session.List}).Wrap(http.NotFoundHandler())
	})
	wantPanic(t, "session: Manager.Require: the Store cannot end all sessions of a user, list the sessions of a user", func() {
		(&session.Manager{Store: plain, Require: session.RevokeUser | session.List}).Wrap(http.NotFoundHandler())
	})
	wantPanic(t, "session: Manager.Require: the Store cannot merge the changes", func() {
		(&session.Manager{Store: newStore(t, gfiles), Require: session.Merge}).Wrap(http.NotFoundHandler())
	})
	wantPanic(t, "session: Manager.Revocations: a server store", func() {
		(&session.Manager{Revocations: session.Revocations{FailOpen: true}}).Wrap(http.NotFoundHandler())
	})
}

// A list that breaks off ends with the error.
func TestListFails(t *testing.T) {
	m := &session.Manager{Store: session.NewServerStore(&breaking{Memory: &session.Memory{}})}
	devicesSite(m).signedIn("ada", "phone")
	var got []string
	for i, err := range m.List(t.Context(), "ada") {
		got = append(got, fmt.Sprint(i.Subject, errors.Is(err, errDown)))
	}
	want(t, "list", strings.Join(got, " "), "adafalse true")
}

type breaking struct{ *session.Memory }

func (b *breaking) List(ctx context.Context, subject string) iter.Seq2[session.Record, error] {
	return func(yield func(session.Record, error) bool) {
		for r, err := range b.Memory.List(ctx, subject) {
			if !yield(r, err) {
				return
			}
		}
		yield(session.Record{}, errDown)
	}
}

// spec 13: an old secret that is used after its grace can end the session.
func TestConcurrency13_RevokeOnReuse(t *testing.T) {
	for _, revoke := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var ev events
			m := &session.Manager{RotateEvery: time.Minute, RevokeOnReuse: revoke, Events: ev.add}
			c := devicesSite(m)
			c.get("/login?as=ada")
			stolen := c.clone()
			time.Sleep(time.Minute)
			c.get("/who")
			ev.kinds()
			time.Sleep(31 * time.Second)
			want(t, "the thief", stolen.get("/who").body, "")
			after, reported := "ada", "reused"
			if revoke {
				after, reported = "", "reused, destroyed"
			}
			want(t, "events", ev.kinds(), reported)
			want(t, "the owner", c.get("/who").body, after)
		})
	}
}
