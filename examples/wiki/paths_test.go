package main

import (
	"bytes"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/internal/webserver"
)

// person is somebody with a browser that shows nothing.
type person struct {
	t      *testing.T
	url    string // of the wiki, without a slash at its end
	root   string // its path
	client *http.Client
}

// loopbackJar keeps Secure cookies for http://127.0.0.1, as browsers do.
type loopbackJar struct{ http.CookieJar }

func (j loopbackJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.CookieJar.SetCookies(secured(u), cookies)
}
func (j loopbackJar) Cookies(u *url.URL) []*http.Cookie { return j.CookieJar.Cookies(secured(u)) }

func secured(u *url.URL) *url.URL {
	c := *u
	c.Scheme = "https"
	return &c
}

func newPerson(t *testing.T, at string) *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &person{t, at, u.Path, &http.Client{
		Jar: loopbackJar{jar}, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answered is an answer that was read to its end.
type answered struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   string
}

func (p *person) do(method, path, kind string, body io.Reader) answered {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	res, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answered{p.t, method + " " + path, res.StatusCode, res.Header, string(b)}
}

func (p *person) get(path string) answered { p.t.Helper(); return p.do("GET", path, "", nil) }

func (p *person) post(path string, fields url.Values) answered {
	p.t.Helper()
	return p.do("POST", path, "application/x-www-form-urlencoded", strings.NewReader(fields.Encode()))
}

// is checks an answer that is not what the test can go on with otherwise.
func (a answered) is(status int, texts ...string) answered {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: %d, want %d\n%v\n%.2000s", a.what, a.status, status, a.header, a.body)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			a.t.Errorf("%s: there is no %q in\n%.4000s", a.what, text, a.body)
		}
	}
	return a
}

func (a answered) leads(to string) {
	a.t.Helper()
	if got := a.is(http.StatusSeeOther).header.Get("Location"); got != to {
		a.t.Errorf("%s leads to %q, want %q", a.what, got, to)
	}
}

// attach sends a file as a browser does.
func (p *person) attach(page, name string, content []byte) answered {
	p.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		p.t.Fatal(err)
	}
	_, _ = part.Write(content)
	_ = form.Close()
	return p.do("POST", "/files/"+page, form.FormDataContentType(), &body)
}

var absolute = regexp.MustCompile(`(?:href|action|src)="(/[^"]*)"`)

// reading is what anybody does with a wiki.
func reading(p *person) {
	if a := p.get("/"); a.status != http.StatusFound || a.header.Get("Location") != p.root+"/wiki/Welcome" {
		p.t.Errorf("%d, %v", a.status, a.header)
	}
	p.get("/wiki/Welcome").is(200, "Welcome · Testing", `href="`+p.root+`/recent"`)
	p.do("HEAD", "/wiki/Welcome", "", nil).is(200)
	for _, page := range []string{"/wiki/Welcome", "/wiki/Writing_pages"} { // which come with the wiki
		for _, m := range absolute.FindAllStringSubmatch(p.get(page).is(200).body, -1) {
			if !strings.HasPrefix(m[1], p.root+"/") {
				p.t.Errorf("%s leads to %s", page, m[1])
			}
		}
	}
	p.get("/wiki/Nowhere").is(404, p.root+"/edit/Nowhere")
	p.get("/edit/Welcome").leads(p.root + "/login?next=" + url.QueryEscape(p.root+"/edit/Welcome"))
	css := p.get("/static/wiki.css").is(200)
	if css.header.Get("Content-Type") != "text/css; charset=utf-8" {
		p.t.Errorf("the style sheet: %v", css.header)
	}
}

