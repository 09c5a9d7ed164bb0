package e2e_test

import (
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/internal/testserver"
)

// What browsers say they are.
const (
	firefoxOnLinux = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
	safariOnPhone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1"
	edgeOnWindows  = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0"
)

// on is a client that says what it is, where somebody has signed in.
func (w *wiki) on(t *testing.T, agent, name string) *client {
	t.Helper()
	c := w.client(t)
	c.agent = agent
	c.signIn(name)
	return c
}

// signIn is the form, as a person fills it in.
func (p *person) signIn(w *wiki, name string) {
	p.t.Helper()
	p.goTo(w.url + "/login")
	p.fill("#name", name)
	p.fill("#password", password)
	p.follow("main button")
	p.sees(".who", name)
}

// signedOut: whoever wants to edit is sent away to sign in.
func (p *person) signedOut(w *wiki) {
	p.t.Helper()
	p.goTo(w.url + "/edit/Welcome")
	if at := p.location(); !strings.HasPrefix(at, w.url+"/login") {
		p.t.Errorf("still signed in: at %s", at)
	}
}

// Anna in two browsers: each shows both, one signs out the other, and that holds at once.
func TestDevicesInBrowsers(t *testing.T) {
	w := startWiki(t)
	anna := newPerson(t)
	anna.signUp(w, "Anna")
	anna.follow("a.who")
	if at := anna.location(); at != w.url+"/devices" {
		t.Errorf("her name leads to %s", at)
	}
	anna.sees("main", "Chrome on", "this device", "nowhere else")
	anna.shoot("22-devices-one")

	other := anna.another()
	other.signIn(w, "Anna")
	for _, p := range []*person{anna, other} {
		p.goTo(w.url + "/devices")
		if n := p.count(".devices li"); n != 2 {
			t.Errorf("%d devices are listed, not 2", n)
		}
		if n := p.count(".devices .current"); n != 1 {
			t.Errorf("%d of them are the present one", n)
		}
	}
	anna.follow(".devices button")
	anna.sees("[role=status]", "is signed out")
	anna.sees("main", "nowhere else")
	other.signedOut(w)

	other.signIn(w, "Anna")
	phone, desk := w.on(t, safariOnPhone, "Anna"), w.on(t, edgeOnWindows, "Anna")
	w.on(t, firefoxOnLinux, "Anna")
	w.on(t, "", "Anna")
	anna.goTo(w.url + "/devices")
	anna.sees(".devices", "Safari on iPhone", "Edge on Windows", "Firefox on Linux", "Unknown device")
	anna.shoot("23-devices")
	anna.follow(".actions button")
	anna.sees("[role=status]", "signed out everywhere else")
	anna.sees("main", "nowhere else")
	anna.shoot("24-devices-signed-out")
	other.signedOut(w)
	if phone.signedIn() || desk.signedIn() {
		t.Error("other devices are still signed in")
	}
	anna.goTo(w.url + "/edit/Welcome")
	anna.sees(".who", "Anna")
}

// The same on the cookie store, where the wiki does not know the others.
func TestDevicesInBrowsersOnCookies(t *testing.T) {
	w := startWiki(t, "--sessions", "cookie")
	anna := newPerson(t)
	anna.signUp(w, "Anna")
	other := anna.another()
	other.signIn(w, "Anna")
	anna.goTo(w.url + "/devices")
	anna.sees("main", "keeps no list of them")
	anna.shoot("25-devices-cookie")
	anna.follow(".actions button")
	anna.sees("[role=status]", "signed out everywhere else")
	other.signedOut(w)
	anna.goTo(w.url + "/edit/Welcome")
	anna.sees(".who", "Anna")
}

