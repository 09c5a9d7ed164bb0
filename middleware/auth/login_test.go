package auth_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
)

// spec 21: a login renews the session, files it under its user and keeps what was in it.
func TestLoginRenews(t *testing.T) {
	st := &state{values: map[string]string{"cart": "tea"}}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: st.from}}, Optional: true}
	var before, after string
	h := guard.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, ok := auth.From(r.Context())
		if err := guard.Login(w, r, auth.Identity{Subject: "ada"}); err != nil || ok {
			t.Errorf("Login = %v, signed in before: %v", err, ok)
		}
		id, _ := auth.From(r.Context())
		before = id.Subject
		if err := guard.Login(w, r, auth.Identity{Subject: "ada", Roles: []string{"admin"}}); err != nil { // more rights
			t.Error(err)
		}
		id, _ = auth.From(r.Context())
		after = strings.Join(id.Roles, ",")
	}))
	w := answer(h, request("POST", "/"))
	if st.renewed != 2 || st.subject != "ada" || st.values["cart"] != "tea" {
		t.Errorf("renewed %d times, subject %q, values %v", st.renewed, st.subject, st.values)
	}
	if before != "ada" || after != "admin" {
		t.Errorf("From at once: %q, then roles %q", before, after)
	}
	if w.Code != 200 || len(w.Header()) != 0 {
		t.Errorf("Login answered: %d %v", w.Code, w.Header())
	}
}

// spec 21: logout destroys the state on the server, for this request too.
func TestLogout(t *testing.T) {
	st := &state{}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: st.from}}}
	signedIn(t, guard, auth.Identity{Subject: "ada"})
	h := guard.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := guard.Logout(w, r); err != nil {
			t.Error(err)
		}
		if _, ok := auth.From(r.Context()); ok {
			t.Error("From still says yes")
		}
	}))
	if w := answer(h, request("POST", "/")); w.Code != 200 || st.values != nil {
		t.Errorf("%d, left %v", w.Code, st.values)
	}
	if w := answer(h, request("POST", "/")); w.Code != 401 {
		t.Errorf("afterwards: %d, want 401", w.Code)
	}
}

// spec 22: a changed password, or a revoke, ends all other sessions; a rehash ends none.
func TestGeneration(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse", "editor")
	mine, other := &state{}, &state{}
	guardOf := func(st *state) *auth.Guard {
		return &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: st.from, Users: accounts.Users}}}
	}
	verify := func(pass string) auth.Identity {
		t.Helper()
		u, err := accounts.Verify(t.Context(), "ada", pass)
		if err != nil {
			t.Fatal(err)
		}
		return u.Identity()
	}
	check := func(what string, st *state, want string) {
		t.Helper()
		got := "nobody"
		if w := answer(guardOf(st).Wrap(roles{}), request("GET", "/")); w.Code == 200 {
			got = w.Body.String()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	update := func(change func(*auth.User)) {
		t.Helper()
		if err := accounts.Users.Update(t.Context(), "ada", func(u *auth.User) error { change(u); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	id := verify("correct horse")
	signedIn(t, guardOf(mine), id)
	signedIn(t, guardOf(other), id)
	check("at first", mine, "ada [editor]")
	check("at first", other, "ada [editor]")

	update(func(u *auth.User) { u.Roles = []string{"admin"} })
	check("other roles", mine, "ada [admin]")
	update(func(u *auth.User) { u.Hash = bcryptOf(t, "correct horse") })
	verify("correct horse") // hashes anew
	check("a rehash", other, "ada [admin]")

	late := verify("correct horse") // checked before the change, signed in after it
	u, err := accounts.SetPassword(t.Context(), "ada", "tigers like tea")
	if err != nil {
		t.Fatal(err)
	}
	signedIn(t, guardOf(mine), u.Identity())
	check("who changed it", mine, "ada [admin]")
	check("the others", other, "nobody")
	signedIn(t, guardOf(other), late)
	check("who was just signing in with the old one", other, "nobody")

	signedIn(t, guardOf(other), auth.Identity{Subject: "ada"}) // by another way: a passkey
	check("signed in again", other, "ada [admin]")
	if err := accounts.Revoke(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	check("revoked", mine, "nobody")
	check("revoked", other, "nobody")

	signedIn(t, guardOf(mine), verify("tigers like tea"))
	update(func(u *auth.User) { u.Disabled = true })
	check("disabled", mine, "nobody")
	update(func(u *auth.User) { u.Disabled = false })
	check("enabled", mine, "ada [admin]")
	accounts.Users.(*auth.MemoryUsers).Delete("ada")
	check("deleted", mine, "nobody")
}

// Whoever gets the name of somebody who is gone does not get their sessions.
func TestGenerationOfAFormerUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accounts := newAccounts(t)
		st := &state{}
		guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: st.from, Users: accounts.Users}}, Optional: true}
		create := func(pass string) auth.User {
			u, err := accounts.Create(t.Context(), "ada", pass)
			if err != nil {
				t.Fatal(err)
			}
			return u
		}
		signedIn(t, guard, create("correct horse").Identity())
		if w := answer(guard.Wrap(who{}), request("GET", "/")); w.Body.String() != "ada" {
			t.Errorf("at first: %s", w.Body)
		}
		accounts.Users.(*auth.MemoryUsers).Delete("ada")
		time.Sleep(time.Millisecond)
		create("tigers like tea")
		if w := answer(guard.Wrap(who{}), request("GET", "/")); w.Body.String() != "nobody" {
			t.Errorf("the session of the former: %s", w.Body)
		}
	})
}

