package e2e_test

import (
	"fmt"
	"net/http"
	"testing"
)

// A second page of the wiki comes without what it has in common with the first, to a visitor and to
// somebody who is signed in, and it is the same page.
func TestWikiDictionary(t *testing.T) {
	w := startWiki(t)
	p := newPerson(t)
	seen := p.traffic()
	p.goTo(w.url)
	if d := seen.last(".dict"); d.failed != "" {
		t.Fatalf("the dictionary did not come: %s", d.failed)
	}
	for i := range 100 { // until the browser has stored it
		probe := fmt.Sprintf("/recent?probe=%d", i)
		if p.goTo(w.url + probe); seen.last(probe).coding == "dcz" {
			break
		}
	}
	compare := func(who string, paths ...string) {
		t.Helper()
		for _, path := range paths {
			p.goTo(w.url + path)
			r := seen.last(w.url + path)
			plain := w.plain(t, p, path)
			if got := r.content(p); r.coding != "dcz" || got != plain {
				t.Errorf("%s at %s: %q with %d bytes, want %d\n%s", who, path, r.coding, len(got), len(plain), got)
			}
			coded, _ := p.measured()
			t.Logf("%s at %s: %d bytes plain, %d as dcz", who, path, len(plain), coded.EncodedBodySize)
		}
	}
	compare("a visitor", "/wiki/Writing_pages", "/recent", "/pages", "/history/Welcome", "/login")
	p.goTo(w.url) // the first page is still good as it came
	p.sees("h1", "Welcome")
	p.goTo(w.url + "/wiki/Nowhere")
	p.sees("main", "Nobody has written this page yet")

	p.signUp(w, "Anna")
	compare("Anna", "/wiki/Welcome", "/wiki/Writing_pages", "/recent", "/edit/Welcome")
	p.sees(".who", "Anna")
	p.goTo(w.url + "/edit/Of_her_own")
	p.write("Words of hers.")
	p.follow(saveButton)
	p.sees("[role=status]", "Saved as revision 1.") // a note that is there once
	compare("Anna", "/wiki/Of_her_own")

	w.kill() // and the browser keeps its dictionary
	w.start()
	compare("Anna", "/wiki/Of_her_own")
}

// plain is a page as a program gets it that sends the browser's cookies, and takes no coding.
func (w *wiki) plain(t *testing.T, p *person, path string) string {
	t.Helper()
	c := w.client(t)
	r := c.request(http.MethodGet, path, nil)
	for _, cookie := range p.cookies() {
		r.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value})
	}
	a := c.must(r)
	a.has(t, http.StatusOK)
	return a.body
}