// Who asks to be kept signed in has a cookie that outlives the browser; who does not, has
// not.
func TestKeptSignedInBrowser(t *testing.T) {
	w := startWiki(t)
	anna := newPerson(t)
	anna.signUp(w, "Anna")
	kept := func() bool {
		for _, c := range anna.cookies() {
			if c.Name == "__Host-session" {
				return !c.Session
			}
		}
		t.Fatal("no cookie")
		return false
	}
	if kept() {
		t.Error("the cookie is kept though nobody asked")
	}
	anna.follow(".viewer button")
	anna.goTo(w.url + "/login")
	anna.fill("#name", "Anna")
	anna.fill("#password", "a wrong one, of all things")
	anna.click("label[for=keep]")
	anna.follow("main button")
	anna.sees("[role=alert]", "")
	anna.shoot("26-login-keep")
	anna.fill("#password", password)
	anna.follow("main button") // what was ticked still is
	if !kept() {
		t.Error("the cookie is not kept")
	}
}

// backing is something that keeps sessions, and what is expected of it.
type backing struct {
	name   string
	lists  bool // devices
	shared bool // by processes
	lasts  bool // signing out holds for a process that starts later
	where  func(t *testing.T) string
}

var backings = []backing{
	{"bolt", true, false, true, func(*testing.T) string { return "bolt" }},
	{"redis", true, true, true, func(t *testing.T) string { return testserver.Redis(t).URL() }},
	{"postgres", true, true, true, func(t *testing.T) string { return testserver.Postgres(t).URL() }},
	{"cookie", false, true, false, func(*testing.T) string { return "cookie" }},
}

var (
	deviceButton = regexp.MustCompile(`name="device" value="([^"]+)"`)
	everywhere   = url.Values{"others": {"all"}}
)

// What the wiki promises of sessions holds wherever they are kept.
func TestSessions(t *testing.T) {
	for _, b := range backings {
		t.Run(b.name, func(t *testing.T) {
			w := startWiki(t, "--sessions", b.where(t))
			w.client(t).signUp("Anna")
			here, phone := w.on(t, firefoxOnLinux, "Anna"), w.on(t, safariOnPhone, "Anna")
			here.post("/devices", everywhere).has(t, http.StatusSeeOther)
			here.get("/devices").has(t, 200, "signed out everywhere else")
			if phone.signedIn() || !here.signedIn() {
				t.Errorf("after signing out everywhere else: phone %t, here %t", phone.signedIn(), here.signedIn())
			}
			phone.signIn("Anna")
			b.signsOutOne(t, here, phone)

			// Signing out ends the session itself, not only the browser's memory of it.
			left := w.on(t, edgeOnWindows, "Anna")
			copied := left.copy()
			left.post("/logout", nil).has(t, http.StatusSeeOther)
			if copied.signedIn() {
				t.Error("a copy of the cookie outlives signing out")
			}

			w.kill()
			w.start()
			if !here.signedIn() {
				t.Error("the login is lost with the process")
			}
			if b.lasts && (copied.signedIn() || phone.signedIn()) {
				t.Error("who was signed out is signed in again with the next process")
			}
			if b.shared {
				b.isShared(t, w, here)
			}
		})
	}
}

func (b backing) signsOutOne(t *testing.T, here, phone *client) {
	t.Helper()
	list := here.get("/devices")
	if !b.lists {
		list.has(t, 200, "keeps no list of them")
		return
	}
	list.has(t, 200, "Firefox on Linux", "Safari on iPhone", "this device")
	buttons := deviceButton.FindAllStringSubmatch(list.body, -1)
	if len(buttons) != 1 {
		t.Fatalf("%d other devices\n%s", len(buttons), list.body)
	}
	if !phone.signedIn() {
		t.Error("the phone is not signed in")
	}
	here.post("/devices", url.Values{"device": {buttons[0][1]}}).has(t, http.StatusSeeOther)
	here.get("/devices").has(t, 200, "Safari on iPhone is signed out")
	if phone.signedIn() || !here.signedIn() {
		t.Errorf("after signing out the phone: phone %t, here %t", phone.signedIn(), here.signedIn())
	}
}

