package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// evil is another origin on the same host, so that even SameSite cookies travel: only the
// check of the origin is in the way.
func evil(t *testing.T, target string) string {
	t.Helper()
	forms := map[string]string{
		"login":    `<input name="name" value="mallory"><input name="password" value="` + password + `">`,
		"logout":   `<input name="do" value="everywhere">`,
		"password": `<input name="current" value="` + password + `"><input name="password" value="chosen by mallory">`,
		"email":    `<input name="email" value="mallory@example.org">`,
		"tokens":   `<input name="do" value="new"><input name="label" value="x"><input name="days" value="0"><input name="scope" value="notes:read">`,
		"signup":   `<input name="name" value="victim"><input name="email" value="a@example.org"><input name="password" value="` + password + `">`,
		"forgot":   `<input name="name" value="ada">`,
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.Trim(r.URL.Path, "/")
		policy := ""
		if r.URL.RawQuery == "quiet" { // so that the browser says "Origin: null"
			policy = `<meta name="referrer" content="no-referrer">`
		}
		fmt.Fprintf(w, `<!doctype html><title>Free tea</title>%s<form method="post" action="%s/%s">%s<button>Win</button></form>`, policy, target, path, forms[path])
	}))
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
}

// spec 24: forms of another origin are refused, and change nothing.
func TestAuthForgery(t *testing.T) {
	n := startNotes(t, false)
	n.account(t, "ada")
	n.account(t, "mallory")
	other := evil(t, n.url)
	p := newPerson(t)
	p.enter(n, "ada")
	before, _ := n.accounts.Users.Lookup(t.Context(), "ada")
	for _, path := range []string{"login", "logout", "password", "email", "tokens", "signup", "forgot"} {
		for _, query := range []string{"", "?quiet"} {
			p.goTo(other + "/" + path + query)
			p.follow("button")
			p.sees("main", "sent from another site")
			p.is(n, "ada")
		}
	}
	after, _ := n.accounts.Users.Lookup(t.Context(), "ada")
	if len(after.Secrets) != len(before.Secrets) || after.Hash != before.Hash || after.Generation != before.Generation || after.Email != before.Email || len(n.letters) != 0 {
		t.Errorf("%+v\n%+v, %d letters", before, after, len(n.letters))
	}

	stranger := p.another() // who is not signed in cannot be signed in as somebody else
	stranger.goTo(other + "/login")
	stranger.follow("button")
	stranger.sees("main", "sent from another site")
	stranger.is(n, "nobody")
}

// No page can be shown in a frame of another's.
func TestAuthFrames(t *testing.T) {
	n := startNotes(t, false)
	n.account(t, "ada")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<!doctype html><title>Tea</title><iframe src="%s%s"></iframe>`, n.url, r.URL.Path)
	}))
	t.Cleanup(s.Close)
	p := newPerson(t)
	complaints := p.console()
	p.enter(n, "ada")
	for _, path := range []string{"/login", "/password"} {
		p.goTo(strings.Replace(s.URL, "127.0.0.1", "localhost", 1) + path)
		if n := get(p, chromedp.Evaluate[int](`document.querySelector("iframe").contentDocument ? 1 : 0`)); n != 0 {
			t.Errorf("%s is in the frame", path)
		}
	}
	if said := strings.Join(complaints(), "\n"); !strings.Contains(said, "frame-ancestors") {
		t.Errorf("nobody says that a frame was refused: %s", said)
	}
}

// Over plain http, but on localhost, browsers send no Sec-Fetch-Site: then the Origin field
// says whose form it is, and the site's own ones go through.
func TestAuthPlainHTTP(t *testing.T) {
	n := startNotes(t, true)
	n.account(t, "ada")
	site := &notes{url: strings.Replace(n.url, "localhost", "notes.test", 1), accounts: n.accounts}
	other := strings.Replace(evil(t, site.url), "localhost", "evil.test", 1)
	p := newPersonAt(t, t.TempDir(), chromedp.Flag("host-resolver-rules", "MAP *.test 127.0.0.1"))
	p.enter(site, "ada")
	p.is(site, "ada")
	p.goTo(site.url + "/password")
	p.send("main button", "current", password, "password", "tigers like blue tea")
	p.sees("[role=status]", "has been changed")
	for _, query := range []string{"", "?quiet"} {
		p.goTo(other + "/logout" + query)
		p.follow("button")
		p.sees("main", "sent from another site")
		p.is(site, "ada")
	}
	p.goTo(site.url + "/logout")
	p.follow("main button")
	p.is(site, "nobody")
}
