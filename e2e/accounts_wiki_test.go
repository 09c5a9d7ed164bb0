package e2e_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/auth/totp"
)

var founderLink = regexp.MustCompile(`link="?(http://localhost:\d+/administrator\?key=[\w-]+)`)

// founder is the link in the log by which somebody becomes the first administrator.
func (w *wiki) founder() string {
	w.t.Helper()
	m := founderLink.FindStringSubmatch(w.log.String())
	if m == nil {
		w.t.Fatalf("there is no such link in the log:\n%s", w.log)
	}
	return m[1]
}

// found signs somebody up through that link.
func (p *person) found(w *wiki, name string) {
	p.t.Helper()
	p.goTo(w.founder())
	p.fill("#name", name)
	p.fill("#password", password)
	p.follow("main button")
	p.follow("main button.primary")
	p.sees("[role=status]", "You are the administrator")
}

// isAt fails the test unless the person is at a path.
func (p *person) isAt(w *wiki, path string) {
	p.t.Helper()
	if at := p.location(); at != w.url+path {
		p.t.Errorf("at %s, not at %s", at, w.url+path)
	}
}

// knocks is signIn for whoever may not get in.
func (p *person) knocks(w *wiki, name, pass string) {
	p.t.Helper()
	p.goTo(w.url + "/login")
	p.fill("#name", name)
	p.fill("#password", pass)
	p.follow("main button")
}

// does presses a button on the page of an account.
func (p *person) does(w *wiki, name, what string) {
	p.t.Helper()
	p.goTo(w.url + "/admin/users/" + url.PathEscape(name))
	p.follow(`button[value="` + what + `"]`)
}

// An administrator looks after accounts; nobody else does.
func TestAdministratorInBrowser(t *testing.T) {
	w := startWiki(t)
	anna := newPerson(t)
	anna.goTo(w.founder())
	anna.sees("h1", "Join")
	anna.fill("#name", "Anna")
	anna.fill("#password", password)
	anna.follow("main button")
	anna.sees("main", "The wiki has no administrator yet")
	anna.shoot("30-founder")
	anna.follow("main button.primary")
	anna.isAt(w, "/admin/users")
	anna.sees("[role=status]", "You are the administrator")
	anna.shoot("31-accounts-one")

	ben := anna.another()
	ben.signUp(w, "Ben")
	if n := ben.count(`.masthead a[href="/admin/users"]`); n != 0 {
		t.Error("Ben is shown the way to the accounts")
	}
	ben.goTo(w.url + "/admin/users")
	ben.sees("main", "Not allowed")
	if strings.Contains(ben.text("body"), "Anna") {
		t.Error("Ben sees who has joined")
	}
	ben.shoot("32-accounts-forbidden")
	ben.goTo(w.founder())
	ben.sees("h1", "no good")
	ben.shoot("33-founder-no-more")

	w.client(t).signUp("Jean-Luc O'Neil")
	anna.follow(`.masthead a[href="/admin/users"]`)
	anna.sees(".people", "Anna", "administrator", "Ben", "Jean-Luc O'Neil")
	anna.fill("#name", "be")
	anna.follow("main form button")
	if n := anna.count(".people li"); n != 1 {
		t.Errorf("%d names begin with be", n)
	}
	anna.follow(".people a")
	anna.sees("h1", "Ben")
	anna.shoot("34-account")

	// Signed out, and kept out.
	anna.follow(`button[value="signout"]`)
	anna.sees("[role=status]", "Ben is signed out everywhere")
	ben.signedOut(w)
	ben.signIn(w, "Ben")
	anna.follow(`button[value="disable"]`)
	anna.sees("[role=status]", "Ben is signed out and can no longer sign in")
	anna.shoot("35-account-disabled")
	ben.signedOut(w)
	ben.knocks(w, "Ben", password)
	ben.sees("[role=alert]", "not right")
	anna.follow(`button[value="enable"]`)
	ben.signedOut(w) // what has ended does not come back
	ben.signIn(w, "Ben")

	// A link for who has forgotten the password.
	anna.follow(`button[value="link"]`)
	anna.shoot("36-account-link")
	link := anna.text(".notice .key")
	ben.goTo(link)
	ben.sees("main", "For Ben")
	ben.fill("#password", "short")
	ben.click("main button") // the browser knows how long it has to be
	ben.shoot("37-reset")
	ben.fill("#password", "another few words in a row")
	ben.follow("main button")
	ben.sees("[role=status]", "Your password is changed")
	ben.shoot("38-reset-done")
	ben.goTo(link)
	ben.sees("[role=alert]", "no longer good")
	ben.shoot("39-reset-used")
	ben.knocks(w, "Ben", "another few words in a row")
	ben.sees(".who", "Ben")

	// Two administrators: each can do everything to the other, neither to themselves.
	anna.does(w, "Ben", "promote")
	anna.sees("[role=status]", "Ben is an administrator")
	ben.goTo(w.url + "/admin/users/Anna")
	ben.sees(".deeds", "Take the role away")
	ben.goTo(w.url + "/admin/users/Ben")
	ben.sees("main", "This is you")
	if n := ben.count("main button"); n != 0 {
		t.Errorf("Ben has %d buttons for himself", n)
	}
	ben.shoot("40-account-own")
	ben.does(w, "Anna", "demote")
	ben.sees("[role=status]", "Anna is no longer an administrator")
	anna.goTo(w.url + "/admin/users")
	anna.sees("main", "Not allowed")
	anna.goTo(w.url + "/")
	if n := anna.count(`.masthead a[href="/admin/users"]`); n != 0 {
		t.Error("Anna is still shown the way")
	}
}

