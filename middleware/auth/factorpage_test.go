package auth_test

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/totp"
)

var keyIn = regexp.MustCompile(`<code class="key">([A-Z2-7 ]+)</code>`)

// shownKey is the key that a page shows, as somebody types it into an app.
func (a *answered) shownKey() totp.Key {
	a.t.Helper()
	m := keyIn.FindStringSubmatch(a.body)
	if m == nil {
		a.t.Fatalf("no key in\n%s", a.body)
	}
	key, err := totp.ParseKey(m[1])
	if err != nil {
		a.t.Fatal(err)
	}
	return key
}

var codeIn = regexp.MustCompile(`<li><code>([^<]+)</code>`)

func (a *answered) shownCodes() (codes []string) {
	for _, m := range codeIn.FindAllStringSubmatch(a.body, -1) {
		codes = append(codes, m[1])
	}
	return codes
}

// From none to a second factor, its recovery codes, signing in with either, and to none again.
func TestFactorPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		b := w.browser(t)
		b.signIn("ada").is(303, "/")
		page := b.get("/factor").is(200, `autocomplete="one-time-code"`, `inputmode="numeric"`, `href="otpauth://totp/Notes:ada?`)
		key := page.shownKey()
		if again := b.get("/factor").shownKey(); again != key {
			t.Error("a page that is loaded again shows another key")
		}
		b.post("/factor", "do", "set", "code", "000000").is(422, "not right", `aria-describedby="problem"`)
		if again := b.post("/factor", "do", "set", "code", "").is(422).shownKey(); again != key {
			t.Error("after a wrong code there is another key")
		}
		if w.lookup(t, "ada").HasFactor() {
			t.Error("set without a code")
		}
		codes := b.post("/factor", "do", "set", "code", next(key)).is(200, "not shown again").lacks("<form").shownCodes()
		if len(codes) != 10 {
			t.Fatalf("%d recovery codes", len(codes))
		}
		b.get("/factor").is(200, "10 recovery codes left").lacks(append(codes, key.Base32())...)
		b.post("/factor", "do", "set", "code", next(key)).is(200, "10 recovery codes left").lacks(codes...)
		b.post("/logout").is(303)

		time.Sleep(totp.Period)
		code := next(key)
		b.signIn("ada").is(303, "/code")
		b.post("/code", "code", code).is(303, "/")
		b.post("/logout").is(303)
		b.signIn("ada").is(303, "/code")
		b.post("/code", "code", code).is(422)
		b.post("/code", "code", codes[0]).is(200, "9 are left")
		b.wantWho("ada")

		for _, do := range []string{"codes", "remove"} { // neither without a code
			b.post("/factor", "do", do).is(422, `aria-describedby="hint problem"`)
			b.post("/factor", "do", do, "code", code).is(422, "used before")
			b.post("/factor", "do", do, "code", codes[0]).is(422)
		}
		time.Sleep(totp.Period)
		fresh := b.post("/factor", "do", "codes", "code", next(key)).is(200).shownCodes()
		if len(fresh) != 10 || fresh[0] == codes[0] {
			t.Errorf("new codes: %v", fresh)
		}
		b.post("/factor", "do", "remove", "code", codes[5]).is(422) // an old one
		b.post("/factor", "do", "remove", "code", fresh[5]).is(200, "is gone").lacks("<form")
		if u := w.lookup(t, "ada"); len(u.Secrets) != 0 {
			t.Errorf("left: %v", u.Secrets)
		}
		if b.get("/factor").shownKey() == key {
			t.Error("the old key comes back")
		}
		b.post("/logout").is(303)
		b.signIn("ada").is(303, "/")
	})
}

// Nobody sets up a key that somebody else has seen.
func TestFactorPageKeyIsOnesOwn(t *testing.T) {
	synctest.Test(t, testFactorPageKeyIsOnesOwn)
}

func testFactorPageKeyIsOnesOwn(t *testing.T) {
	w := newWorld(t)
	thief, victim := w.browser(t), w.browser(t)
	w.user(t, auth.User{Name: "mallory"})
	thief.signIn("mallory").is(303)
	key := thief.get("/factor").shownKey()
	victim.plant(sessionCookie, thief.cookie(sessionCookie))
	victim.signIn("ada").is(303)
	if victim.get("/factor").shownKey() == key {
		t.Error("mallory has ada's key")
	}
	victim.post("/factor", "do", "set", "code", next(key)).is(422)

	key = victim.get("/factor").shownKey()
	victim.post("/as", "name", "mallory").is(200)
	if victim.get("/factor").shownKey() == key {
		t.Error("who signed in otherwise has the key of whom was before")
	}
	victim.post("/as", "name", "ada").is(200)

	// Signing in again shows another: whoever had the session a while ago has seen the first.
	key = victim.get("/factor").shownKey()
	time.Sleep(time.Second)
	victim.signIn("ada").is(303)
	if victim.get("/factor").shownKey() == key {
		t.Error("a key from before the sign-in is still offered")
	}

	// After another password the key that was shown before is none.
	key = victim.get("/factor").shownKey()
	victim.post("/password", "current", "correct horse", "password", "tigers like tea").is(200)
	if victim.get("/factor").shownKey() == key {
		t.Error("a key from before the change of the password is still offered")
	}
}

