package auth_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/totp"
)

const sessionCookie = "__Host-session"

// From the password to the code, and on to where one came for.
func TestSecondStep(t *testing.T) {
	w := newWorld(t)
	onServers(t, w, func(t *testing.T, c *http.Client, base string) {
		w.user(t, auth.User{Name: base})
		key, _ := w.factor(t, base)
		b := newBrowser(t, c.Transport, base)
		b.signIn(base, "next", "/private", "remember", "1").is(303, "/code?next=%2Fprivate")
		b.wantWho("nobody")
		if b.cookie(rememberCookie) != "" || b.cookie("__Host-device") != "" {
			t.Error("the password alone made a device of it")
		}
		page := b.get("/code?next=%2Fprivate").is(200, `autocomplete="one-time-code"`, `href="/login?next=%2Fprivate"`)
		b.post("/code", "code", "000000", "next", page.field("next")).is(422, `aria-invalid="true"`, `aria-describedby="hint problem"`, "not right").lacks("000000")
		b.wantWho("nobody")
		code := next(key)
		b.post("/code", "code", code, "next", page.field("next")).is(303, "/private")
		b.wantWho(base)
		if got := b.get("/methods").body; got != "pwd otp mfa, 0s" {
			t.Error(got)
		}
		if b.cookie(rememberCookie) == "" || b.cookie("__Host-device") == "" {
			t.Error("the device is not known")
		}
		other := newBrowser(t, c.Transport, base)
		other.signIn(base).is(303, "/code")
		other.post("/code", "code", code).is(422, "was used before")
		other.wantWho("nobody")
	})
}

// A code that is not good, for whatever reason, signs nobody in.
func TestSecondStepRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.user(t, auth.User{Name: "bob"})
		key, recovery := w.factor(t, "ada")
		bobs, bobsRecovery := w.factor(t, "bob")
		if _, err := w.accounts.VerifyFactor(t.Context(), "ada", recovery[0]); err != nil {
			t.Fatal(err)
		}
		for name, code := range map[string]string{
			"wrong": "123456", "empty": "", "long": strings.Repeat("1", 5000), "of another": next(bobs), "another's recovery": bobsRecovery[1],
			"of long ago": key.Code(totp.Step(time.Now()) - 5), "a used recovery": recovery[0], "NUL": "\x00",
		} {
			b := w.browser(t)
			b.signIn("ada").is(303)
			if a := b.post("/code", "code", code); a.code != 422 || b.who() != "nobody" {
				t.Errorf("%s: %d %s", name, a.code, a.body)
			}
			time.Sleep(time.Hour) // for the throttle
		}
		b := w.browser(t)
		b.post("/code", "code", next(key)).is(303, "/login") // without the password
		b.wantWho("nobody")
	})
}

// What happens to the user between the steps sends them back to the first, and spends no code.
func TestSecondStepWhenTheUserChanges(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*testing.T, *world)
	}{
		{"another password", func(t *testing.T, w *world) { _, _ = w.accounts.SetPassword(t.Context(), "ada", "tigers like tea") }},
		{"signed out everywhere", func(t *testing.T, w *world) { _ = w.accounts.Revoke(t.Context(), "ada") }},
		{"disabled", func(t *testing.T, w *world) { w.update(t, "ada", func(u *auth.User) { u.Disabled = true }) }},
		{"factor removed", func(t *testing.T, w *world) { _ = w.accounts.RemoveFactor(t.Context(), "ada") }},
		{"deleted", func(_ *testing.T, w *world) { w.users.Users.(*auth.MemoryUsers).Delete("ada") }},
		{"ten minutes", func(*testing.T, *world) { time.Sleep(10 * time.Minute) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				_, recovery := w.factor(t, "ada")
				b := w.browser(t)
				b.signIn("ada", "next", "/private").is(303)
				tt.change(t, w)
				b.post("/code", "code", recovery[0], "next", "/private").is(303, "/login?next=%2Fprivate")
				b.get("/code").is(303, "/login")
				b.wantWho("nobody")
				if u, err := w.users.Users.Lookup(t.Context(), "ada"); err == nil && u.HasFactor() && u.RecoveryCodes() != 10 {
					t.Error("a recovery code was spent")
				}
			})
		})
	}
}

// Who signs in with a recovery code learns how many are left, and goes on from there.
func TestSecondStepRecovery(t *testing.T) {
	w := newWorld(t)
	_, recovery := w.factor(t, "ada")
	for i, want := range []string{"9 are left", "8 are left", "7 are left", "6 are left", "5 are left", "4 are left", "3 are left", "2 are left", "One is left", "the last one"} {
		b := w.browser(t)
		b.signIn("ada", "next", "/private").is(303)
		b.post("/code", "code", strings.ToUpper(recovery[i]), "next", "/private").is(200, want, `href="/private"`, `href="/factor"`)
		b.wantWho("ada")
		b.post("/code", "code", recovery[i], "next", "/private").is(303, "/private") // loaded again
	}
}

