package auth_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
)

// spec 22: who changes the password stays signed in and remembered here, and is out elsewhere.
func TestPasswordPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		b, other := w.browser(t), w.browser(t)
		b.signIn("ada", "remember", "1").is(303, "/")
		other.signIn("ada", "remember", "1").is(303, "/")
		b.get("/password").is(200, `autocomplete="current-password"`, `autocomplete="new-password"`, `value="ada" autocomplete="username"`)
		before, device := b.cookie(sessionCookie), b.cookie(rememberCookie)
		b.post("/password", "current", "correct horse", "password", "tigers like tea").is(200, "signed out everywhere else").lacks("<form", "tigers")
		if b.cookie(sessionCookie) == before || b.cookie(rememberCookie) == device {
			t.Error("spec 21: not renewed")
		}
		b.wantWho("ada")
		other.wantWho("nobody")
		time.Sleep(24 * time.Hour) // the session has ended, the device is remembered
		b.get("/methods").is(200, "pwd, 24h0m0s")
		other.wantWho("nobody")
		other.signIn("ada").is(422)
		other.post("/login", "name", "ada", "password", "tigers like tea").is(303)

		// Where nobody asked to stay signed in, nobody does.
		other.post("/password", "current", "tigers like tea", "password", "lions like tea").is(200)
		if other.cookie(rememberCookie) != "" && w.remembered(t, "ada") != 0 {
			t.Error("the device is remembered without being asked to")
		}
		time.Sleep(24 * time.Hour)
		other.wantWho("nobody")
	})
}

// remembered is on how many devices a user stays signed in.
func (w *world) remembered(t *testing.T, name string) int {
	devices, err := w.session.Remember.Devices(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return len(devices)
}

// What is refused costs nobody their session.
func TestPasswordPageRefuses(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	b.signIn("ada").is(303)
	for _, tt := range []struct {
		name, current, password, want, field string
		hashes                               int64
	}{
		{"wrong", "wrong horse", "tigers like tea", "not your present password", `id="current" name="current" type="password" required autocomplete="current-password" aria-invalid="true" aria-describedby="problem" autofocus`, 1},
		{"too short", "correct horse", "short", "at least 8 characters", `minlength="8" aria-invalid="true" autofocus aria-describedby="hint problem"`, 1},
		{"too long", "correct horse", strings.Repeat("tea ", 300), "too long", `aria-describedby="hint problem"`, 1},
		{"empty", "", "", "not your present password", `name="current"`, 1},
	} {
		w.count.reset()
		b.post("/password", "current", tt.current, "password", tt.password).is(422, tt.want, tt.field, `value="ada" autocomplete="username"`)
		if n := w.count.all.Load(); n != tt.hashes {
			t.Errorf("%s: %d hashes", tt.name, n)
		}
		b.wantWho("ada")
	}
	if w.lookup(t, "ada").Generation != 0 {
		t.Error("the generation was raised")
	}
	for range 4 {
		b.post("/password", "current", "x", "password", "tigers like tea") // a known device has ten
	}
	for range 12 {
		if a := b.post("/password", "current", "x", "password", "tigers like tea"); a.code == 429 {
			a.is(429, "too many wrong tries")
			b.wantWho("ada")
			return
		}
	}
	t.Error("the present password can be guessed without end")
}

// Somebody who knows the old password, and is at it while the owner chooses another, does not
// have the last word.
func TestPasswordPageMeanwhile(t *testing.T) {
	for name, end := range map[string]func(*world, *testing.T){
		"another password": func(w *world, t *testing.T) {
			_, err := w.accounts.SetPassword(t.Context(), "ada", "lions like tea")
			if err != nil {
				t.Error(err)
			}
		},
		"disabled": func(w *world, t *testing.T) { w.update(t, "ada", func(u *auth.User) { u.Disabled = true }) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			thief := w.browser(t)
			thief.signIn("ada").is(303)
			w.accounts.Policy.Blocked = func(context.Context, string) (bool, error) {
				w.accounts.Policy.Blocked = nil
				end(w, t)
				return false, nil
			}
			thief.post("/password", "current", "correct horse", "password", "tigers like tea").is(303, "/login?next=%2Fpassword")
			w.update(t, "ada", func(u *auth.User) { u.Disabled = false })
			if _, err := w.accounts.Verify(t.Context(), "ada", "tigers like tea"); !errors.Is(err, auth.ErrRefused) {
				t.Errorf("the thief's password: %v", err)
			}
		})
	}
}

