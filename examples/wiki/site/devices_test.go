package site_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/sessions"

	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/session"
)

const (
	firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
	safari  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1"
)

// signIn is the form that signs somebody in who has signed up.
func (v *visitor) signIn(name, agent string, more ...string) answer {
	v.t.Helper()
	form := url.Values{"name": {name}, "password": {"a few words in a row"}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return v.do("POST", "/login", form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "User-Agent", agent)
}

// signedIn says whether the wiki still knows the visitor.
func (v *visitor) signedIn() bool {
	v.t.Helper()
	return v.get("/edit/A").StatusCode == http.StatusOK
}

var handles = regexp.MustCompile(`name="device" value="([^"]+)"`)

// others are the handles that the page offers to sign out, in its order.
func (a answer) others() (all []string) {
	for _, m := range handles.FindAllStringSubmatch(a.body, -1) {
		all = append(all, m[1])
	}
	return all
}

func TestDevices(t *testing.T) {
	w := open(t, false)
	here := w.visitor("Anna")
	here.get("/devices").is(200, "nowhere else", "this device").lacks("Sign out everywhere else", `name="device"`)

	phone, desk := w.visitor(""), w.visitor("")
	phone.signIn("Anna", safari).leads("/")
	desk.signIn("anna", firefox).leads("/") // a name is the same in any case
	list := here.get("/devices").is(200, "Safari on iPhone", "Firefox on Linux", "this device", "Sign out everywhere else")
	if n := len(list.others()); n != 2 || strings.Count(list.body, "this device") != 1 {
		t.Fatalf("%d other devices\n%s", n, list.body)
	}
	if cached := list.Header.Get("Cache-Control"); cached != "no-store" {
		t.Errorf("Cache-Control is %q", cached)
	}

	// One of them is signed out at once, and no other.
	handle := list.handle(t, "Safari on iPhone")
	here.post("/devices", url.Values{"device": {handle}}).leads("/devices")
	here.get("/devices").is(200, "Safari on iPhone is signed out.", "Firefox on Linux")
	if phone.signedIn() || !desk.signedIn() || !here.signedIn() {
		t.Errorf("signed in: phone %t, desk %t, here %t", phone.signedIn(), desk.signedIn(), here.signedIn())
	}
	here.post("/devices", url.Values{"device": {handle}}).leads("/devices")
	here.get("/devices").is(200, "not signed in any more")

	// All others are.
	phone.signIn("Anna", safari).leads("/")
	here.post("/devices", url.Values{"others": {"all"}}).leads("/devices")
	here.get("/devices").is(200, "signed out everywhere else", "nowhere else")
	if phone.signedIn() || desk.signedIn() || !here.signedIn() {
		t.Errorf("signed in: phone %t, desk %t, here %t", phone.signedIn(), desk.signedIn(), here.signedIn())
	}
	if desk.signIn("Anna", firefox); !desk.signedIn() {
		t.Error("whoever signs in afterwards is signed out too")
	}
}

// handle returns the handle of the device with that name.
func (a answer) handle(t *testing.T, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(a.body, ">"+name+"<")
	m := handles.FindStringSubmatch(rest)
	if !ok || m == nil {
		t.Fatalf("no %s with a button:\n%s", name, a.body)
	}
	return m[1]
}

func (a answer) lacks(texts ...string) answer {
	a.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			a.t.Errorf("%s: %q is in the answer:\n%s", a.name, text, a.body)
		}
	}
	return a
}

