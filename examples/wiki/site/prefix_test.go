package site_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/surcoat/surcoat/examples/wiki/attachment"
	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/examples/wiki/page"
	"github.com/surcoat/surcoat/examples/wiki/people"
	"github.com/surcoat/surcoat/examples/wiki/site"
	"github.com/surcoat/surcoat/gateway"
	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/session"
)

// serveBelow is the wiki behind the gateway, which takes mount off the paths. It returns the
// address of the host.
func serveBelow(t *testing.T, mount string, changes ...func(*site.Config)) (origin string, folder *disk.Folder) {
	t.Helper()
	folder, err := disk.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	config := site.Config{
		Name: "Testing", Pages: page.NewStore(folder), Users: people.NewStore(folder), Files: attachment.NewStore(folder),
		Sessions: session.NewServerStore(&session.Memory{}), Log: slog.New(slog.DiscardHandler), Founder: "founder's/key",
		Keys: strings.Repeat("k", 40),
	}
	for _, change := range changes {
		change(&config)
	}
	wiki, _, err := site.New(config)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &gateway.Server{Handler: wiki, URL: "http:", Mount: mount, Logger: config.Log}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.ServeListener(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String(), folder
}

// secureJar gives Secure cookies to http too, as browsers do for loopback addresses, and like them
// compares paths as they are escaped.
type secureJar struct{ http.CookieJar }

func (j secureJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.CookieJar.SetCookies(overTLS(u), cookies)
}
func (j secureJar) Cookies(u *url.URL) []*http.Cookie { return j.CookieJar.Cookies(overTLS(u)) }

func overTLS(u *url.URL) *url.URL {
	c := *u
	c.Scheme, c.Path, c.RawPath = "https", u.EscapedPath(), ""
	return &c
}

// crawler follows whatever leads anywhere, and reports what leads out of the wiki or nowhere.
type crawler struct {
	t      *testing.T
	origin string
	root   string // what every address has to begin with
	client *http.Client
	queue  []string
	seen   map[string]bool
	forms  map[string]url.Values // fields, by "METHOD action"
}

func newCrawler(t *testing.T, origin, root string) *crawler {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &crawler{
		t: t, origin: origin, root: root, seen: map[string]bool{}, forms: map[string]url.Values{},
		client: &http.Client{Jar: secureJar{jar}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// inside checks an address that stands on a page, and returns it as a path with a query.
func (c *crawler) inside(from, href string) string {
	c.t.Helper()
	base, _ := url.Parse(c.origin + from)
	u, err := base.Parse(href)
	if err != nil {
		c.t.Errorf("%s: the address %q: %v", from, href, err)
		return ""
	}
	if u.Scheme+"://"+u.Host != c.origin {
		if !strings.Contains(href, "elsewhere.example") {
			c.t.Errorf("%s leads to %s", from, href)
		}
		return ""
	}
	if c.root != "" && !strings.HasPrefix(u.EscapedPath(), c.root+"/") {
		c.t.Errorf("%s leads out of the wiki, to %s", from, href)
		return ""
	}
	if next := u.Query().Get("next"); next != "" && !strings.HasPrefix(next, c.root+"/") {
		c.t.Errorf("%s leads out of the wiki in the end, by %s", from, href)
	}
	return u.RequestURI()
}

func (c *crawler) add(from, href string) {
	c.t.Helper()
	if at := c.inside(from, href); at != "" && !c.seen[at] {
		c.seen[at] = true
		c.queue = append(c.queue, at)
	}
}

// do sends a request, checks the header of the answer, and returns it with its body.
func (c *crawler) do(method, at, kind string, body io.Reader) (*http.Response, []byte) {
	c.t.Helper()
	r, err := http.NewRequest(method, c.origin+at, body)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Content-Type", kind)
	res, err := c.client.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if to := res.Header.Get("Location"); to != "" {
		c.add(at, to)
	}
	for _, link := range res.Header.Values("Link") {
		to, _, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">")
		c.add(at, to)
	}
	if use := res.Header.Get("Use-As-Dictionary"); use != "" && !strings.Contains(use, `match="`+c.root+"/") {
		c.t.Errorf("%s is a dictionary for %s", at, use)
	}
	for _, cookie := range res.Cookies() {
		if c.root == "" && cookie.Path == "/" {
			continue
		}
		if cookie.Path != c.root && !strings.HasPrefix(cookie.Name, "__Host-device"+strings.ReplaceAll(c.root, "/", "-")) {
			c.t.Errorf("%s sets the cookie %s", at, cookie)
		}
	}
	return res, b
}

func (c *crawler) post(at string, fields url.Values) *http.Response {
	c.t.Helper()
	res, _ := c.do(http.MethodPost, at, "application/x-www-form-urlencoded", strings.NewReader(fields.Encode()))
	return res
}

var styleURL = regexp.MustCompile(`url\(([^)"]+)\)`)

// crawl visits all that can be reached.
func (c *crawler) crawl() {
	for len(c.queue) > 0 {
		at := c.queue[0]
		c.queue = c.queue[1:]
		res, body := c.do(http.MethodGet, at, "", nil)
		if res.StatusCode >= 400 && !strings.Contains(at, "Nowhere") { // the page that nobody has written
			c.t.Errorf("%s: %s", at, res.Status)
		}
		switch kind := res.Header.Get("Content-Type"); {
		case strings.HasPrefix(kind, "text/html") && !strings.Contains(at, "Nowhere"):
			c.read(at, body)
		case strings.HasPrefix(kind, "text/css"):
			for _, m := range styleURL.FindAllStringSubmatch(string(body), -1) {
				c.add(at, m[1])
			}
		}
	}
}

// read takes the addresses and forms out of a page.
func (c *crawler) read(at string, body []byte) {
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	attribute := func(n *html.Node, name string) (string, bool) {
		i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
		if i < 0 {
			return "", false
		}
		return n.Attr[i].Val, true
	}
	var form url.Values
	for n := range doc.Descendants() {
		for _, name := range []string{"href", "src", "formaction"} {
			if href, ok := attribute(n, name); ok && !strings.HasPrefix(href, "#") {
				c.add(at, href)
			}
		}
		switch n.Data {
		case "form":
			form = url.Values{}
			action, _ := attribute(n, "action")
			method, _ := attribute(n, "method")
			if to := c.inside(at, action); to != "" && method != "get" {
				c.forms[to] = form
			}
		case "input":
			if name, ok := attribute(n, "name"); ok && form != nil {
				value, _ := attribute(n, "value")
				form.Set(name, value)
				if name == "next" && value != "" && !strings.HasPrefix(value, c.root+"/") {
					c.t.Errorf("%s: the form leads out of the wiki, to %s", at, value)
				}
			}
		}
	}
}

// Whatever a page says, it leads nowhere but into the wiki, wherever that is: at the root, below
// a path, or below one that has to be escaped.
func TestPrefix(t *testing.T) {
	for _, mount := range []string{"", "/wiki", "/my wikis/ä:(b)*"} {
		t.Run(mount, func(t *testing.T) {
			root := site.Root(mount)
			origin, folder := serveBelow(t, mount)
			pages := page.NewStore(folder)
			for title, texts := range map[page.Title][]string{
				"Welcome":   {"one\n", "one [[Two words]], [[Nowhere]], [map](../files/Two_words/the%20map.txt), <http://elsewhere.example/>\n"},
				"Two words": {"a\n", "b [[welcome]]\n", "c\n"},
			} {
				for i, text := range texts {
					if _, err := pages.Save(t.Context(), page.Draft{Title: title, Base: i, Text: text, Author: "Ben"}); err != nil {
						t.Fatal(err)
					}
				}
			}
			if _, err := attachment.NewStore(folder).Save(t.Context(), "Two words", "the map.txt", "Ben", []byte("here be dragons")); err != nil {
				t.Fatal(err)
			}
			c := newCrawler(t, origin, root)
			c.add(root+"/", root+"/")
			if mount != "" {
				c.client.Jar = nil // what is asked for in another form leads to the one
				if res, _ := c.do(http.MethodGet, root, "", nil); res.Header.Get("Location") != root+"/wiki/Welcome" {
					t.Errorf("without a slash: %s, %v", res.Status, res.Header)
				}
				if res, _ := c.do(http.MethodGet, "/", "", nil); res.StatusCode != 404 {
					t.Errorf("outside: %s", res.Status)
				}
				c.client.Jar = newCrawler(t, origin, root).client.Jar
			}
			if res, _ := c.do(http.MethodGet, root+"//wiki/../wiki/Two_words?rev=1", "", nil); res.Header.Get("Location") != root+"/wiki/Two_words?rev=1" {
				t.Errorf("an unclean path: %s, %v", res.Status, res.Header)
			}
			if res, body := c.do(http.MethodGet, root+"/nothing/here", "", nil); res.StatusCode != 404 {
				t.Errorf("%s", res.Status)
			} else {
				c.read(root+"/nothing/here", body)
			}

			// A stranger, somebody who signs up where the founder's link leads, and then the
			// administrator.
			if res, _ := c.do(http.MethodGet, root+site.FounderHref("founder's/key"), "", nil); res.StatusCode != 303 {
				t.Errorf("the founder's link: %s", res.Status)
			}
			c.crawl()
			next := root + site.FounderHref("founder's/key")
			res := c.post(root+"/signup", url.Values{"name": {"Anna"}, "password": {"a few words in a row"}, "next": {next}})
			if res.Header.Get("Location") != next {
				t.Fatalf("sign-up: %s, %v", res.Status, res.Header)
			}
			var file bytes.Buffer
			upload := multipart.NewWriter(&file)
			part, _ := upload.CreateFormFile("file", "käse.md")
			_, _ = io.WriteString(part, "not here")
			_ = upload.Close()
			if res, b := c.do(http.MethodPost, root+"/files/Two_words", upload.FormDataContentType(), &file); res.StatusCode != 303 {
				t.Fatalf("upload: %s\n%s", res.Status, b)
			}
			c.seen, c.queue = map[string]bool{}, nil
			c.add(root+"/", root+"/")
			c.add(root+"/", next)
			c.crawl()
			if res := c.post(root+"/administrator", url.Values{"key": {"founder's/key"}}); res.StatusCode != 303 {
				t.Fatalf("founding: %s", res.Status)
			}
			c.seen, c.queue = map[string]bool{}, nil
			c.add(root+"/", root+"/")
			c.crawl()
			for _, want := range []string{"/admin/users/Anna", "/files/Two_words/the%20map.txt", "/files/Two_words/k%C3%A4se.md", "/devices", "/factor", "/static/wiki.css", "/static/literata.woff2", ".dict", "/diff/Two_words"} {
				if !slices.ContainsFunc(slices.Collect(maps.Keys(c.seen)), func(at string) bool { return strings.Contains(at, want) }) {
					t.Errorf("%s was not found", want)
				}
			}

			// All forms there are, with what stands in them, have somebody who takes them.
			for at, fields := range c.forms {
				if strings.HasSuffix(at, "/logout") || strings.HasSuffix(at, "/administrator") { // the one below, the other above
					continue
				}
				if res := c.post(at, fields); res.StatusCode == 404 || res.StatusCode == 405 || res.StatusCode >= 500 {
					t.Errorf("the form for %s: %s", at, res.Status)
				}
			}
			res = c.post(root+"/logout", nil)
			if res.StatusCode != 303 || res.Header.Get("Location") != root+"/" {
				t.Errorf("logout: %s, %v", res.Status, res.Header)
			}
			// Who has to sign in first is led back in the end.
			if res, _ := c.do(http.MethodGet, root+"/edit/Two_words", "", nil); res.Header.Get("Location") != root+"/login?next="+url.QueryEscape(root+"/edit/Two_words") {
				t.Errorf("who has to sign in goes to %s", res.Header.Get("Location"))
			}
			res = c.post(root+"/login", url.Values{"name": {"Anna"}, "password": {"a few words in a row"}, "next": {root + "/edit/Two_words"}})
			if res.StatusCode != 303 || res.Header.Get("Location") != root+"/edit/Two_words" {
				t.Errorf("login: %s, %v", res.Status, res.Header)
			}
		})
	}
}

// broken is a store whose pages cannot be read.
type broken struct{ *page.Store }

func (broken) Latest(page.Title) (page.Page, error) { return page.Page{}, errors.New("broken") }

// An answer for what went wrong leads back into the wiki, too.
func TestPrefixErrorPage(t *testing.T) {
	origin, _ := serveBelow(t, "/wiki", func(c *site.Config) { c.Pages = broken{c.Pages.(*page.Store)} })
	c := newCrawler(t, origin, "/wiki")
	res, body := c.do(http.MethodGet, "/wiki/wiki/Welcome", "", nil)
	if res.StatusCode != 500 {
		t.Errorf("%s", res.Status)
	}
	if cgitrace.Enabled {
		return // what developers see is not the wiki's
	}
	c.read("/wiki/wiki/Welcome", body)
	if !c.seen["/wiki/"] {
		t.Errorf("it does not lead to the start page:\n%s", body)
	}
}

// The path is in the one form that all its addresses have, and is none that leads elsewhere.
func TestRoot(t *testing.T) {
	for _, root := range []struct{ mount, want string }{
		{"", ""},
		{"/", ""},
		{"/wiki/", "/wiki"},
		{"/a/b", "/a/b"},
		{"/ä b", "/%C3%A4%20b"},
		{"wiki", ""},
		{"//evil.example", ""},
		{"/a/../b", ""},
		{`/\evil.example`, ""},
	} {
		if got := site.Root(root.mount); got != root.want {
			t.Errorf("%q: %q, want %q", root.mount, got, root.want)
		}
	}
}