// spec 20: codes can be guessed six times, then it takes longer and longer; how long is said.
func TestSecondStepTooManyCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		key, recovery := w.factor(t, "ada")
		for i := range 20 {
			b := w.browser(t) // cookies make no difference
			b.signIn("ada").is(303)
			a := b.post("/code", "code", fmt.Sprintf("%06d", i))
			if a.code != 429 {
				a.is(422)
				continue
			}
			if after := a.h.Get("Retry-After"); after != "1" || i != 5 {
				t.Errorf("at guess %d: Retry-After %s", i, after)
			}
			a.is(429, "too many wrong tries", "wait a second", `role="alert"`, `name="code"`)
			b.post("/code", "code", recovery[0]).is(429)
			b.post("/code", "code", next(key)).is(429)
			time.Sleep(time.Second)
			b.post("/code", "code", next(key)).is(303, "/")
			if n := w.lookup(t, "ada").RecoveryCodes(); n != 10 {
				t.Errorf("a code that was not looked at was spent: %d left", n)
			}
			return
		}
		t.Error("twenty guesses, and no end")
	})
}

// Until the second step is done, nothing has changed for who is signed in.
func TestSecondStepLeavesWhoIsSignedIn(t *testing.T) {
	w := newWorld(t)
	w.user(t, auth.User{Name: "bob"})
	key, _ := w.factor(t, "bob")
	b := w.browser(t)
	b.signIn("ada").is(303, "/")
	b.post("/draft", "of", "ada")
	before := b.cookie(sessionCookie)
	b.signIn("bob").is(303, "/code")
	b.wantWho("ada")
	if filed := b.get("/filed").body; filed != "ada" {
		t.Errorf("between the steps the session is %q's", filed)
	}
	if b.cookie(sessionCookie) == before {
		t.Error("spec 21: the session was not renewed at the first step")
	}
	b.post("/code", "code", next(key)).is(303, "/")
	b.wantWho("bob")
	if draft := b.get("/draft").body; draft != "" {
		t.Errorf("bob reads %s", draft)
	}
}

// spec 21: whoever planted a session cannot do the second step with it, nor has it afterwards.
func TestSecondStepFixation(t *testing.T) {
	w := newWorld(t)
	key, _ := w.factor(t, "ada")
	thief, victim := w.browser(t), w.browser(t)
	thief.post("/draft", "of", "the thief")
	victim.plant(sessionCookie, thief.cookie(sessionCookie))
	victim.signIn("ada").is(303, "/code")
	thief.get("/code").is(303, "/login")
	middle := victim.cookie(sessionCookie)
	victim.post("/code", "code", next(key)).is(303, "/")
	victim.wantWho("ada")
	thief.wantWho("nobody")
	thief.plant(sessionCookie, middle)
	thief.wantWho("nobody")
}

// A first step that was not followed by the second is over when somebody signs in otherwise.
func TestSecondStepIsForgotten(t *testing.T) {
	w := newWorld(t)
	w.user(t, auth.User{Name: "bob"})
	key, _ := w.factor(t, "bob")
	b := w.browser(t)
	b.signIn("bob").is(303, "/code")
	b.signIn("ada").is(303, "/")
	b.get("/code?next=/private").is(303, "/private") // the button that leads back
	b.post("/code", "code", next(key)).is(303, "/")
	b.wantWho("ada")
	b.post("/logout").is(303, "/")
	b.post("/code", "code", next(key)).is(303, "/login")
	b.wantWho("nobody")
}

// What cannot be read or written is answered with 503, and signs nobody in.
func TestSecondStepDown(t *testing.T) {
	for _, fail := range []string{"Value", "SetValue auth.pending", "SetValue auth.login", "Renew", "Lookup", "Update"} {
		t.Run(fail, func(t *testing.T) {
			w := newWorld(t)
			key, _ := w.factor(t, "ada")
			b := w.browser(t)
			down := func(to bool) {
				w.fail[fail] = to
				w.users.set(&w.users.deaf, to && fail == "Lookup")
				w.users.set(&w.users.mute, to && fail == "Update")
			}
			down(true)
			a := b.signIn("ada")
			if a.code != 503 && fail != "Update" && fail != "SetValue auth.login" {
				t.Errorf("the first step: %d", a.code)
			}
			down(false)
			b.signIn("ada").is(303, "/code")
			down(true)
			a = b.post("/code", "code", next(key)).is(503)
			if s, err := strconv.Atoi(a.h.Get("Retry-After")); err != nil || s < 1 {
				t.Errorf("Retry-After %q", a.h.Get("Retry-After"))
			}
			down(false)
			b.wantWho("nobody")
		})
	}
}

func TestSecondStepMisconfiguration(t *testing.T) {
	w := newWorld(t)
	_, _ = w.factor(t, "ada")
	w.pages.CodePath = ""
	panics(t, "auth: Pages.Code: Pages.CodePath is not set", func() { w.pages.Code() })
	h := middlewareOf(w, w.pages.Login())
	b := newBrowser(t, direct{h}, origin)
	b.signIn("ada").is(500)
	b.get("/anywhere")
	if strings.Contains(w.log.String(), "correct horse") {
		t.Error("the log has a password")
	}
}
