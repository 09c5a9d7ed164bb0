package auth_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/session"
)

// device is a browser as far as cookies go.
type device struct {
	h       http.Handler
	cookies map[string]string
}

func (d *device) copy() *device {
	c := &device{d.h, map[string]string{}}
	for k, v := range d.cookies {
		c.cookies[k] = v
	}
	return c
}

// get returns the body, and keeps the cookies.
func (d *device) get(method, target string) string {
	r := request(method, target, "User-Agent", "Lynx")
	for name, value := range d.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := answer(d.h, r)
	for _, c := range w.Result().Cookies() {
		if d.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(d.cookies, c.Name)
		}
	}
	return w.Body.String()
}

// rememberSite signs ada in at /login and remembers the device.
func rememberSite(t *testing.T, log io.Writer) (*auth.Accounts, *device) {
	t.Helper()
	accounts, _ := newCounted(t, "ada", "correct horse", "author")
	accounts.Logger = slog.New(slog.NewTextHandler(log, nil))
	guard := &auth.Guard{
		Schemes:  []auth.Scheme{&auth.Session{Users: accounts.Users, Remember: &auth.Remember{Accounts: accounts}}},
		Optional: true,
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		if err := guard.Login(w, r, auth.Identity{Subject: "ada", Methods: []string{"pwd", "otp"}}); err != nil {
			t.Error(err)
		}
		if err := guard.Remember(w, r); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		if err := guard.Logout(w, r); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.From(r.Context())
		fmt.Fprint(w, id.Subject)
	})
	mux.HandleFunc("/id", func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.From(r.Context())
		fmt.Fprintf(w, "%s %v %v %v %s %v", id.Subject, id.Roles, id.Methods, time.Since(id.Time).Round(time.Second), id.Scheme, id.Ambient)
	})
	mux.HandleFunc("/late", func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		id, _ := auth.From(r.Context())
		fmt.Fprint(w, id.Subject)
	})
	site := middleware.Stack{Session: &session.Manager{}, Auth: guard}.Chain().Then(mux)
	return accounts, &device{site, map[string]string{}}
}

const rememberCookie = "__Host-remember"

func wantBody(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// spec 26
func TestRemember(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := rememberSite(t, io.Discard)
		d.get("POST", "/login")
		first := d.cookies[rememberCookie]
		time.Sleep(10 * 24 * time.Hour) // the session has long ended
		wantBody(t, "after ten days", d.get("GET", "/id"), "ada [author] [pwd otp] 240h0m0s Session true")
		second := d.cookies[rememberCookie]
		if first == "" || second == "" || first == second {
			t.Errorf("tokens %q, %q", first, second)
		}
		wantBody(t, "the session goes on", d.get("GET", "/"), "ada")
		wantBody(t, "with the same token", d.cookies[rememberCookie], second)

		delete(d.cookies, "__Host-session")
		wantBody(t, "the browser was closed", d.get("GET", "/"), "ada")
		time.Sleep(29 * 24 * time.Hour)
		wantBody(t, "each use begins the time anew", d.get("GET", "/"), "ada")
		time.Sleep(31 * 24 * time.Hour)
		wantBody(t, "unused for longer", d.get("GET", "/"), "")
	})
}

// spec 26: several requests at once with one token are all let in, and get the same one.
func TestRememberParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := rememberSite(t, io.Discard)
		d.get("POST", "/login")
		time.Sleep(24 * time.Hour)
		var mu sync.Mutex
		tokens := map[string]bool{}
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				c := d.copy()
				wantBody(t, "at once", c.get("GET", "/"), "ada")
				mu.Lock()
				tokens[c.cookies[rememberCookie]] = true
				mu.Unlock()
			})
		}
		wg.Wait()
		if len(tokens) != 1 {
			t.Errorf("%d tokens", len(tokens))
		}
		late := d.copy()
		time.Sleep(29 * time.Second)
		wantBody(t, "within the grace", late.get("GET", "/"), "ada")
		if !tokens[late.cookies[rememberCookie]] {
			t.Error("another token within the grace")
		}
		delete(late.cookies, "__Host-session")
		time.Sleep(24 * time.Hour)
		wantBody(t, "the next day", late.get("GET", "/"), "ada")
	})
}

