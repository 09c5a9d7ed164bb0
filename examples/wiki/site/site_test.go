package site_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gorilla/sessions"

	"github.com/surcoat/surcoat/examples/wiki/attachment"
	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/examples/wiki/page"
	"github.com/surcoat/surcoat/examples/wiki/people"
	"github.com/surcoat/surcoat/examples/wiki/site"
	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/lint"
	"github.com/surcoat/surcoat/middleware/session"
)

// wiki is a wiki that a test talks to over TLS, where net/http's cookie jar keeps
// Secure cookies. What it answers, and how, is checked by package lint all along.
type wiki struct {
	t      *testing.T
	pages  *page.Store
	folder *disk.Folder
	people *people.Store
	server *httptest.Server
}

func open(t *testing.T, http2 bool) *wiki {
	t.Helper()
	folder, err := disk.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return start(t, folder, http2)
}

// start is the wiki as its program starts it on what is in a folder, but for the
// sessions, which it keeps in memory.
func start(t *testing.T, folder *disk.Folder, http2 bool) *wiki {
	t.Helper()
	return startOn(t, folder, http2, session.NewServerStore(&session.Memory{}))
}

// startOn is start with sessions that are kept in store.
func startOn(t *testing.T, folder *disk.Folder, http2 bool, store sessions.Store, changes ...func(*site.Config)) *wiki {
	t.Helper()
	w := &wiki{t: t, pages: page.NewStore(folder), folder: folder, people: people.NewStore(folder)}
	config := site.Config{
		Name: "Testing", Pages: w.pages, Users: w.people, Files: attachment.NewStore(folder), Sessions: store, Log: slog.New(slog.DiscardHandler),
	}
	for _, change := range changes {
		change(&config)
	}
	handler, _, err := site.New(config)
	if err != nil {
		t.Fatal(err)
	}
	checked := &lint.Handler{Report: func(f lint.Fault) {
		if cgitrace.Enabled && f.Rule == lint.LateHeader {
			return // a dev build keeps the header back, and puts equal values in its place
		}
		t.Errorf("lint: %v", f)
	}}
	w.server = httptest.NewUnstartedServer(checked.Wrap(handler))
	w.server.EnableHTTP2 = http2
	w.server.StartTLS()
	t.Cleanup(w.server.Close)
	return w
}