// spec 24: with a credential that browsers send by themselves, other sites cannot change
// anything; with one that they do not, there is nothing to fear.
func TestCrossSite(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse")
	trusting := http.NewCrossOriginProtection()
	if err := trusting.AddTrustedOrigin("https://friend.example"); err != nil {
		t.Fatal(err)
	}
	cross := []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}
	friend := []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://friend.example"}
	for _, tt := range []struct {
		name, method, authorization string
		session                     bool
		header                      []string
		protection                  *http.CrossOriginProtection
		required, optional          int
	}{
		{"cookie", "POST", "", true, cross, nil, 403, 403},
		{"cookie, same-site", "POST", "", true, []string{"Sec-Fetch-Site", "same-site"}, nil, 403, 403},
		{"cookie, older browser", "POST", "", true, []string{"Origin", "https://evil.example"}, nil, 403, 403},
		{"cookie, opaque origin", "POST", "", true, []string{"Origin", "null"}, nil, 403, 403},
		{"cookie, DELETE", "DELETE", "", true, cross, nil, 403, 403},
		{"cookie, GET", "GET", "", true, cross, nil, 200, 200},
		{"cookie, own site", "POST", "", true, []string{"Sec-Fetch-Site", "same-origin"}, nil, 200, 200},
		{"cookie, no browser", "POST", "", true, nil, nil, 200, 200},
		{"cookie, trusted origin", "POST", "", true, friend, trusting, 200, 200},
		{"cookie, not the trusted one", "POST", "", true, cross, trusting, 403, 403},
		{"Basic", "POST", basic("ada:correct horse"), false, cross, nil, 403, 403},
		{"Basic, wrong", "POST", basic("ada:wrong"), false, cross, nil, 401, 401},
		{"Bearer", "POST", "Bearer right", false, cross, nil, 200, 200},
		{"Bearer beside a cookie", "POST", "Bearer right", true, cross, nil, 200, 200},
		{"nobody", "POST", "", false, cross, nil, 401, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, optional := range []bool{false, true} {
				st := &state{}
				guard := &auth.Guard{
					Schemes:  []auth.Scheme{&auth.Session{From: st.from}, &auth.Basic{Accounts: accounts}, tokens{}},
					Optional: optional, CrossOrigin: tt.protection,
				}
				if tt.session {
					signedIn(t, guard, auth.Identity{Subject: "grace"})
				}
				r := request(tt.method, "/", tt.header...)
				if tt.authorization != "" {
					r.Header.Set("Authorization", tt.authorization)
				}
				want := tt.required
				if optional {
					want = tt.optional
				}
				if w := answer(guard.Wrap(who{}), r); w.Code != want {
					t.Errorf("optional %v: %d, want %d", optional, w.Code, want)
				}
			}
		})
	}
}

// spec 24: Login and Logout check it themselves, so that one's own handlers do too.
func TestLoginFromAnotherSite(t *testing.T) {
	st := &state{}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: st.from}}}
	cross := request("POST", "/login", "Sec-Fetch-Site", "cross-site")
	if err := guard.Login(nil, cross, auth.Identity{Subject: "mallory"}); !errors.Is(err, auth.ErrForbidden) || st.renewed != 0 {
		t.Errorf("Login = %v, renewed %d times", err, st.renewed)
	}
	signedIn(t, guard, auth.Identity{Subject: "ada"})
	if err := guard.Logout(nil, cross); !errors.Is(err, auth.ErrForbidden) || st.values == nil {
		t.Errorf("Logout = %v, left %v", err, st.values)
	}
}

func TestLoginErrors(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse")
	_ = accounts.Users.Create(t.Context(), auth.User{Name: "eve", Disabled: true})
	down := &state{fail: errStore}
	post := request("POST", "/login")
	for _, tt := range []struct {
		name  string
		guard *auth.Guard
		id    auth.Identity
		want  error // nil: any
	}{
		{"no session scheme", &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}}, auth.Identity{Subject: "ada"}, nil},
		{"no scheme", &auth.Guard{}, auth.Identity{Subject: "ada"}, nil},
		{"nobody", &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: (&state{}).from}}}, auth.Identity{}, nil},
		{"session down", &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: down.from}}}, auth.Identity{Subject: "ada"}, auth.ErrUnavailable},
		{"not a user", &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: (&state{}).from, Users: accounts.Users}}}, auth.Identity{Subject: "grace"}, auth.ErrRefused},
		{"a disabled user", &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: (&state{}).from, Users: accounts.Users}}}, auth.Identity{Subject: "eve"}, auth.ErrRefused},
		{"a claim that is no data", &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: (&state{}).from}}}, auth.Identity{Subject: "ada", Claims: map[string]any{"x": func() {}}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.guard.Login(nil, post, tt.id)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("Login = %v, want %v", err, tt.want)
			}
			if strings.HasPrefix(tt.name, "no s") || strings.HasPrefix(tt.name, "session") {
				if tt.guard.Logout(nil, post) == nil {
					t.Error("Logout = nil")
				}
			}
		})
	}
}