// spec 26: what was copied and comes a second time ends it all, for thief and owner.
func TestRememberReuse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		accounts, d := rememberSite(t, &log)
		d.get("POST", "/login")
		other := d.copy()
		other.cookies = map[string]string{}
		other.get("POST", "/login")
		stolen := d.copy()
		delete(stolen.cookies, "__Host-session")
		time.Sleep(24 * time.Hour)
		wantBody(t, "the owner", d.get("GET", "/"), "ada")
		wantBody(t, "another device", other.get("GET", "/"), "ada")
		time.Sleep(31 * time.Second)
		wantBody(t, "the thief", stolen.get("GET", "/"), "")
		wantBody(t, "the thief's cookie", stolen.cookies[rememberCookie], "")
		for name, d := range map[string]*device{"owner": d, "another device": other} {
			wantBody(t, name, d.get("GET", "/"), "")
			delete(d.cookies, "__Host-session")
			wantBody(t, name+", remembered", d.get("GET", "/"), "")
		}
		if !strings.Contains(log.String(), "may be stolen") || strings.Contains(log.String(), strings.Split(stolen.cookies[rememberCookie]+"x", ".")[0]+".") {
			t.Errorf("log: %s", &log)
		}
		u, _ := accounts.Users.Lookup(t.Context(), "ada")
		if len(u.Secrets) != 0 {
			t.Errorf("secrets: %v", u.Secrets)
		}
		d.get("POST", "/login")
		wantBody(t, "signed in anew", d.get("GET", "/"), "ada")
	})
}

// What ends sessions ends remembered devices too.
func TestRememberEnds(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *auth.Accounts, *device){
		"logout":   func(_ *testing.T, _ *auth.Accounts, d *device) { d.copy().get("POST", "/logout") },
		"password": func(t *testing.T, a *auth.Accounts, _ *device) { _, _ = a.SetPassword(t.Context(), "ada", another) },
		"revoke":   func(t *testing.T, a *auth.Accounts, _ *device) { _ = a.Revoke(t.Context(), "ada") },
		"disabled": func(t *testing.T, a *auth.Accounts, _ *device) {
			_ = a.Users.Update(t.Context(), "ada", func(u *auth.User) error { u.Disabled = true; return nil })
		},
		"deleted": func(_ *testing.T, a *auth.Accounts, _ *device) { a.Users.(*auth.MemoryUsers).Delete("ada") },
		"forgotten": func(t *testing.T, a *auth.Accounts, _ *device) {
			m := &auth.Remember{Accounts: a}
			devices, err := m.Devices(t.Context(), "ada")
			if err != nil || len(devices) != 1 || devices[0].Label != "Lynx" {
				t.Errorf("devices: %v %v", devices, err)
			}
			_ = m.Forget(t.Context(), "ada", devices[0].ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			accounts, d := rememberSite(t, io.Discard)
			d.get("POST", "/login")
			end(t, accounts, d)
			delete(d.cookies, "__Host-session")
			wantBody(t, "afterwards", d.get("GET", "/"), "")
		})
	}
	_, d := rememberSite(t, io.Discard)
	d.get("POST", "/login")
	d.get("POST", "/logout")
	wantBody(t, "the cookie after a logout", d.cookies[rememberCookie], "")
}

// A response whose header has left can carry no new token, so the old one is not spent.
func TestRememberLate(t *testing.T) {
	_, d := rememberSite(t, io.Discard)
	d.get("POST", "/login")
	delete(d.cookies, "__Host-session")
	before := d.cookies[rememberCookie]
	d.get("GET", "/late")
	wantBody(t, "token", d.cookies[rememberCookie], before)
	wantBody(t, "the next request", d.get("GET", "/"), "ada")
}

func TestRememberForged(t *testing.T) {
	accounts, d := rememberSite(t, io.Discard)
	d.get("POST", "/login")
	delete(d.cookies, "__Host-session")
	good := d.cookies[rememberCookie]
	u, _ := accounts.Users.Lookup(t.Context(), "ada")
	for _, bad := range []string{
		"", ".", good[:len(good)-1], "x" + good, "Ym9i" + good[4:], "YWRh." + u.Secrets[0].Hash, strings.Repeat("a", 4000),
	} {
		c := d.copy()
		c.cookies[rememberCookie] = bad
		wantBody(t, bad, c.get("GET", "/"), "")
	}
	wantBody(t, "the right one", d.get("GET", "/"), "ada")
}

func TestRememberFields(t *testing.T) {
	accounts := newAccounts(t)
	st := &state{}
	for want, m := range map[string]*auth.Remember{
		"auth: Remember.Accounts is nil":                   {},
		"auth: Remember.For is not between 0 and 400 days": {Accounts: accounts, For: 401 * 24 * time.Hour},
		"auth: Remember.Grace is negative":                 {Accounts: accounts, Grace: -1},
		"auth: Remember.Cookie: http":                      {Accounts: accounts, Cookie: "a b"},
		"auth: Remember.Cookie: browsers refuse":           {Accounts: accounts, Cookie: "__Host-x", InsecureCookie: true},
	} {
		panics(t, want, func() {
			(&auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: st.from, Remember: m}}}).Wrap(who{})
		})
	}
}

