package e2e_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func (p *person) signUp(w *wiki, name string) {
	p.t.Helper()
	p.goTo(w.url + "/signup")
	p.fill("#name", name)
	p.fill("#password", password)
	p.follow("main button")
	p.sees(".who", name)
}

// write replaces the text in the editor, as pasting does.
func (p *person) write(text string) {
	p.t.Helper()
	p.set("#text", text)
}

const (
	saveButton    = `button[value="save"]`
	previewButton = `button[value="preview"]`
)

// The whole of it, on plain http://localhost, as two people with a browser meet it.
func TestJourney(t *testing.T) {
	w := startWiki(t)
	anna := newPerson(t)

	anna.goTo(w.url)
	anna.sees("h1", "Welcome")
	anna.shoot("01-welcome")
	skips(anna)
	anna.goTo(w.url + "/edit/Welcome") // sends her to sign in, and then back
	if got := anna.location(); !strings.HasPrefix(got, w.url+"/login?next=") {
		t.Errorf("editing as a stranger leads to %s", got)
	}
	anna.shoot("02-login")
	anna.follow(`main a[href^="/signup"]`)
	anna.shoot("03-signup")
	anna.fill("#name", "Anna")
	anna.fill("#password", "short")
	anna.follow("main button")
	anna.sees("[role=alert]", "15 characters")
	anna.shoot("04-signup-refused")
	anna.fill("#password", password)
	anna.follow("main button")
	if got := anna.location(); got != w.url+"/edit/Welcome" {
		t.Errorf("after signing up she is at %s", got)
	}
	anna.shoot("05-editor")
	keepsTheSecureCookie(anna)

	// A red link becomes a page.
	anna.goTo(w.url)
	anna.follow("a.missing")
	anna.sees("main", "Nobody has written this page yet")
	anna.shoot("06-missing")
	anna.follow("main a.primary")
	anna.write("one\n\ntwo, with a link to [[Welcome]] and to [[Elsewhere]]\n\nthree")
	anna.fill("#note", "a beginning")
	anna.follow(previewButton)
	anna.sees(".preview", "two, with a link to Welcome")
	anna.shoot("07-preview")
	anna.follow(saveButton)
	anna.sees("[role=status]", "Saved as revision 1")
	anna.sees(".prose", "one", "two, with a link to Welcome and to Elsewhere")
	anna.shoot("08-saved")
	page := anna.location()

	conflicts(t, w, anna)
	comparesAndReverts(t, w, anna)
	lists(w, anna)
	survives(t, w, anna, page)
	leaves(t, w, anna)
}

// skips: the first thing the keyboard reaches leads past the navigation.
func skips(p *person) {
	p.t.Helper()
	const focused = `document.activeElement.className || document.activeElement.id`
	p.run(chromedp.KeyEvent(kb.Tab))
	if got := get(p, chromedp.Evaluate[string](focused)); got != "skip" {
		p.t.Errorf("the first Tab leads to %q", got)
	}
	p.run(chromedp.KeyEvent(kb.Enter))
	if got := get(p, chromedp.Evaluate[string](focused)); got != "main" {
		p.t.Errorf("the skip link leads to %q", got)
	}
}

func keepsTheSecureCookie(p *person) {
	p.t.Helper()
	for _, c := range p.cookies() {
		if c.Name == "__Host-session" {
			if !c.Secure || !c.HTTPOnly || c.Path != "/" {
				p.t.Errorf("the session's cookie is Secure %t, HttpOnly %t, Path %s", c.Secure, c.HTTPOnly, c.Path)
			}
			return
		}
	}
	p.t.Error("the browser did not keep the cookie __Host-session")
}

