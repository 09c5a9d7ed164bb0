package view_test

import (
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/surcoat/surcoat/examples/wiki/page"
	"github.com/surcoat/surcoat/examples/wiki/view"
)

// hostile is what every text on a screen may be.
const hostile = `"><script>x</script>' onload=y &lt;`

func screens() map[string]view.Screen {
	f := view.Frame{Title: hostile, Viewer: hostile, Login: "/login", SignUp: "/signup", Notes: []string{hostile}}
	stranger := f
	stranger.Viewer = ""
	tabs := view.Tabs{Name: hostile, Read: "/wiki/x", Edit: "/edit/x", History: "/history/x", Files: "/files/x", Current: "read"}
	c := view.Change{Page: view.Link{Name: hostile, Href: "/wiki/x"}, Number: 2, Author: hostile, Note: hostile, Time: time.Unix(0, 0), Href: "/wiki/x?rev=2", Compare: "/diff/x"}
	first, removed, reverted := c, c, c
	first.Number, removed.Removed, reverted.Reverts = 1, true, 1
	revert := view.Revert{Action: "/revert/x", To: 1, Base: 2}
	hunks := page.Diff("a "+hostile+"\nsame\n", "b "+hostile+"\nsame\nnew\n")
	devices := []view.Device{{Name: hostile, Handle: "A", Present: true}, {Name: hostile, Handle: "B"}}
	users := []view.User{
		{Name: hostile, Href: "/admin/users/x", Admin: true, Factor: true, Disabled: true, Created: time.Unix(0, 0)}, {Name: hostile, Damaged: true},
	}
	unknown := stranger
	unknown.Unknown = true
	return map[string]view.Screen{
		"article":       view.Article{Frame: f, Tabs: tabs, Body: "<p>text</p>", Latest: c},
		"old article":   view.Article{Frame: stranger, Tabs: tabs, Latest: c, Old: &view.Old{Change: c, Compare: "/diff/x", Revert: revert}},
		"missing":       view.Missing{Frame: f, Tabs: tabs},
		"removed":       view.Missing{Frame: f, Tabs: tabs, Removed: &removed},
		"files":         view.Files{Frame: f, Tabs: tabs, Action: "/files/x", Problem: hostile, Files: []view.File{{Name: hostile, Href: "/files/x/y", Size: "1 KiB", Author: hostile, Time: time.Unix(0, 0)}}},
		"no files":      view.Files{Frame: stranger, Tabs: tabs},
		"editor":        view.Editor{Frame: f, Tabs: tabs, Action: "/edit/x", Text: "\n" + hostile, Note: hostile},
		"problem":       view.Editor{Frame: stranger, Tabs: tabs, Action: "/edit/x", Problem: hostile, SignIn: true},
		"preview":       view.Editor{Frame: f, Tabs: tabs, Action: "/edit/x", Previews: true, Preview: template.HTML("<p>x</p>")},
		"conflict":      view.Editor{Frame: f, Tabs: tabs, Action: "/edit/x", Conflict: &view.Conflict{Theirs: c, TheirText: hostile, YourText: hostile, Merged: true, Difference: hunks}},
		"history":       view.History{Frame: f, Tabs: tabs, Entries: []view.Entry{{Change: reverted, Current: true, To: true}, {Change: removed, From: true, Revert: revert}, {Change: first, Revert: revert}}},
		"difference":    view.Difference{Frame: f, Tabs: tabs, From: c, To: c, Hunks: hunks, Older: "/diff/x", Newer: "/diff/x", Revert: &revert},
		"no difference": view.Difference{Frame: f, Tabs: tabs, From: c, To: c},
		"recent":        view.Recent{Frame: f, Days: []view.Day{{Date: time.Unix(0, 0), Changes: []view.Change{c, first, removed, reverted}}}},
		"nothing new":   view.Recent{Frame: f},
		"pages":         view.Pages{Frame: f, Groups: []view.Group{{Initial: "A", Changes: []view.Change{c}}}, Count: 1, Name: hostile, Wrong: hostile},
		"no pages":      view.Pages{Frame: stranger},
		"login":         view.Account{Frame: stranger, Form: "login", Action: "/login", Name: hostile, Next: hostile, Problem: hostile, NameWrong: true, PasswordWrong: true},
		"logout":        view.Account{Frame: f, Form: "logout", Action: "/logout", Next: hostile},
		"kept":          view.Account{Frame: stranger, Form: "login", Action: "/login", Keep: true},
		"signup":        view.Account{Frame: stranger, Form: "signup", Action: "/signup", Minimum: 15},
		"devices":       view.Devices{Frame: f, Action: "/devices", Devices: devices, Others: true, More: 3},
		"one device":    view.Devices{Frame: f, Action: "/devices", Devices: devices[:1]},
		"unlisted":      view.Devices{Frame: f, Action: "/devices", Unlisted: true},
		"again":         view.Account{Frame: f, Form: "login", Action: "/login", Name: hostile, Again: true},
		"everywhere":    view.Account{Frame: f, Form: "logout", Action: "/logout", Everywhere: true},
		"code":          view.Code{Frame: stranger, Action: "/code", Next: hostile, Problem: hostile, Keep: true, Begin: "/login"},
		"recovery code": view.Code{Frame: f, Done: true, Left: 1, Next: hostile, Factor: "/factor"},
		"reset":         view.Reset{Frame: stranger, Action: "/reset", Token: hostile, Name: hostile, Problem: hostile, PasswordWrong: true, Minimum: 15},
		"reset done":    view.Reset{Frame: stranger, Done: true},
		"reset used":    view.Reset{Frame: stranger, Done: true, Problem: hostile},
		"password":      view.Password{Frame: f, Action: "/password", Name: hostile, Problem: hostile, CurrentWrong: true, Minimum: 15},
		"password done": view.Password{Frame: f, Done: true, Next: hostile},
		"factor":        view.Factor{Frame: f, Action: "/factor", Key: hostile, Picture: "<svg></svg>", Problem: hostile},
		"codes":         view.Factor{Frame: f, Done: true, Has: true, Recovery: []string{hostile, "x"}, Next: hostile},
		"factor there":  view.Factor{Frame: f, Action: "/factor", Has: true, Left: 1, Problem: hostile},
		"factor gone":   view.Factor{Frame: f, Done: true, Next: hostile},
		"founder":       view.Founder{Frame: f, Action: "/administrator", Key: hostile},
		"users":         view.Users{Frame: f, Action: "/admin/users", Prefix: hostile, Users: users, First: 1, Last: 2, Total: 3, Before: "/admin/users", More: "/admin/users"},
		"no users":      view.Users{Frame: f, Action: "/admin/users"},
		"user":          view.UserAccount{Frame: f, User: users[0], Action: "/admin/users/x", List: "/admin/users", Left: 1, Link: hostile},
		"enabled user":  view.UserAccount{Frame: f, User: view.User{Name: hostile}, Action: "/admin/users/x"},
		"oneself":       view.UserAccount{Frame: f, User: users[0], Oneself: true},
		"outage":        view.Article{Frame: unknown, Tabs: tabs, Latest: c},
		"notice":        view.Notice{Frame: f, Status: 404, Heading: hostile, Detail: hostile, Back: view.Link{Name: hostile, Href: "/"}},
	}
}