// Nobody signs out anybody else, by whatever handle, nor does another site.
func TestDevicesOfOthers(t *testing.T) {
	w := open(t, false)
	anna, ben := w.visitor("Anna"), w.visitor("Ben")
	second := w.visitor("")
	second.signIn("Anna", safari)
	handle := anna.get("/devices").handle(t, "Safari on iPhone")
	ben.get("/devices").is(200).lacks(handle, "Safari")
	for _, h := range []string{handle, "", "x", strings.Repeat("A", 4000), "\x00"} {
		ben.post("/devices", url.Values{"device": {h}}).leads("/devices")
		ben.get("/devices").is(200, "not signed in any more")
	}
	ben.post("/devices", url.Values{"others": {"all"}}).leads("/devices")
	form := url.Values{"others": {"all"}}.Encode()
	anna.do("POST", "/devices", form, "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example").is(403)
	if !second.signedIn() || !anna.signedIn() || !ben.signedIn() {
		t.Error("somebody was signed out")
	}
	w.visitor("").get("/devices").leads("/login?next=%2Fdevices")
	if a := w.visitor("").post("/devices", url.Values{"others": {"all"}}); a.StatusCode < 300 {
		t.Errorf("a stranger may: %s", a.Status)
	}
	anna.do("POST", "/devices", "{}", "Content-Type", "application/json").is(415)

	// The handle of the very session that asks has no button, and ends it all the same.
	own := second.get("/devices")
	for _, h := range anna.get("/devices").others() {
		if !slices.Contains(own.others(), h) {
			second.post("/devices", url.Values{"device": {h}}).leads("/devices")
		}
	}
	if second.signedIn() || !anna.signedIn() {
		t.Error("the wrong one was signed out")
	}
}

// The list has an end, and whoever is asking is always in it.
func TestManyDevices(t *testing.T) {
	memory := &session.Memory{}
	w := openOn(t, session.NewServerStore(memory))
	v := w.visitor("Anna")
	w.visitor("").signIn("Anna", safari)
	var other session.Record
	for r, err := range memory.List(t.Context(), "Anna") {
		if err != nil {
			t.Fatal(err)
		}
		if other.Data == "" || strings.Contains(r.Data, "Safari") {
			other = r
		}
	}
	for i := range 60 { // and copies of it, which were used later than the present one
		r := other
		r.Version, r.Expires = 0, other.Expires.Add(time.Minute)
		if _, err := memory.Save(t.Context(), session.ID{byte(i + 1)}, r); err != nil {
			t.Fatal(err)
		}
	}
	list := v.get("/devices").is(200, "this device", "12 more are not shown")
	if n, here := strings.Count(list.body, "<li>"), strings.Count(list.body, "this device"); n != 50 || here != 1 {
		t.Errorf("%d are shown, and %d are the present one", n, here)
	}
}

