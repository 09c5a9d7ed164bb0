package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// In these tests Chromium takes what surcoat/middleware/gzip sends it with dictionaries (RFC 9842):
// what it stores, when it says so, and whether a page gets the bytes that it would have got plain.

// common is what the pages here have in common.
var common = "<!doctype html>\n<title>A page</title>\n" + strings.Repeat("<p>What all pages have in common.\n", 100)

// template is a static dictionary for the pages below /page/.
func template() *gzip.Dictionary {
	return &gzip.Dictionary{Content: []byte(common), Match: "/page/*"}
}

const templatePath = "/template.dict"

// plainPage is page n before it is encoded.
func plainPage(n string) string { return common + "<p id=alone>And what is on page " + n + " alone.\n" }

// pages serves them, each with a link to the dictionary.
func pages(d *gzip.Dictionary) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET "+templatePath, d)
	mux.HandleFunc("GET /page/{n}", func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Cache-Control", "no-cache")
		h.Set("Etag", `"page-`+r.PathValue("n")+`"`)
		h.Add("Link", d.Link(templatePath))
		if r.Header.Get("If-None-Match") == h.Get("Etag") {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprint(w, plainPage(r.PathValue("n")))
	})
	return mux
}

// offers waits until the browser says that it has a dictionary for path. Nothing but its next
// request tells when a dictionary that has arrived is ready for use.
func (s *webSite) offers(p *person, path string) {
	s.t.Helper()
	for i := range 500 {
		probe := fmt.Sprintf("%s?probe=%d", path, i)
		p.fetch(probe)
		if s.asked(probe).available != "" {
			return
		}
	}
	s.t.Fatalf("the browser never has a dictionary for %s", path)
}

// A dictionary that pages link to: the browser fetches it in its own time, and from then on gets
// the difference, for a script's fetch and for a page.
func TestStaticDictionary(t *testing.T) {
	d := template()
	s := newSite(t, (&gzip.Compressor{Dictionaries: []*gzip.Dictionary{d}}).Wrap(pages(d)))
	p := newPerson(t)
	seen := p.traffic()

	p.goTo(s.url + "/page/1")
	e := s.asked("/page/1")
	if e.coding != "zstd" || e.vary != "Accept-Encoding, Available-Dictionary" {
		t.Errorf("the first page came as %q with Vary %q", e.coding, e.vary)
	}
	whole := e.length
	if e := s.asked(templatePath); e.status != http.StatusOK || e.coding != "zstd" {
		t.Errorf("the dictionary came with %d as %q", e.status, e.coding)
	}
	s.offers(p, "/page/1")

	if got := p.fetch("/page/2"); got != plainPage("2") {
		t.Errorf("a script gets %d bytes, want %d:\n%.200s", len(got), len(plainPage("2")), got)
	}
	p.goTo(s.url + "/page/3")
	if got := seen.last(s.url + "/page/3").content(p); got != plainPage("3") {
		t.Errorf("the page has %d bytes, want %d:\n%.200s", len(got), len(plainPage("3")), got)
	}
	p.sees("#alone", "And what is on page 3 alone.")
	for n, dest := range map[string]string{"2": "empty", "3": "document"} {
		e, r := s.last("/page/"+n), seen.last(s.url+"/page/"+n)
		if e.coding != "dcz" || r.coding != "dcz" || e.dest != dest || !strings.HasPrefix(e.etag, `"page-`+n+`-dcz-`) || e.length >= whole {
			t.Errorf("page %s for %q came as %q with %d bytes and tag %s; the browser says %+v", n, e.dest, e.coding, e.length, e.etag, r)
		}
	}

	// A second tab has the dictionary too.
	other := p.tab()
	other.goTo(s.url + "/page/4")
	other.sees("#alone", "And what is on page 4 alone.")
	if e := s.last("/page/4"); e.coding != "dcz" {
		t.Errorf("a second tab gets %q", e.coding)
	}

	t.Run("revalidation", func(t *testing.T) { revalidates(t, s, p) })
	t.Run("dictionary no longer there", func(t *testing.T) {
		s.redeploy((&gzip.Compressor{}).Wrap(pages(d)))
		p.goTo(s.url + "/page/5")
		p.sees("#alone", "And what is on page 5 alone.")
		if e := s.last("/page/5"); e.available == "" || e.coding != "zstd" || e.etag != `"page-5-zstd"` {
			t.Errorf("it came as %q with tag %s; the browser offered %q", e.coding, e.etag, e.available)
		}
		if got := p.fetch("/page/3"); got != plainPage("3") {
			t.Errorf("a page that came as dcz before has %d bytes now", len(got))
		}
	})
}

// revalidates: page 3, which the browser has as dcz, is asked for again.
func revalidates(t *testing.T, s *webSite, p *person) {
	has := func(step, n string, status int) {
		t.Helper()
		p.sees("#alone", "And what is on page "+n+" alone.")
		e := s.last("/page/" + n)
		if !strings.HasPrefix(e.tags, `"page-`+n+`-dcz-`) || e.status != status || e.etag != e.tags {
			t.Errorf("%s: If-None-Match %q was answered with %d and ETag %q", step, e.tags, e.status, e.etag)
		}
	}
	s.forget()
	p.run(chromedp.Reload())
	has("reload", "3", http.StatusNotModified)
	p.goTo(s.url + "/page/6")
	s.forget()
	p.goTo(s.url + "/page/3")
	has("once more", "3", http.StatusNotModified)
	for _, step := range []struct{ script, n string }{{"history.back()", "6"}, {"history.forward()", "3"}} {
		p.run(chromedp.Evaluate[chromedp.Void](step.script))
		p.becomes(`document.querySelector("#alone")?.textContent.trim()`, "And what is on page "+step.n+" alone.")
	}
}
