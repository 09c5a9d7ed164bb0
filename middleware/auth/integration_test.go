package auth_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/session"
)

// spec 21, 22, 24 with real sessions: several browsers, one account.
func TestWithSessions(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse")
	sessions := &session.Manager{}
	guard := &auth.Guard{
		Schemes: []auth.Scheme{&auth.Session{
			Users: accounts.Users,
			From: func(ctx context.Context) auth.State {
				if s := session.From(ctx); s != nil {
					return s
				}
				return nil
			},
		}},
		Optional:  true,
		LoginPath: "/login",
	}
	pages := &auth.Pages{Guard: guard, Accounts: accounts}
	mux := http.NewServeMux()
	mux.Handle("/{$}", who{})
	mux.Handle("/private", guard.Require()(who{}))
	mux.Handle("/login", pages.Login())
	mux.Handle("/logout", pages.Logout())
	onServers(t, sessions.Wrap(guard.Wrap(mux)), func(t *testing.T, c *http.Client, base string) {
		browser := func() *http.Client {
			jar, err := cookiejar.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			fresh := *c
			fresh.Jar = jar
			return &fresh
		}
		is := func(what string, c *http.Client, want string) {
			t.Helper()
			if _, body := send(t, c, outgoing(t, "GET", base+"/")); body != want {
				t.Errorf("%s: %s, want %s", what, body, want)
			}
		}
		pass := "correct horse"
		login := func(c *http.Client) {
			t.Helper()
			resp, body := send(t, c, postForm(t, base+"/login", url.Values{"name": {"ada"}, "password": {pass}, "next": {"/private"}}))
			if resp.StatusCode != 303 || resp.Header.Get("Location") != "/private" || strings.Count(fmt.Sprint(resp.Header["Set-Cookie"]), "__Host-session=") != 1 {
				t.Fatalf("login: %d %v %s", resp.StatusCode, resp.Header, body)
			}
		}
		cookies := func(c *http.Client) []*http.Cookie {
			u, _ := url.Parse(base)
			return c.Jar.Cookies(u)
		}
		phone, laptop := browser(), browser()
		if resp, _ := send(t, phone, outgoing(t, "GET", base+"/login")); len(resp.Cookies()) != 0 {
			t.Error("the login page begins a session")
		}
		login(phone)
		login(laptop)
		is("phone", phone, "ada")
		is("laptop", laptop, "ada")

		old := cookies(phone)
		login(phone) // again: the old secret is worth nothing at once
		thief := browser()
		u, _ := url.Parse(base)
		thief.Jar.SetCookies(u, old)
		is("with the secret of before the login", thief, "nobody")

		stolen := cookies(phone)
		if resp, _ := send(t, phone, outgoing(t, "POST", base+"/logout")); resp.StatusCode != 303 {
			t.Errorf("logout: %d", resp.StatusCode)
		}
		is("phone, signed out", phone, "nobody")
		thief = browser()
		thief.Jar.SetCookies(u, stolen)
		is("with the secret of before the logout", thief, "nobody")
		is("laptop, still", laptop, "ada")

		pass = "tigers like " + t.Name()
		if _, err := accounts.SetPassword(t.Context(), "ada", pass); err != nil {
			t.Fatal(err)
		}
		is("laptop, after another password", laptop, "nobody")
		if resp, _ := send(t, laptop, outgoing(t, "GET", base+"/private", "Accept", "text/html")); resp.StatusCode != 303 {
			t.Errorf("laptop, /private: %d", resp.StatusCode)
		}
		login(laptop)
		is("laptop, signed in again", laptop, "ada")

		if _, err := accounts.SetPassword(t.Context(), "ada", "correct horse"); err != nil { // for the next server
			t.Fatal(err)
		}
	})
}

// A guard outside the session layer is found at the first request.
func TestGuardOutsideSessions(t *testing.T) {
	guard := &auth.Guard{Optional: true, Schemes: []auth.Scheme{&auth.Session{From: func(ctx context.Context) auth.State {
		if s := session.From(ctx); s != nil {
			return s
		}
		return nil
	}}}}
	if w := answer(guard.Wrap((&session.Manager{}).Wrap(who{})), request("GET", "/")); w.Code != 500 {
		t.Errorf("%d, want 500", w.Code)
	}
}