// A password is no second factor: who changes it has not signed in anew with both.
func TestPasswordPageIsNoStepUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.user(t, auth.User{Name: "bob"})
		key, _ := w.factor(t, "ada")
		b := w.browser(t)
		b.signIn("ada").is(303)
		b.post("/code", "code", next(key)).is(303)
		time.Sleep(11 * time.Minute)
		b.post("/password", "current", "correct horse", "password", "tigers like tea").is(200)
		b.get("/methods").is(200, "pwd otp mfa, 11m0s")
		b.get("/factor").is(303, "/login?next=%2Ffactor")

		b = w.browser(t)
		b.signIn("bob").is(303)
		time.Sleep(11 * time.Minute)
		b.post("/password", "current", "correct horse", "password", "tigers like tea").is(200)
		b.get("/methods").is(200, "pwd, 0s") // that was all he has
	})
}

// Where the session fails after the password was changed, the answer does not say that it was not.
func TestPasswordPageDown(t *testing.T) {
	for _, tt := range []struct{ fail, want, pass string }{
		{"Value", "", "correct horse"},
		{"Lookup", "", "correct horse"},
		{"Update", "", "correct horse"},
		{"Renew", "has been changed, but", "tigers like tea"},
		{"SetValue auth.login", "has been changed, but", "tigers like tea"},
	} {
		w := newWorld(t)
		b := w.browser(t)
		b.signIn("ada", "remember", "1").is(303)
		w.fail[tt.fail] = true
		w.users.deaf, w.users.mute = tt.fail == "Lookup", tt.fail == "Update"
		a := b.post("/password", "current", "correct horse", "password", "tigers like tea").is(503, tt.want)
		if tt.want == "" && strings.Contains(a.body, "has been changed") {
			t.Errorf("%s: %s", tt.fail, a.body)
		}
		w.fail, w.users.deaf, w.users.mute = map[string]bool{}, false, false
		w.browser(t).post("/login", "name", "ada", "password", tt.pass).is(303)
	}
}

// The pages of one's own account ask who it is: people sign in and come back, programs get a
// status, and a token makes no other token.
func TestOwnPagesAsk(t *testing.T) {
	w := newWorld(t)
	token, _ := newToken(t, w.accounts, "ada")
	onServers(t, w, func(t *testing.T, c *http.Client, base string) {
		for _, path := range []string{"/password", "/email", "/factor", "/tokens"} {
			b := newBrowser(t, c.Transport, base)
			for _, method := range []string{"GET", "POST"} {
				b.do(method, path+"?a=b", nil).is(303, "/login?next="+strings.ReplaceAll(path, "/", "%2F")+"%3Fa%3Db")
				b.do(method, path, nil, "Sec-Fetch-Mode", "cors", "Accept", "application/json").is(401, "Unauthorized")
				b.do(method, path, nil, "Authorization", "Bearer "+token).is(403)
			}
		}
	})
}

// A session that is limited to scopes makes no token without them, and nothing else that lasts.
func TestOwnPagesOfALimitedSession(t *testing.T) {
	w := newWorld(t)
	mux := http.NewServeMux()
	mux.HandleFunc("/limited", func(rw http.ResponseWriter, r *http.Request) {
		if err := w.guard.Login(rw, r, auth.Identity{Subject: "ada", Scopes: []string{"read"}}); err != nil {
			t.Error(err)
		}
	})
	for path, h := range map[string]http.Handler{
		"/password": w.pages.Password(), "/email": w.pages.Email(), "/factor": w.pages.Factor(), "/tokens": w.pages.Tokens(),
	} {
		mux.Handle(path, h)
	}
	b := newBrowser(t, direct{middlewareOf(w, mux)}, origin)
	b.post("/limited").is(200)
	for _, path := range []string{"/password", "/email", "/factor", "/tokens"} {
		b.get(path).is(403)
		b.post(path, "do", "new", "label", "x", "days", "30", "scope", "write", "email", "eve@example.org").is(403)
	}
}