// A second factor from the key on the page to the last recovery code.
func TestSecondFactorInBrowser(t *testing.T) {
	w := startWiki(t)
	anna := newPerson(t)
	anna.found(w, "Anna")
	anna.goTo(w.url + "/factor")
	anna.sees("h1", "Your second factor")
	if n := anna.count(".picture svg path"); n != 2 {
		t.Errorf("the picture has %d paths", n)
	}
	anna.shoot("41-factor")
	key, err := totp.ParseKey(anna.text("code.key"))
	if err != nil {
		t.Fatalf("%v: %q", err, anna.text("code.key"))
	}
	anna.fill("#code", "000000")
	anna.follow("main button")
	anna.sees("[role=alert]", "not right")
	anna.shoot("42-factor-refused")
	now := totp.Step(time.Now())
	anna.fill("#code", key.Code(now-1)) // leaves the next one for signing in
	anna.follow("main button")
	anna.sees("main", "These are your recovery codes")
	anna.shoot("43-recovery-codes")
	codes := strings.Fields(anna.text(".codes"))
	if len(codes) != 10 {
		t.Fatalf("%d recovery codes: %q", len(codes), codes)
	}
	anna.follow("main .button")
	anna.goTo(w.url + "/factor")
	anna.sees("main", "10 recovery codes")
	anna.shoot("44-factor-set")

	// The password alone is not enough any more, nor is a code of the past.
	anna.follow(".viewer button")
	anna.goTo(w.url + "/login?next=%2Fedit%2FWelcome")
	anna.fill("#name", "Anna")
	anna.fill("#password", password)
	anna.click("label[for=keep]")
	anna.follow("main button")
	anna.sees("h1", "Second step")
	anna.sees(".viewer", "Join")
	anna.shoot("45-code")
	anna.fill("#code", key.Code(now-1))
	anna.follow("main button")
	anna.sees("[role=alert]", "used before")
	anna.shoot("46-code-refused")
	anna.fill("#code", key.Code(now))
	anna.follow("main button")
	anna.isAt(w, "/edit/Welcome")
	for _, c := range anna.cookies() {
		if c.Name == "__Host-session" && c.Session {
			t.Error("what was asked for at the first step is forgotten at the second")
		}
	}

	// A recovery code is good once, in any spelling.
	other := anna.another()
	other.knocks(w, "Anna", password)
	other.fill("#code", strings.ToUpper(strings.ReplaceAll(codes[0], "-", "")))
	other.follow("main button")
	other.sees("main", "recovery code", "9 are left")
	other.shoot("47-code-recovery")
	other.follow("main .primary")
	other.sees(".who", "Anna")
	other.follow(".viewer button")
	other.knocks(w, "Anna", password)
	other.fill("#code", codes[0])
	other.follow("main button")
	other.sees("[role=alert]", "used before")
	// Nor can codes be guessed without end.
	for range 10 {
		if strings.Contains(other.text("[role=alert]"), "too many wrong tries") {
			break
		}
		other.fill("#code", "000000")
		other.follow("main button")
	}
	other.sees("[role=alert]", "too many wrong tries")
	other.shoot("48-code-limited")

	// Whoever has lost everything asks an administrator.
	ben := anna.another()
	ben.signUp(w, "Ben")
	ben.goTo(w.url + "/factor")
	theirs, err := totp.ParseKey(ben.text("code.key"))
	if err != nil {
		t.Fatal(err)
	}
	ben.fill("#code", theirs.Code(totp.Step(time.Now())))
	ben.follow("main button")
	ben.follow(".viewer button")
	anna.goTo(w.url + "/admin/users/Ben")
	anna.sees(".facts", "10 recovery codes")
	anna.shoot("49-account-factor")
	anna.follow(`button[value="factor"]`)
	anna.sees("[role=status]", "password alone")
	ben.signIn(w, "Ben")

	// And away again, which takes a code.
	anna.goTo(w.url + "/factor")
	anna.fill("#code", codes[1])
	anna.follow(`button[value="remove"]`)
	anna.sees("[role=status]", "The second factor is gone")
	anna.shoot("50-factor-gone")
}