// Every screen renders, escapes what people wrote, and has nothing that needs a script
// or a style of its own, which the policy for content would not let through.
func TestScreens(t *testing.T) {
	v, err := view.New("Site "+hostile, "")
	if err != nil {
		t.Fatal(err)
	}
	for name, screen := range screens() {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if err := v.Render(&b, screen); err != nil {
				t.Fatal(err)
			}
			check(t, b.String())
		})
	}
	t.Run("error", func(t *testing.T) {
		var b strings.Builder
		tmpl, err := v.Template("error")
		if err != nil {
			t.Fatal(err)
		}
		err = tmpl.Execute(&b, struct {
			Status                  int
			Title, Detail, Incident string
		}{500, hostile, hostile, "ABCDE-FGHIJ"})
		if err != nil || !strings.Contains(b.String(), "ABCDE-FGHIJ") {
			t.Errorf("%v\n%s", err, &b)
		}
		check(t, b.String())
	})
}

// check reads a page as a browser does.
func check(t *testing.T, text string) {
	t.Helper()
	if !strings.HasPrefix(text, "<!doctype html>") {
		t.Errorf("it begins with %.40q", text)
	}
	ids := map[string]bool{}
	headings := 0
	for z := html.NewTokenizer(strings.NewReader(text)); z.Next() != html.ErrorToken; {
		tok := z.Token()
		if tok.Type != html.StartTagToken && tok.Type != html.SelfClosingTagToken {
			continue
		}
		if tok.Data == "script" || tok.Data == "style" {
			t.Errorf("it has %s", tok)
		}
		if tok.Data == "h1" {
			headings++
		}
		for _, a := range tok.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("it has %s", tok)
			}
			if a.Key == "id" {
				if ids[a.Val] {
					t.Errorf("the id %q is there twice", a.Val)
				}
				ids[a.Val] = true
			}
		}
	}
	if headings != 1 {
		t.Errorf("it has %d headings of the first level", headings)
	}
}

// A text that begins with an empty line keeps it: HTML drops one after <textarea>.
func TestEditorKeepsFirstLine(t *testing.T) {
	v, err := view.New("x", "")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := v.Render(&b, view.Editor{Text: "\nsecond line"}); err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Data == "textarea" && n.FirstChild.Data != "\nsecond line" {
			t.Errorf("the text is %q", n.FirstChild.Data)
		}
	}
}

func TestAssets(t *testing.T) {
	v, err := view.New("x", "")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /static/{file}", v.Assets)
	server := httptest.NewServer(mux)
	defer server.Close()
	get := func(path, etag string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if etag != "" {
			r.Header.Set("If-None-Match", etag)
		}
		res, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res, string(body)
	}
	for name, kind := range map[string]string{"wiki.css": "text/css", "literata.woff2": "font/woff2", "icon.svg": "image/svg+xml"} {
		href := v.Assets.Href(name)
		res, body := get(href, "")
		if res.StatusCode != 200 || !strings.HasPrefix(res.Header.Get("Content-Type"), kind) || body == "" || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %s, %v", href, res.Status, res.Header)
		}
		if again, _ := get(href, res.Header.Get("Etag")); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s again: %s", href, again.Status)
		}
	}
	for _, path := range []string{"/static/none.css", "/static/..%2fview.go"} {
		if res, _ := get(path, ""); res.StatusCode != 404 {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
	// A font's address in the style sheet is the one that may be kept.
	if _, css := get(v.Assets.Href("wiki.css"), ""); !strings.Contains(css, "url("+strings.TrimPrefix(v.Assets.Href("literata.woff2"), "/static/")+")") {
		t.Error("the style sheet names fonts without their version")
	}
}