// conflicts: Ben saves while Anna writes, first in another place of the page, then in
// the same one. Neither loses a word.
func conflicts(t *testing.T, w *wiki, anna *person) {
	t.Helper()
	edit := w.url + "/edit/My_first_page"
	ben := anna.another()
	ben.signUp(w, "Ben")

	anna.goTo(edit)
	ben.goTo(edit)
	ben.write("one\n\ntwo, with a link to [[Welcome]] and to [[Elsewhere]]\n\nthree, says Ben")
	ben.follow(saveButton)
	anna.write("one, says Anna\n\ntwo, with a link to [[Welcome]] and to [[Elsewhere]]\n\nthree")
	anna.follow(saveButton)
	anna.sees("main", "Somebody was faster", "Ben saved revision 2", "both")
	if got := anna.value("#text"); !strings.Contains(got, "one, says Anna") || !strings.Contains(got, "three, says Ben") {
		t.Errorf("the form does not hold both changes:\n%s", got)
	}
	anna.shoot("09-conflict-merged")
	anna.follow(saveButton)
	anna.sees("[role=status]", "Saved as revision 3")

	anna.goTo(edit)
	ben.goTo(edit)
	ben.write("Ben alone")
	ben.fill("#note", "shorter")
	ben.follow(saveButton)
	anna.write("Anna alone")
	anna.follow(saveButton)
	anna.sees("main", "Somebody was faster", "shorter", "Ben alone", "Anna alone")
	if got := anna.value("#text"); strings.TrimSpace(got) != "Anna alone" {
		t.Errorf("her own text is not in the form:\n%s", got)
	}
	anna.shoot("10-conflict")
	anna.write("Anna and Ben")
	anna.follow(saveButton)
	anna.sees("[role=status]", "Saved as revision 5")
	anna.sees(".prose", "Anna and Ben")

	// A second tab of hers, opened before she signs out in the first one, keeps what
	// was typed there.
	other := ben.tab()
	other.goTo(edit)
	ben.follow(".viewer button")
	other.write("typed for an hour")
	other.follow(saveButton)
	other.sees("[role=alert]", "Your login has ended")
	if got := other.value("#text"); strings.TrimSpace(got) != "typed for an hour" {
		t.Errorf("what was typed is lost: %q", got)
	}
	other.shoot("11-login-ended")
}

func comparesAndReverts(t *testing.T, w *wiki, anna *person) {
	t.Helper()
	anna.goTo(w.url + "/wiki/My_first_page")
	anna.follow(`.tabs a[href^="/history"]`)
	anna.sees(".revisions", "Anna began the page", "Ben changed it", "shorter")
	anna.shoot("12-history")
	anna.click(`input[name="from"][value="1"]`)
	anna.click(`input[name="to"][value="2"]`)
	anna.follow(".actions .primary")
	anna.sees(".diff ins", "three, says Ben")
	anna.sees(".diff ins b", ", says Ben")
	anna.sees(".diff del", "three")
	anna.shoot("13-difference")

	anna.goTo(w.url + "/wiki/My_first_page?rev=2")
	anna.sees("aside", "This is revision 2", "Ben")
	anna.shoot("14-old-revision")
	anna.follow("aside form button")
	anna.sees("[role=status]", "Revision 2 is back, as revision 6")
	anna.sees(".prose", "three, says Ben")
}

func lists(w *wiki, anna *person) {
	anna.t.Helper()
	anna.goTo(w.url + "/recent")
	anna.sees(".changes", "My first page", "Anna brought back revision 2", "Ben changed it")
	anna.shoot("15-recent")
	anna.goTo(w.url + "/pages")
	anna.sees("main", "My first page", "Welcome", "Writing pages", "3 pages")
	anna.shoot("16-pages")
	anna.fill("#title", "a/b")
	anna.follow(".begin button")
	anna.sees("[role=alert]", "A title has")
	anna.shoot("17-no-title")
	anna.goTo(w.url + "/wiki/Writing_pages")
	anna.sees(".prose", "Lists and tasks")
	anna.shoot("18-writing-pages")
	anna.goTo(w.url + "/no/such/address")
	anna.sees("main", "Nothing here")
	anna.shoot("19-nothing")
}

// survives: the process is killed and started again; the page and the login are there.
func survives(t *testing.T, w *wiki, anna *person, page string) {
	t.Helper()
	anna.goTo(w.url + "/edit/Kept")
	anna.write("saved a moment before the end")
	anna.follow(saveButton)
	w.kill()
	w.start()
	anna.goTo(page)
	anna.sees(".prose", "three, says Ben")
	anna.sees(".who", "Anna")
	anna.goTo(w.url + "/wiki/Kept")
	anna.sees(".prose", "saved a moment before the end")

	anna.goTo(w.url + "/edit/Kept") // an empty text removes a page, and keeps its history
	anna.write("")
	anna.follow(saveButton)
	anna.sees("[role=status]", "removed")
	anna.goTo(w.url + "/wiki/Kept")
	anna.sees("main", "This page was removed by Anna")
	anna.shoot("20-removed")
}

func leaves(t *testing.T, w *wiki, anna *person) {
	t.Helper()
	anna.follow(".viewer button")
	anna.sees(".viewer", "Sign in", "Join")
	anna.goTo(w.url + "/edit/Welcome")
	if u, err := url.Parse(anna.location()); err != nil || u.Path != "/login" {
		t.Errorf("after signing out, editing leads to %s", anna.location())
	}
	anna.fill("#name", "anna")
	anna.fill("#password", "not her password at all")
	anna.follow("main button")
	anna.sees("[role=alert]", "")
	anna.shoot("21-login-refused")
	anna.fill("#password", password)
	anna.follow("main button")
	anna.sees(".who", "Anna")
}