// On the cookie store, which knows no list, people are told so and can be signed out
// everywhere else.
func TestDevicesUnlisted(t *testing.T) {
	keys, err := session.OpenKeyring(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	w := openOn(t, session.NewCookieStore(keys))
	here, there := w.visitor("Anna"), w.visitor("")
	there.signIn("Anna", safari)
	here.get("/devices").is(200, "keeps no list of them", "Sign out everywhere else").lacks("Safari", `name="device"`)
	here.post("/devices", url.Values{"device": {"x"}}).is(409, "cannot sign out one device alone")
	here.post("/devices", url.Values{"others": {"all"}}).leads("/devices")
	here.get("/devices").is(200, "signed out everywhere else")
	if there.signedIn() || !here.signedIn() {
		t.Errorf("signed in: there %t, here %t", there.signedIn(), here.signedIn())
	}
	// That is so in any other process, and the next one, too.
	second := startOn(t, w.folder, false, session.NewCookieStore(keys))
	for _, v := range []*visitor{here, there} {
		c := v.cookies()
		v.url = second.server.URL
		v.client.Transport = second.server.Client().Transport
		v.setCookies(c)
	}
	if there.signedIn() || !here.signedIn() {
		t.Errorf("signed in with the other process: there %t, here %t", there.signedIn(), here.signedIn())
	}
	if there.signIn("Anna", safari); !there.signedIn() {
		t.Error("whoever signs in afterwards is signed out too")
	}
}

// cookies are what the visitor sends, setCookies gives it to them.
func (v *visitor) cookies() []*http.Cookie { return v.client.Jar.Cookies(v.parsed()) }

func (v *visitor) setCookies(cookies []*http.Cookie) {
	for _, c := range cookies {
		c.Path, c.Secure = "/", true
	}
	v.client.Jar.SetCookies(v.parsed(), cookies)
}

func (v *visitor) parsed() *url.URL {
	v.t.Helper()
	u, err := url.Parse(v.url)
	if err != nil {
		v.t.Fatal(err)
	}
	return u
}

func openOn(t *testing.T, store sessions.Store) *wiki {
	t.Helper()
	folder, err := disk.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return startOn(t, folder, false, store)
}

// Who asks for it is kept signed in when the browser ends; who does not, is not, also
// after having asked for it the time before.
func TestKeepMeSignedIn(t *testing.T) {
	w := open(t, false)
	v := w.visitor("Anna")
	cookie := func(a answer) *http.Cookie {
		t.Helper()
		i := slices.IndexFunc(a.Cookies(), func(c *http.Cookie) bool { return c.Name == "__Host-session" })
		if i < 0 {
			t.Fatalf("%s: no cookie", a.name)
		}
		return a.Cookies()[i]
	}
	if c := cookie(v.signIn("Anna", firefox)); c.MaxAge != 0 || !c.Expires.IsZero() {
		t.Errorf("not asked to: %v", c)
	}
	if c := cookie(v.signIn("Anna", firefox, "keep", "yes")); c.MaxAge < 119*24*60*60 {
		t.Errorf("asked to: %v", c)
	}
	if c := cookie(v.signIn("Anna", firefox)); c.MaxAge != 0 {
		t.Errorf("not asked to any more: %v", c)
	}
	const checked = `value="yes" checked>`
	v.get("/login").is(200, "Keep me signed in").lacks(checked)
	v.signIn("Anna", firefox, "keep", "yes", "password", "a wrong one of hers").is(422, checked)
	if c := cookie(w.visitor("").post("/signup", url.Values{"name": {"Ben"}, "password": {"a few words in a row"}, "keep": {"yes"}})); c.MaxAge == 0 {
		t.Errorf("asked to at sign-up: %v", c)
	}
}

// outage is a backend that can be made to fail.
type outage struct {
	session.Memory
	down atomic.Bool
}

var errOutage = errors.New("secret words of the database")

func (o *outage) Load(ctx context.Context, id session.ID) (session.Record, error) {
	if o.down.Load() {
		return session.Record{}, errOutage
	}
	return o.Memory.Load(ctx, id)
}

func (o *outage) List(ctx context.Context, subject string) iter.Seq2[session.Record, error] {
	if o.down.Load() {
		return func(yield func(session.Record, error) bool) { yield(session.Record{}, errOutage) }
	}
	return o.Memory.List(ctx, subject)
}

// While the sessions cannot be had, pages can be read, nothing typed is lost, and what
// needs the session says so; afterwards everybody is still signed in.
func TestSessionsDown(t *testing.T) {
	backend := &outage{}
	w := openOn(t, session.NewServerStore(backend))
	w.page("A", "one")
	v := w.visitor("Anna")
	backend.down.Store(true)
	v.get("/wiki/A").is(200, "one", "Signing in is not possible at the moment").lacks("Join")
	a := v.save("A", "1", "typed for an hour").is(503, "so this was not saved", "typed for an hour</textarea>")
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	for _, path := range []string{"/devices", "/edit/A"} {
		if a := v.get(path).is(503); !cgitrace.Enabled {
			a.lacks("secret words")
		}
	}
	backend.down.Store(false)
	v.get("/devices").is(200, "Anna")
	v.save("A", "1", "typed for an hour").leads("/wiki/A")
}

// A list that fails where the session itself does not.
func TestListDown(t *testing.T) {
	backend := &unlistable{}
	w := openOn(t, session.NewServerStore(backend))
	v := w.visitor("Anna")
	for _, a := range []answer{v.get("/devices"), v.post("/devices", url.Values{"device": {"x"}}), v.post("/devices", url.Values{"others": {"all"}})} {
		if a.is(503); a.Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", a.name)
		}
	}
	if !v.signedIn() {
		t.Error("signed out")
	}
}

type unlistable struct{ session.Memory }

func (*unlistable) List(context.Context, string) iter.Seq2[session.Record, error] {
	return func(yield func(session.Record, error) bool) {
		yield(session.Record{}, fmt.Errorf("timeout"))
	}
}

func (*unlistable) Revoke(context.Context, string, ...session.ID) error { return errOutage }