// spec 26: that a thief uses the copy more than once does not hide it.
func TestRememberReuseAfterSeveral(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		_, d := rememberSite(t, &log)
		d.get("POST", "/login")
		thief := d.copy()
		for range 3 {
			delete(thief.cookies, "__Host-session")
			wantBody(t, "the thief, at first", thief.get("GET", "/"), "ada")
		}
		time.Sleep(24 * time.Hour)
		wantBody(t, "the owner", d.get("GET", "/"), "")
		if !strings.Contains(log.String(), "may be stolen") {
			t.Error("nobody learns of it")
		}
		delete(thief.cookies, "__Host-session")
		wantBody(t, "the thief", thief.get("GET", "/"), "")
	})
}

// lagging is a store whose readers see a user as it once was.
type lagging struct {
	auth.Users
	seen *auth.User // nil: as it is
}

func (l *lagging) Lookup(ctx context.Context, name string) (auth.User, error) {
	if l.seen != nil {
		return *l.seen, nil
	}
	return l.Users.Lookup(ctx, name)
}

// spec 26: what a store sees only when it writes counts as well.
func TestRememberIsSeenLate(t *testing.T) {
	for name, tt := range map[string]struct {
		end   func(*testing.T, *auth.Accounts, *device)
		owner string
	}{
		"used": {func(t *testing.T, _ *auth.Accounts, d *device) {
			delete(d.cookies, "__Host-session")
			wantBody(t, "the owner", d.get("GET", "/"), "ada")
		}, ""},
		"forgotten": {func(t *testing.T, a *auth.Accounts, _ *device) {
			m := &auth.Remember{Accounts: a}
			devices, _ := m.Devices(t.Context(), "ada")
			if err := m.Forget(t.Context(), "ada", devices[0].ID); err != nil {
				t.Error(err)
			}
		}, "ada"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				accounts, d := rememberSite(t, io.Discard)
				d.get("POST", "/login")
				thief := d.copy()
				delete(thief.cookies, "__Host-session")
				before, _ := accounts.Users.Lookup(t.Context(), "ada")
				tt.end(t, accounts, d)
				time.Sleep(time.Minute)
				users := &lagging{accounts.Users, &before}
				accounts.Users = users
				wantBody(t, "the thief", thief.get("GET", "/"), "")
				users.seen = nil
				wantBody(t, "the thief, afterwards", thief.get("GET", "/"), "")
				wantBody(t, "the owner", d.get("GET", "/"), tt.owner)
			})
		})
	}
}

// A token, which may be limited, must not become a device that is signed in.
func TestRememberIsForSessions(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse")
	token, _, err := accounts.NewToken(t.Context(), "ada", "a script", time.Time{}, "read")
	if err != nil {
		t.Fatal(err)
	}
	guard := &auth.Guard{Schemes: []auth.Scheme{
		&auth.Bearer{Accounts: accounts},
		&auth.Session{From: (&state{}).from, Users: accounts.Users, Remember: &auth.Remember{Accounts: accounts}},
	}}
	h := guard.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := guard.Remember(w, r); !errors.Is(err, auth.ErrForbidden) {
			t.Errorf("%v", err)
		}
	}))
	if w := answer(h, request("POST", "/", "Authorization", "Bearer "+token)); w.Code != 200 || len(w.Result().Cookies()) != 0 {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

// A session that is limited must not come back without its limits.
func TestRememberKeepsNoScopes(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse")
	st := &state{}
	guard := &auth.Guard{
		Schemes:  []auth.Scheme{&auth.Session{From: st.from, Users: accounts.Users, Remember: &auth.Remember{Accounts: accounts}}},
		Optional: true,
	}
	h := guard.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := guard.Login(w, r, auth.Identity{Subject: "ada", Scopes: []string{"read"}}); err != nil {
			t.Error(err)
		}
		if err := guard.Remember(w, r); !errors.Is(err, auth.ErrForbidden) {
			t.Errorf("%v", err)
		}
	}))
	if w := answer(h, request("POST", "/")); w.Code != 200 || len(w.Result().Cookies()) != 0 {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

// written counts what a store keeps.
type written struct {
	auth.Users
	n int
}

func (c *written) Update(ctx context.Context, name string, change func(*auth.User) error) error {
	err := c.Users.Update(ctx, name, change)
	if err == nil {
		c.n++
	}
	return err
}

// Cookies that a stranger makes up make no store write.
func TestRememberForgedWritesNothing(t *testing.T) {
	accounts, d := rememberSite(t, io.Discard)
	d.get("POST", "/login")
	users := &written{Users: accounts.Users}
	accounts.Users = users
	forged := map[string]string{rememberCookie: "YWRh.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
	stranger := &device{d.h, forged}
	stranger.get("GET", "/")
	stranger.get("POST", "/logout")
	if users.n != 0 {
		t.Errorf("%d writes", users.n)
	}
}