// spec 29: a sign-in of ten minutes ago is sent to sign in again, and back.
func TestOwnPagesStepUp(t *testing.T) {
	for _, path := range []string{"/email", "/factor", "/tokens"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			b := w.browser(t)
			b.signIn("ada").is(303)
			time.Sleep(10*time.Minute - time.Second)
			b.get(path).is(200)
			time.Sleep(2 * time.Second)
			back := "/login?next=" + strings.ReplaceAll(path, "/", "%2F")
			b.get(path).is(303, back)
			b.post(path, "do", "new", "label", "x", "days", "30", "email", "eve@example.org").is(303, back)
			b.wantWho("ada")
			a := b.do("POST", path, nil, "Sec-Fetch-Mode", "cors", "Accept", "application/json").is(401)
			if c := strings.Join(a.h.Values("WWW-Authenticate"), " "); !strings.Contains(c, `error="insufficient_user_authentication", max_age="600"`) {
				t.Error(c)
			}
			page := b.get(back).is(200)
			b.signIn("ada", "next", page.field("next")).is(303, path)
			b.get(path).is(200)
			if u := w.lookup(t, "ada"); len(u.Secrets) != 0 || u.Email != "" {
				t.Errorf("%+v", u)
			}
		})
	}
}

// Somebody who is disabled or signed out everywhere at this moment does nothing any more.
func TestOwnPagesMeanwhile(t *testing.T) {
	for name, change := range map[string]func(*auth.User){
		"disabled": func(u *auth.User) { u.Disabled = true },
		"revoked":  func(u *auth.User) { u.Generation++ },
	} {
		for _, path := range []string{"/password", "/email", "/factor", "/tokens"} {
			w := newWorld(t)
			w.session.Users = w.users.Users // finds nothing wrong
			b := w.browser(t)
			b.signIn("ada").is(303)
			w.users.first = func() { w.update(t, "ada", change) } // and then
			a := b.post(path, "do", "new", "label", "x", "days", "30", "scope", "read", "email", "eve@example.org", "current", "correct horse", "password", "tigers like tea")
			if u := w.lookup(t, "ada"); a.code != 303 || len(u.Secrets) != 0 || u.Email != "" || u.Generation > 1 {
				t.Errorf("%s, %s: %d %+v", name, path, a.code, u)
			}
		}
	}
}

func TestEmailPage(t *testing.T) {
	w := newWorld(t)
	w.address(t, "ada")
	b := w.browser(t)
	b.signIn("ada").is(303)
	b.get("/email").is(200, `value="ada@example.org"`, `autocomplete="email"`)
	b.post("/email", "email", "no address").is(422, "not an address", `value="no address"`, `aria-describedby="to problem" aria-invalid="true" autofocus`)
	b.post("/email", "email", "ada@example.com").is(200, "ada@example.com").lacks("<form")
	page := b.get(w.mail.link(t, 1)).is(200, "ada@example.com")
	b.post("/confirm", "token", page.field("token")).is(200, "is confirmed")
	if u := w.lookup(t, "ada"); u.Email != "ada@example.com" || !u.Confirmed {
		t.Errorf("%q %v", u.Email, u.Confirmed)
	}
	w.users.set(&w.users.mute, true)
	b.post("/email", "email", "ada@example.net").is(503)
	w.users.set(&w.users.mute, false)
	for range 3 {
		b.post("/email", "email", "victim@example.net")
	}
	b.post("/email", "email", "victim@example.net").is(429, "asked for too often", `value="victim@example.net"`)
	b.wantWho("ada")
}