// Codes are counted here as they are at sign-in, and the page says how long to wait.
func TestFactorPageTooManyCodes(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	b.signIn("ada").is(303)
	_, recovery := w.factor(t, "ada")
	for range 12 {
		if a := b.post("/factor", "do", "remove", "code", "123456"); a.code == 429 {
			a.is(429, "too many wrong tries", `value="remove"`, "10 recovery codes left").lacks("class=\"key\"")
			if a.h.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			b.post("/factor", "do", "remove", "code", recovery[0]).is(429)
			if !w.lookup(t, "ada").HasFactor() {
				t.Error("removed")
			}
			return
		}
	}
	t.Error("codes can be guessed without end")
}

// Where something cannot be read or written, nothing is half done: no factor without its
// codes having been shown.
func TestFactorPageDown(t *testing.T) {
	for _, fail := range []string{"Value", "SetValue auth.factor", "Lookup", "Update"} {
		w := newWorld(t)
		b := w.browser(t)
		b.signIn("ada").is(303)
		key := b.get("/factor").shownKey()
		w.fail[fail] = true
		w.users.deaf, w.users.mute = fail == "Lookup", fail == "Update"
		b.post("/factor", "do", "set", "code", next(key)).is(503)
		if w.lookup(t, "ada").HasFactor() {
			t.Errorf("%s: set", fail)
		}
		w.fail, w.users.deaf, w.users.mute = map[string]bool{}, false, false
		if b.get("/factor").shownKey() != key {
			t.Errorf("%s: the key is another", fail)
		}
		b.post("/factor", "do", "set", "code", next(key)).is(200, "not shown again")
	}
}

func TestFactorPagePicture(t *testing.T) {
	w := newWorld(t)
	fail := false
	w.pages.QR = func(uri string) (template.HTML, error) {
		if fail {
			return "", errors.New("no ink")
		}
		return template.HTML(`<img alt="QR code" src="data:image/png;base64,` + template.HTMLEscapeString(uri) + `">`), nil
	}
	mux := http.NewServeMux()
	mux.Handle("/login", w.pages.Login())
	mux.Handle("/factor", w.pages.Factor())
	b := newBrowser(t, direct{middlewareOf(w, mux)}, origin)
	b.signIn("ada").is(303)
	a := b.get("/factor").is(200, `<div class="picture"><img`, "otpauth://totp/Notes:ada?", "issuer=Notes")
	if csp := a.h.Get("Content-Security-Policy"); !strings.Contains(csp, "img-src 'self' data:") {
		t.Error(csp)
	}
	fail = true
	b.get("/factor").is(500)
}

// A second factor ends the devices that were remembered without it, but for the one on which it
// was set up; and what was set up at the same moment elsewhere stays.
func TestFactorPageEndsWhatWasWithout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		b, other := w.browser(t), w.browser(t)
		b.signIn("ada", "remember", "1").is(303)
		other.signIn("ada", "remember", "1").is(303)
		key := b.get("/factor").shownKey()
		slow := other.get("/factor").shownKey()
		b.post("/factor", "do", "set", "code", next(key)).is(200)
		if n := w.remembered(t, "ada"); n != 1 {
			t.Errorf("%d devices", n)
		}
		before := w.lookup(t, "ada")
		before.Secrets = nil // as the other browser's request saw it, a moment ago
		w.users.Users = &stuck{w.users.Users, before}
		other.post("/factor", "do", "set", "code", next(slow)).is(422)
		w.users.Users = w.users.Users.(*stuck).Users
		time.Sleep(24 * time.Hour)
		b.wantWho("ada")
		other.wantWho("nobody")
		other.signIn("ada").is(303, "/code")
		other.post("/code", "code", next(key)).is(303)
	})
}

// stuck shows a user as they were.
type stuck struct {
	auth.Users
	was auth.User
}

func (s *stuck) Lookup(context.Context, string) (auth.User, error) { return s.was, nil }
