package e2e_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/surcoat/surcoat/middleware/auth/totp"
)

// keyOn is the key that a page shows, as a person types it into an app.
func keyOn(p *person) totp.Key {
	p.t.Helper()
	key, err := totp.ParseKey(p.text("code.key"))
	if err != nil {
		p.t.Fatal(err)
	}
	return key
}

func recoveryOn(p *person) []string {
	p.t.Helper()
	codes := strings.Fields(p.text("ul.codes"))
	if len(codes) != 10 {
		p.t.Fatalf("%d recovery codes: %q", len(codes), codes)
	}
	return codes
}

// A password, a wrong one, a second factor with the code of an app and one of paper; sending
// a form twice and going back.
func TestAuthSecondFactor(t *testing.T) {
	n := startNotes(t, false)
	n.account(t, "ada")
	key, recovery := n.factor(t, "ada")
	p := newPerson(t)
	p.goTo(n.url + "/login?next=%2Fprivate")
	p.send("main button", "name", "ada", "password", "not her password")
	p.sees("[role=alert]", "not right")
	p.fill("#password", password)
	p.follow("main button")
	p.landed(n.url + "/code?next=%2Fprivate")
	if got := get(p, chromedp.Evaluate[string](`document.activeElement.id`)); got != "code" {
		t.Errorf("the focus is on %q", got)
	}
	p.is(n, "nobody")
	p.goTo(n.url + "/code?next=%2Fprivate")
	p.fill("#code", codeNow(key)[:3]+" "+codeNow(key)[3:]) // as apps show it
	p.follow("main button")
	p.landed(n.url + "/private")
	p.sees("#who", "ada")
	p.run(chromedp.NavigateBack())
	p.landed(n.url + "/private") // not to a form that has done its work

	other := p.another()
	other.enter(n, "ada")
	other.send("main button", "code", strings.ToUpper(recovery[0]))
	other.sees("[role=status]", "9 are left")
	other.run(chromedp.Reload()) // sends the form again
	other.is(n, "ada")
}

// "Keep me signed in" outlives the browser, and a browser session does not; "everywhere"
// ends both.
func TestAuthKeptSignedIn(t *testing.T) {
	n := startNotes(t, false)
	n.account(t, "ada")
	profile := t.TempDir()
	p := newPersonAt(t, profile)
	p.enter(n, "ada")
	p.is(n, "ada")
	p.quit()
	p = newPersonAt(t, profile)
	p.is(n, "nobody")
	p.goTo(n.url + "/login")
	p.click("input[name=remember]")
	p.send("main button", "name", "ada", "password", "not her password")
	p.send("main button", "name", "ada", "password", password) // the tick is still there
	p.is(n, "ada")
	p.quit()

	p = newPersonAt(t, profile)
	for _, c := range p.cookies() {
		if c.Name == "__Host-session" {
			t.Error("the session's cookie has outlived the browser")
		}
	}
	p.is(n, "ada")
	p.goTo(n.url + "/password") // without a password having been asked for
	p.send("main button", "current", password, "password", "tigers like blue tea")
	p.sees("[role=status]", "has been changed")
	p.quit()
	p = newPersonAt(t, profile)
	p.is(n, "ada")

	other := p.another()
	other.goTo(n.url + "/login")
	other.send("main button", "name", "ada", "password", "tigers like blue tea")
	other.is(n, "ada")
	other.goTo(n.url + "/logout")
	other.follow(`button[value="everywhere"]`)
	other.is(n, "nobody")
	p.is(n, "nobody")
	p.quit()
	newPersonAt(t, profile).is(n, "nobody")
}

// spec 29: an old sign-in is renewed on the way to what asks for a fresh one.
func TestAuthStepUp(t *testing.T) {
	n := startNotes(t, false)
	n.account(t, "ada")
	p := newPerson(t)
	p.enter(n, "ada")
	p.goTo(n.url + "/tokens")
	p.landed(n.url + "/tokens")
	p.goTo(n.url + "/age")
	p.goTo(n.url + "/tokens")
	p.landed(n.url + "/login?next=%2Ftokens")
	p.send("main button", "name", "ada", "password", password)
	p.landed(n.url + "/tokens")
	p.click(`input[value="notes:read"]`)
	tab := p.tab()
	tab.goTo(n.url + "/age") // while the form lies open
	p.send(`button[value="new"]`, "label", "backup")
	p.landed(n.url + "/login?next=%2Ftokens")
	p.is(n, "ada")
}

// Where a person has chosen colours of their own, all of a page can still be told apart.
func TestAuthForcedColours(t *testing.T) {
	n := startNotes(t, false)
	n.account(t, "ada")
	p := newPerson(t)
	p.enter(n, "ada")
	for _, features := range [][]*emulation.MediaFeature{
		{{Name: "forced-colors", Value: "active"}},
		{{Name: "prefers-contrast", Value: "more"}},
	} {
		p.run(func(ctx context.Context, t *chromedp.Target) (v chromedp.Void, err error) {
			_, err = cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
			return v, err
		})
		for _, path := range []string{"/login", "/tokens", "/factor"} {
			p.goTo(n.url + path)
			p.audit(features[0].Name + path)
			edges := get(p, chromedp.Evaluate[bool](`[...document.querySelectorAll("button, input:not([type=hidden]), select")].every(e => {
				const s = getComputedStyle(e); return e.type == "checkbox" || parseFloat(s.borderTopWidth) > 0 })`))
			if !edges {
				t.Errorf("%s%s: something has no edge", features[0].Name, path)
			}
		}
	}
}