// Another password ends what began with the old one, and nothing else.
func TestPasswordInBrowser(t *testing.T) {
	w := startWiki(t)
	anna := newPerson(t)
	anna.signUp(w, "Anna")
	other := anna.another()
	other.signIn(w, "Anna")
	anna.goTo(w.url + "/.well-known/change-password")
	anna.isAt(w, "/password")
	anna.shoot("51-password")
	anna.fill("#current", "not her password at all")
	anna.fill("#password", "another few words in a row")
	anna.follow("main button")
	anna.sees("[role=alert]", "not your present password")
	anna.shoot("52-password-refused")
	anna.fill("#current", password)
	anna.fill("#password", "annaannaannaannaanna")
	anna.follow("main button")
	anna.shoot("53-password-weak")
	anna.goTo(w.url + "/password")
	anna.fill("#current", password)
	anna.fill("#password", "another few words in a row")
	anna.follow("main button")
	anna.sees("[role=status]", "Your password is changed")
	anna.shoot("54-password-changed")
	other.signedOut(w)
	anna.goTo(w.url + "/devices")
	anna.sees("main", "nowhere else") // the list has no dead devices
	other.knocks(w, "Anna", password)
	other.sees("[role=alert]", "not right")
	other.knocks(w, "Anna", "another few words in a row")
	other.sees(".who", "Anna")
}

// Ten wrong passwords from a stranger keep strangers out, and not Anna's own browser, which
// the wiki knows after a restart, too.
func TestGuessesInBrowser(t *testing.T) {
	w := startWiki(t)
	anna := newPerson(t)
	anna.signUp(w, "Anna")
	anna.follow(".viewer button")
	w.kill()
	w.start()
	stranger := w.client(t)
	limited := false
	for range 10 {
		a := stranger.post("/login", url.Values{"name": {"anna"}, "password": {"a guess of a stranger"}})
		limited = limited || a.status == http.StatusTooManyRequests && a.header.Get("Retry-After") != ""
	}
	if !limited {
		t.Error("a stranger can guess without end")
	}
	elsewhere := anna.another() // a browser in which she has never signed in
	elsewhere.knocks(w, "Anna", password)
	elsewhere.sees("[role=alert]", "too many wrong tries")
	elsewhere.shoot("55-login-limited")
	anna.signIn(w, "Anna")
}

// Who signed in too long ago proves it again and is where they wanted to go.
func TestStepUpInBrowser(t *testing.T) {
	w := startProgram(t, program(t, faultyPackage), "--recent", "5s")
	anna := newPerson(t)
	anna.found(w, "Anna")
	for deadline := time.Now().Add(limit); ; time.Sleep(200 * time.Millisecond) {
		anna.goTo(w.url + "/admin/users?name=a")
		if strings.HasPrefix(anna.location(), w.url+"/login") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("she is never asked again")
		}
	}
	anna.sees("h1", "Sign in again")
	anna.sees(".who", "Anna") // still
	anna.shoot("56-login-again")
	if got := anna.value("#name"); got != "Anna" {
		t.Errorf("the name is %q", got)
	}
	anna.fill("#password", password)
	anna.follow("main button")
	anna.isAt(w, "/admin/users?name=a")
	anna.sees(".people", "Anna")

	// A form that was open too long changes nothing, and she is back at it afterwards.
	ben := w.client(t)
	ben.signUp("Ben")
	anna.goTo(w.url + "/admin/users/Ben")
	time.Sleep(6 * time.Second) // as long as it takes for this to be too long ago
	anna.follow(`button[value="disable"]`)
	anna.sees("h1", "Sign in again")
	anna.fill("#password", password)
	anna.follow("main button")
	anna.isAt(w, "/admin/users/Ben")
	if !ben.signedIn() {
		t.Error("the old form did something")
	}
	anna.goTo(w.url + "/logout")
	anna.shoot("57-logout")
	anna.follow(`button[value="everywhere"]`)
	anna.sees(".viewer", "Join")
}