// https://www.w3.org/TR/change-password-url/
func TestWellKnown(t *testing.T) {
	w := newWorld(t)
	onServers(t, w, func(t *testing.T, c *http.Client, base string) {
		newBrowser(t, c.Transport, base).get("/.well-known/change-password").is(302, "/password")
	})
}

// Everywhere is everywhere: other browsers, remembered devices, this one. Tokens go on.
func TestSignOutEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		token, _ := newToken(t, w.accounts, "ada")
		b, other := w.browser(t), w.browser(t)
		b.get("/logout").is(200).lacks("everywhere", "signed in as")
		b.post("/logout", "do", "everywhere").is(303, "/login?next=%2Flogout")
		b.signIn("ada", "remember", "1").is(303)
		other.signIn("ada", "remember", "1").is(303)
		b.get("/logout?next=/private").is(200, "<strong>ada</strong>", `value="everywhere"`, `href="/private"`)
		b.post("/logout", "do", "everywhere").is(303, "/")
		for range 2 {
			b.wantWho("nobody")
			other.wantWho("nobody")
			time.Sleep(24 * time.Hour)
		}
		b.do("GET", "/", nil, "Authorization", "Bearer "+token).is(200, "ada")
		b.do("POST", "/logout", []string{"do", "everywhere"}, "Authorization", "Bearer "+token).is(403)

		b.signIn("ada").is(303)
		w.users.set(&w.users.mute, true)
		b.post("/logout", "do", "everywhere").is(503)
		b.wantWho("ada")
	})
}

// Who signs in where somebody else is finds nothing of theirs, and their device is not
// remembered any longer.
func TestSignInAsAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.user(t, auth.User{Name: "bob"})
		b := w.browser(t)
		b.post("/draft", "of", "nobody")
		b.signIn("ada", "remember", "1").is(303)
		b.get("/draft").is(200, "a secret of nobody") // what came before the sign-in stays
		b.post("/draft", "of", "ada")
		b.signIn("ada").is(303) // once more
		b.get("/draft").is(200, "a secret of ada")
		if b.cookie(rememberCookie) == "" || w.remembered(t, "ada") != 1 {
			t.Error("signing in again forgets the device")
		}
		b.signIn("bob").is(303)
		if draft := b.get("/draft").body; draft != "" {
			t.Errorf("bob reads %s", draft)
		}
		b.wantWho("bob")
		if n := w.remembered(t, "ada"); n != 0 {
			t.Errorf("%d devices of ada", n)
		}
		time.Sleep(24 * time.Hour)
		b.wantWho("nobody")

		for range 3 { // a device is remembered once
			b.signIn("ada", "remember", "1").is(303)
		}
		if n := w.remembered(t, "ada"); n != 1 {
			t.Errorf("%d devices", n)
		}
		b.post("/signup", "name", "grace", "email", "grace@example.org", "password", "correct horse").is(303)
		b.wantWho("grace")

		w.fail["Destroy"] = true
		b.signIn("bob").is(503)
		b.wantWho("grace")
		b.post("/logout").is(503)
		b.wantWho("grace")
	})
}

// A store that is down keeps nobody signed in on a device that they leave: it is said that
// something went wrong, but session and cookie are gone.
func TestSignOutWhileUsersAreDown(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	b.signIn("ada", "remember", "1").is(303, "/")
	w.users.set(&w.users.mute, true)
	b.post("/logout").is(503)
	b.wantWho("nobody")
	if b.cookie(rememberCookie) != "" {
		t.Error("the device has its token still")
	}
}

// That a device cannot be remembered does not undo a sign-in.
func TestSignInWithoutRemember(t *testing.T) {
	w := newWorld(t)
	w.users.set(&w.users.mute, true)
	b := w.browser(t)
	b.signIn("ada", "remember", "1").is(303, "/")
	b.wantWho("ada")
	if b.cookie(rememberCookie) != "" || !strings.Contains(w.log.String(), "could not be remembered") {
		t.Error(w.log.String())
	}
}
