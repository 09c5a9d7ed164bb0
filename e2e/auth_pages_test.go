package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// Every page of auth.Pages in every state, as people meet them: no complaint of axe or of the
// content security policy, nothing wider than a phone.
func TestAuthPages(t *testing.T) {
	n := startNotes(t, false)
	for _, name := range []string{"ada", "bob", "eve"} {
		n.account(t, name)
	}
	p := newPerson(t)
	complaints := p.console()

	signingIn(n, p)
	lost(t, n, p)
	account(t, n, p)
	secondFactor(t, n, p)
	forPrograms(n, p)
	if said := complaints(); len(said) > 0 {
		t.Errorf("the browser says:\n%s", strings.Join(said, "\n"))
	}
	// A style that the policy does not know must be heard of, else silence means nothing.
	p.goTo(n.url + "/login")
	p.run(chromedp.Evaluate[chromedp.Void](`document.body.insertAdjacentHTML("beforeend", "<style>p{color:red}</style>")`))
	if said := complaints(); len(said) == 0 {
		t.Error("a style of somebody else's goes by without a word")
	}
}

func signingIn(n *notes, p *person) {
	p.t.Helper()
	p.goTo(n.url + "/private")
	p.landed(n.url + "/login?next=%2Fprivate")
	p.shoot("auth-01-login")
	p.send("main button", "name", "ada", "password", "not her password")
	p.sees("[role=alert]", "not right")
	p.shoot("auth-02-login-wrong")
	for range 6 {
		p.send("main button", "name", "eve", "password", "not her password")
	}
	p.sees("[role=alert]", "too many wrong tries")
	p.shoot("auth-03-login-wait")
	p.goTo(n.url + "/signup?next=%2Fprivate")
	p.shoot("auth-04-signup")
	p.send("main button", "name", "grace", "email", "nowhere", "password", password)
	p.shoot("auth-05-signup-address")
	p.send("main button", "name", "ada", "email", "ada@example.com", "password", "not her password")
	p.shoot("auth-06-signup-taken")
	p.send("main button", "name", "grace", "email", "grace@example.org", "password", "short")
	p.shoot("auth-07-signup-weak")
	p.send("main button", "name", "grace", "email", "grace@example.org", "password", password)
	p.landed(n.url + "/private")
	p.goTo(n.link(p.t, "grace@example.org"))
	p.shoot("auth-08-confirm")
	link := p.location()
	p.follow("main button")
	p.sees("[role=status]", "grace@example.org")
	p.shoot("auth-09-confirm-done")
	p.goTo(link)
	p.shoot("auth-10-confirm-bad")
	p.goTo(n.url + "/logout")
	p.shoot("auth-11-logout")
	p.follow("main button")
	p.is(n, "nobody")
}

func lost(t *testing.T, n *notes, p *person) {
	t.Helper()
	p.goTo(n.url + "/login")
	p.follow(`a[href="/forgot"]`)
	p.shoot("auth-12-forgot")
	p.send("main button", "name", "ada")
	p.shoot("auth-13-forgot-done")
	p.goTo(n.link(t, "ada@example.org"))
	p.shoot("auth-14-reset")
	p.send("main button", "password", "short")
	p.sees("[role=alert]", "15 characters")
	p.shoot("auth-15-reset-weak")
	p.send("main button", "password", "tigers like blue tea")
	p.sees("[role=status]", "signed out everywhere")
	p.shoot("auth-16-reset-done")
	p.goTo(n.link(t, "ada@example.org"))
	p.shoot("auth-17-reset-bad")
	for range 5 {
		p.goTo(n.url + "/forgot")
		p.send("main button", "name", "ada")
	}
	p.sees("[role=alert]", "asked for too often")
	p.shoot("auth-18-forgot-wait")
	p.goTo(n.url + "/login")
	p.send("main button", "name", "ada", "password", "tigers like blue tea")
	p.is(n, "ada")
}

func account(t *testing.T, n *notes, p *person) {
	t.Helper()
	p.goTo(n.url + "/.well-known/change-password")
	p.landed(n.url + "/password")
	p.shoot("auth-19-password")
	p.send("main button", "current", "not her password", "password", password)
	p.shoot("auth-20-password-wrong")
	p.send("main button", "current", "tigers like blue tea", "password", "short")
	p.shoot("auth-21-password-weak")
	p.send("main button", "current", "tigers like blue tea", "password", password)
	p.sees("[role=status]", "has been changed")
	p.shoot("auth-22-password-done")
	p.is(n, "ada")
	p.goTo(n.url + "/email")
	p.shoot("auth-23-email")
	p.send("main button", "email", "nowhere")
	p.shoot("auth-24-email-wrong")
	p.send("main button", "email", "ada@example.com")
	p.shoot("auth-25-email-done")
}

func secondFactor(t *testing.T, n *notes, p *person) {
	t.Helper()
	p.goTo(n.url + "/drawn")
	p.shoot("auth-26-factor-picture")
	p.goTo(n.url + "/factor")
	p.shoot("auth-27-factor")
	p.send(`button[value="set"]`, "code", "000000")
	p.shoot("auth-28-factor-wrong")
	key := keyOn(p)
	p.send(`button[value="set"]`, "code", codeNow(key))
	p.sees("[role=status]", "not shown again")
	p.shoot("auth-29-factor-codes")
	recovery := recoveryOn(p)
	p.goTo(n.url + "/factor")
	p.shoot("auth-30-factor-set")
	p.send(`button[value="remove"]`, "code", "000000")
	p.shoot("auth-31-factor-set-wrong")

	other := p.another()
	other.enter(n, "ada")
	other.landed(n.url + "/code")
	other.shoot("auth-32-code")
	other.send("main button", "code", "000000")
	other.shoot("auth-33-code-wrong")
	other.send("main button", "code", recovery[0])
	other.sees("[role=status]", "9 are left")
	other.shoot("auth-34-code-recovery")
	other.follow("a[href='/']")
	other.is(n, "ada")

	third := p.another()
	third.enter(n, "ada")
	for i := range 12 {
		if third.send("main button", "code", fmt.Sprintf("%06d", i)); strings.Contains(third.text("[role=alert]"), "too many") {
			break
		}
	}
	third.sees("[role=alert]", "too many wrong tries")
	third.shoot("auth-35-code-wait")

	p.send(`button[value="remove"]`, "code", recovery[1])
	p.sees("[role=status]", "is gone")
	p.shoot("auth-36-factor-gone")
}

func forPrograms(n *notes, p *person) {
	p.t.Helper()
	p.goTo(n.url + "/tokens")
	p.shoot("auth-37-tokens-none")
	p.send(`button[value="new"]`, "label", "nightly backup")
	p.sees("[role=alert]", "what the token is to be good for")
	p.shoot("auth-38-tokens-refused")
	p.click(`input[value="notes:read"]`)
	p.send(`button[value="new"]`)
	p.sees("[role=status]", "not shown again")
	p.shoot("auth-39-tokens-new")
	p.click(`input[value="notes:read"]`)
	p.click(`input[value="notes:write"]`)
	p.send(`button[value="new"]`, "label", "the-machine-in-the-cellar-with-a-name-that-does-not-want-to-end", "days", "0")
	p.goTo(n.url + "/tokens")
	p.shoot("auth-40-tokens")
}