// journey is what people do who write.
func journey(p *person, name string) {
	password := "a few words in a row"
	title := "The_page_of_" + name
	account := url.Values{"name": {name}, "password": {password}}

	p.post("/signup", account).leads(p.root + "/")
	p.get("/edit/"+title).is(200, "Text of the new page")
	p.post("/logout", url.Values{}).leads(p.root + "/")
	p.get("/edit/" + title).leads(p.root + "/login?next=" + url.QueryEscape(p.root+"/edit/"+title))
	p.post("/login", url.Values{"name": {name}, "password": {"no words in a row"}}).is(422, "is not right")
	p.post("/login?next="+url.QueryEscape(p.root+"/edit/"+title), account).leads(p.root + "/edit/" + title)

	save := func(base, text string) answered {
		return p.post("/edit/"+title, url.Values{"base": {base}, "text": {text}, "do": {"save"}})
	}
	save("0", "One, änd [[Welcome]]\n").leads(p.root + "/wiki/" + title)
	p.get("/wiki/"+title).is(200, "One, änd", "Saved as revision 1.", p.root+"/wiki/Welcome", "Revision 1,")
	p.post("/edit/"+title, url.Values{"base": {"1"}, "text": {"*soon*"}, "do": {"preview"}}).is(200, "<em>soon</em>")
	save("1", "Two\n").leads(p.root + "/wiki/" + title)
	save("1", "Three, which is not to be lost\n").is(409, "Somebody was faster", "Two", "Three, which is not to be lost")
	large := strings.Repeat("A long line of a large page. ", 10_000)
	save("2", large).leads(p.root + "/wiki/" + title)
	p.get("/wiki/"+title).is(200, large[:1000], "Revision 3,")

	// 300 KB that no layer can make smaller.
	content := make([]byte, 300_000)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(content)
	p.attach(title, "Bytes of "+name+".zip", content).leads(p.root + "/files/" + title)
	href := "/files/" + title + "/Bytes%20of%20" + name + ".zip"
	p.get("/files/"+title).is(200, p.root+href, "293 KiB")
	a := p.get(href).is(200)
	if a.body != string(content) || a.header.Get("Content-Type") != "application/zip" || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") {
		p.t.Errorf("%d of %d bytes came back, %v", len(a.body), len(content), a.header)
	}
	p.attach(title, "script.html", []byte("<script>")).is(415, "cannot be attached")

	p.post("/logout", url.Values{}).leads(p.root + "/")
	p.post("/edit/"+title, url.Values{"base": {"3"}, "text": {"Too late"}, "do": {"save"}}).is(403, "Your login has ended", "Too late")
	p.get("/history/"+title).is(200, "Bring back")
}

// The wiki is the same program, and does the same, behind every server and with every protocol, at
// the root and below a path.
func TestPaths(t *testing.T) {
	wiki := binary(t)
	// As CGI programs, and where lighttpd starts it, it runs as the servers' user, who has a
	// folder, and keys, of their own. There it is not said where sessions are.
	var ours, programs, spawned []webserver.Path
	for _, p := range webserver.Paths() {
		switch p.Protocol {
		case "cgi":
			programs = append(programs, p)
		case "spawned":
			spawned = append(spawned, p)
		default:
			ours = append(ours, p)
		}
	}
	for _, row := range []struct {
		prefix string
		paths  []webserver.Path
		env    []string
	}{
		{"", ours, []string{"WIKI_SESSIONS=cookie"}}, // all processes have one folder
		{"", slices.Concat(programs, spawned), nil},
		{"/commonplace", ours, []string{"WIKI_SESSIONS=cookie", "WIKI_MOUNT=/commonplace"}},
		{"/commonplace", programs, nil}, // the web server says it
		{"/commonplace", spawned, []string{"WIKI_MOUNT=/commonplace"}},
	} {
		t.Run("below "+row.prefix+"/", func(t *testing.T) {
			t.Parallel()
			data := folderForAll(t)
			site := webserver.Start(t, webserver.App{
				Binary: wiki, Prefix: row.prefix, Env: append(row.env, "WIKI_DATA="+data, "WIKI_NAME=Testing"),
			}, row.paths...)
			for _, path := range row.paths {
				t.Run(path.String(), func(t *testing.T) {
					t.Parallel()
					p := newPerson(t, site.URL(path))
					reading(p)
					if path == (webserver.Path{Server: "lighttpd", Protocol: "ajp"}) {
						t.Log("lighttpd's AJP cannot send forms: the packets of a body say that they are longer than they are")
						return
					}
					journey(p, "Anna-"+path.String())
				})
			}
		})
	}
}

// folderForAll is a temporary folder that a web server's user may write to, too.
func folderForAll(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "wiki")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}