// page puts a page there.
func (w *wiki) page(title page.Title, texts ...string) {
	w.t.Helper()
	for i, text := range texts {
		if _, err := w.pages.Save(context.Background(), page.Draft{Title: title, Base: i, Text: text, Author: "Ben"}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// visitor returns somebody with a browser; with a name, somebody who has signed up.
func (w *wiki) visitor(name string) *visitor {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	client := *w.server.Client()
	client.Jar = jar
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	v := &visitor{w.t, &client, w.server.URL}
	if name != "" {
		v.post("/signup", url.Values{"name": {name}, "password": {"a few words in a row"}}).is(303)
	}
	return v
}

type visitor struct {
	t      *testing.T
	client *http.Client
	url    string
}

// answer is what came back for a request.
type answer struct {
	*http.Response
	t    *testing.T
	name string
	body string
}

func (v *visitor) do(method, path, body string, header ...string) answer {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.url+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer{res, v.t, method + " " + path, string(got)}
}

func (v *visitor) get(path string) answer { v.t.Helper(); return v.do("GET", path, "") }

func (v *visitor) post(path string, form url.Values) answer {
	v.t.Helper()
	return v.do("POST", path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

func (v *visitor) save(title, base, text string) answer {
	v.t.Helper()
	return v.post("/edit/"+title, url.Values{"base": {base}, "text": {text}, "note": {"why"}, "do": {"save"}})
}

func (a answer) is(status int, texts ...string) answer {
	a.t.Helper()
	if a.StatusCode != status {
		a.t.Errorf("%s: status %d, want %d", a.name, a.StatusCode, status)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			a.t.Errorf("%s: %q is not in the answer:\n%s", a.name, text, a.body)
		}
	}
	return a
}

func (a answer) leads(to string) {
	a.t.Helper()
	if got := a.Header.Get("Location"); a.StatusCode/100 != 3 || got != to {
		a.t.Errorf("%s: %d, leads to %q, want %q", a.name, a.StatusCode, got, to)
	}
}

func TestReading(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		w := open(t, http2)
		w.page("Two words", "first", "second")
		w.page("Gone", "text", "")
		v := w.visitor("")
		v.get("/").leads("/wiki/Welcome")
		v.get("/wiki/Two_words").is(200, "<p>second</p>", "Revision 2,", "Sign in")
		v.get("/wiki/two_WORDS").leads("/wiki/Two_words")
		v.get("/wiki/two_words?rev=1").leads("/wiki/Two_words?rev=1")
		v.get("/wiki/Two_words?rev=1").is(200, "<p>first</p>", "This is revision 1")
		v.get("/wiki/Two_words?rev=3").is(404, "No such revision")
		v.get("/wiki/Nowhere").is(404, "Nobody has written this page yet")
		v.get("/wiki/Gone").is(404, "This page was removed by Ben")
		v.get("/wiki/a%2fb").is(404, "No such page")
		v.get("/history/Two_words").is(200, "Ben began the page", "Ben changed it")
		v.get("/diff/Two_words?from=1&to=2").is(200, "<del>", "<ins>")
		v.get("/diff/Two_words?from=2&to=2").is(200, "The two are the same")
		v.get("/recent").is(200, "Two words", "removed the page")
		if a := v.get("/pages").is(200, "Two words", "One page."); strings.Contains(a.body, "Gone") {
			t.Error("a removed page is listed")
		}
		v.get("/new?title=two+words").leads("/wiki/two_words")
		v.get("/new?title=Three+words").leads("/edit/Three_words")
		v.get("/new?title=a/b").is(422, "A title has", `value="a/b"`)
		v.get("/nothing/here").is(404, "Nothing here")
		v.do("PUT", "/wiki/Two_words", "").is(405)
		v.do("HEAD", "/wiki/Two_words", "").is(200)

		tag := v.get("/wiki/Two_words").Header.Get("Etag")
		if a := v.do("GET", "/wiki/Two_words", "", "If-None-Match", tag).is(304); a.body != "" {
			t.Errorf("304 with %q", a.body)
		}
	}
}

func TestEditingNeedsALogin(t *testing.T) {
	w := open(t, false)
	w.page("A", "one", "two")
	v := w.visitor("")
	v.get("/edit/A").leads("/login?next=%2Fedit%2FA")
	v.save("A", "2", "what a stranger typed").is(403, "Your login has ended", "what a stranger typed", `value="why"`)
	if a := v.post("/revert/A", url.Values{"to": {"1"}, "base": {"2"}}); a.StatusCode == 303 && strings.HasPrefix(a.Header.Get("Location"), "/wiki") {
		t.Error("a stranger brought a revision back")
	}
	if p, _ := w.pages.Latest("A"); p.Number != 2 {
		t.Errorf("a stranger saved revision %d", p.Number)
	}
}

func TestEditing(t *testing.T) {
	w := open(t, false)
	v := w.visitor("Anna")
	v.get("/edit/New_page").is(200, "Text of the new page", `name="base" value="0"`)
	v.post("/edit/New_page", url.Values{"base": {"0"}, "text": {"*so*"}, "do": {"preview"}}).is(200, "<em>so</em>", "Preview: not saved yet", "*so*</textarea>")
	v.save("New_page", "0", "  \n").is(422, "a new page needs a text")
	v.save("New_page", "0", "first").leads("/wiki/New_page")
	v.get("/wiki/New_page").is(200, "Saved as revision 1.", "first")
	if a := v.get("/wiki/New_page").is(200); strings.Contains(a.body, "Saved as") {
		t.Error("the note is shown twice")
	}
	v.save("New_page", "1", "first\r\n").leads("/wiki/New_page")
	v.get("/wiki/New_page").is(200, "Nothing was changed.", "Revision 1,")
	v.save("New_page", "1", "").leads("/history/New_page")
	v.get("/wiki/New_page").is(404, "removed by Anna")
	v.post("/revert/New_page", url.Values{"to": {"1"}, "base": {"2"}}).leads("/wiki/New_page")
	v.get("/wiki/New_page").is(200, "Revision 1 is back, as revision 3.", "first")
	v.save("NEW_page", "3", "second").leads("/wiki/NEW_page") // so that is how a title is respelt
	v.get("/wiki/New_page").leads("/wiki/NEW_page")
	v.get("/edit/a%2fb").is(400, "cannot be a title")
	v.post("/edit/A", url.Values{"base": {"-1"}, "text": {"x"}}).is(400, "number of a revision")
}

func TestConflicts(t *testing.T) {
	w := open(t, false)
	w.page("A", "one\n\ntwo\n\nthree\n", "one, says Ben\n\ntwo\n\nthree\n")
	v := w.visitor("Anna")
	v.save("A", "1", "one\n\ntwo\n\nthree, says Anna\n").is(409, "Somebody was faster", "<strong>both</strong>",
		"<textarea", "one, says Ben\n\ntwo\n\nthree, says Anna\n</textarea>", `name="base" value="2"`)
	v.save("A", "1", "one, says Anna\n\ntwo\n\nthree\n").is(409, "<strong>your text</strong>",
		"one, says Anna\n\ntwo\n\nthree\n</textarea>", "Their whole text, revision 2", "one, says Ben")
	v.save("A", "0", "begun at the same time").is(409, "begun at the same time")
	v.post("/revert/A", url.Values{"to": {"1"}, "base": {"1"}}).is(409, "Somebody was faster")
	if p, _ := w.pages.Latest("A"); p.Number != 2 {
		t.Errorf("a conflict saved revision %d", p.Number)
	}
}

func TestBadForms(t *testing.T) {
	w := open(t, false)
	w.page("A", "one")
	v := w.visitor("Anna")
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	v.do("POST", "/edit/A", "base=1&do=save&text=before+%ff+after", form...).is(400, "not valid UTF-8", "before \ufffd after")
	v.do("POST", "/edit/A", "base=1&text=%zz", form...).is(400, "did not arrive whole")
	v.do("POST", "/edit/A", "{}", "Content-Type", "application/json").is(415, "Not a form")
	v.save("A", "1", strings.Repeat("x", page.LargestText+1)).is(413, "too large", "xxxx</textarea>")
	v.post("/edit/A", url.Values{"base": {"1"}, "do": {"preview"}, "text": {strings.Repeat("x", page.LargestText+1)}}).is(413, "too large")
	v.save("A", "1", strings.Repeat("x", 4*page.LargestText)).is(413, "Go back")
	v.do("POST", "/edit/A", "base=1&text=theirs&do=save", append(form, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")...).is(403)
	if p, _ := w.pages.Latest("A"); p.Text != "one\n" {
		t.Errorf("the page is now %q", p.Text)
	}
}

// Another process that keeps the lock too long is an answer that says what to do.
func TestBusy(t *testing.T) {
	if testing.Short() {
		t.Skip("waits as long as the wiki does")
	}
	t.Parallel()
	w := open(t, false)
	w.page("A", "one")
	v := w.visitor("Anna")
	other, err := disk.Open(w.folder.Path())
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := other.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	v.save("A", "1", "two").is(503, "try once more")
}

func TestDamageIsAnIncident(t *testing.T) {
	w := open(t, false)
	w.page("A", "one")
	unlock, err := w.folder.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.folder.Write([]byte("not a revision"), "pages", "a", "000001.md"); err != nil {
		t.Fatal(err)
	}
	unlock()
	if cgitrace.Enabled {
		w.visitor("").get("/wiki/A").is(500, "invalid character") // a developer sees the cause
		return
	}
	if a := w.visitor("").get("/wiki/A").is(500, "Incident number"); strings.Contains(a.body, "invalid character") {
		t.Errorf("the page tells the cause:\n%s", a.body)
	}
}