// isShared: two processes on one folder are one wiki.
func (b backing) isShared(t *testing.T, w *wiki, here *client) {
	t.Helper()
	second := w.another()
	there := here.in(second)
	if !there.signedIn() {
		t.Error("a second process does not know the login")
	}
	phone := second.on(t, safariOnPhone, "Anna")
	if b.lists {
		here.get("/devices").has(t, 200, "Safari on iPhone")
	}
	here.post("/devices", everywhere).has(t, http.StatusSeeOther)
	there = here.in(second)
	if phone.signedIn() || !there.signedIn() {
		t.Errorf("signed out in the first process: in the second phone %t, here %t", phone.signedIn(), there.signedIn())
	}
}

// in is c at another process of the same wiki.
func (c *client) in(w *wiki) *client {
	c.t.Helper()
	twin := c.copy()
	twin.wiki = w
	return twin
}

// copy is whoever has copied all of c's cookies.
func (c *client) copy() *client {
	c.t.Helper()
	twin := c.wiki.client(c.t)
	u, err := url.Parse(c.wiki.url)
	if err != nil {
		c.t.Fatal(err)
	}
	var cookies []*http.Cookie
	for _, k := range c.http.Jar.Cookies(u) {
		cookies = append(cookies, &http.Cookie{Name: k.Name, Value: k.Value, Path: "/", Secure: true})
	}
	twin.http.Jar.SetCookies(u, cookies)
	return twin
}

// While the database hangs, pages can be read, what somebody typed is not lost, and
// everybody is still signed in when it goes on.
func TestSessionsOutage(t *testing.T) {
	for name, start := range map[string]func(t *testing.T) (url, addr string){
		"redis":    func(t *testing.T) (string, string) { s := testserver.Redis(t); return s.URL(), s.Addr },
		"postgres": func(t *testing.T) (string, string) { s := testserver.Postgres(t); return s.URL(), s.Addr },
	} {
		t.Run(name, func(t *testing.T) {
			where, addr := start(t)
			link := testserver.LinkTo(t, addr)
			where = strings.Replace(where, addr, link.Addr, 1)
			w := startWiki(t, "--sessions", where)
			anna := w.client(t)
			anna.signUp("Anna")
			link.Freeze()
			anna.get("/wiki/Welcome").has(t, 200, "Welcome", "Signing in is not possible at the moment")
			w.client(t).get("/wiki/Welcome").has(t, 200, "Welcome", "Join") // nobody has to be asked
			anna.save("Welcome", "1", "typed for an hour").has(t, http.StatusServiceUnavailable, "typed for an hour</textarea>")
			anna.get("/devices").has(t, http.StatusServiceUnavailable, "Incident")
			link.Thaw()
			anna.save("Welcome", "1", "typed for an hour").has(t, http.StatusSeeOther)
			anna.get("/devices").has(t, 200, "nowhere else")
		})
	}
}

// What a reader who is signed in sees of that.
func TestSessionsOutageInBrowser(t *testing.T) {
	redis := testserver.Redis(t)
	link := testserver.LinkTo(t, redis.Addr)
	w := startWiki(t, "--sessions", "redis://"+link.Addr)
	anna := newPerson(t)
	anna.signUp(w, "Anna")
	link.Freeze()
	anna.goTo(w.url + "/wiki/Welcome")
	anna.sees("h1", "Welcome")
	anna.sees(".who", "not possible at the moment")
	anna.shoot("27-outage")
	link.Thaw()
	anna.goTo(w.url + "/devices")
	anna.sees(".who", "Anna")
}

// A second wiki on the folder of the first says which file that one holds, and leaves
// it in peace.
func TestTwoWikisOnOneFolder(t *testing.T) {
	w := startWiki(t)
	anna := w.client(t)
	anna.signUp("Anna")
	out, err := exec.Command(w.bin, "--listen", "http://localhost:0", "--data", w.data).CombinedOutput()
	if err == nil {
		t.Error("it started")
	}
	for _, want := range []string{filepath.Join(w.data, "sessions.db"), "another process", "--data FOLDER", "--sessions cookie"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if !anna.signedIn() {
		t.Error("the first one suffers")
	}
}
