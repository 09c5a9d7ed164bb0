package site_test

import (
	"html"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/examples/wiki/people"
	"github.com/surcoat/surcoat/examples/wiki/site"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/totp"
	"github.com/surcoat/surcoat/middleware/session"
)

// openWith is open with another configuration.
func openWith(t *testing.T, changes ...func(*site.Config)) *wiki {
	t.Helper()
	folder, err := disk.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return startOn(t, folder, false, session.NewServerStore(&session.Memory{}), changes...)
}

// administrator is a visitor who looks after accounts.
func (w *wiki) administrator(name string) *visitor {
	w.t.Helper()
	v := w.visitor(name)
	if err := w.people.Appoint(w.t.Context(), name); err != nil {
		w.t.Fatal(err)
	}
	return v
}

// does presses a button on the page of an account.
func (v *visitor) does(name, what string) answer {
	v.t.Helper()
	return v.post("/admin/users/"+url.PathEscape(name), url.Values{"do": {what}})
}

// Only administrators see who has joined, and only they do anything about it.
func TestUsersAreForAdministrators(t *testing.T) {
	w := openWith(t)
	anna, ben, stranger := w.administrator("Anna"), w.visitor("Ben"), w.visitor("")
	before := map[string]auth.User{}
	for _, name := range []string{"Anna", "Ben"} {
		before[name], _ = w.people.Lookup(t.Context(), name)
	}
	anna.get("/").is(302, "")
	anna.get("/wiki/Nothing").is(404, `href="/admin/users"`)
	ben.get("/wiki/Nothing").is(404).lacks("/admin/users")
	for _, path := range []string{"/admin/users", "/admin/users/Anna", "/admin/users/Nobody"} {
		ben.get(path).is(403).lacks("Anna")
		stranger.get(path).leads("/login?next=" + url.QueryEscape(path))
	}
	for do := range strings.FieldsSeq("disable enable signout factor promote demote link") {
		ben.does("Anna", do).is(403)
		ben.does("Ben", do).is(403)
		if a := stranger.does("Anna", do); a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), "/login") {
			t.Errorf("%s of a stranger: %d", do, a.StatusCode)
		}
		anna.do("POST", "/admin/users/Ben", "do="+do, "Content-Type", "application/x-www-form-urlencoded",
			"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example").is(403)
	}
	if u, err := w.people.Lookup(t.Context(), "Ben"); err != nil || u.Disabled || u.Generation != before["Ben"].Generation || len(u.Roles) > 0 || len(u.Secrets) > 0 {
		t.Errorf("%+v, %v", u, err)
	}
	if u, err := w.people.Lookup(t.Context(), "Anna"); err != nil || u.Disabled || u.Generation != before["Anna"].Generation || len(u.Roles) != 1 {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestUsers(t *testing.T) {
	w := openWith(t)
	anna, ben := w.administrator("Anna"), w.visitor("Ben")
	anna.get("/admin/users").is(200, "Anna", "administrator", "Ben", "2 accounts.", "joined")
	anna.get("/admin/users?name=B").is(200, "Ben", "One account.").lacks(`/admin/users/Anna"`)
	anna.get("/admin/users?name=x").is(200, "No name begins like that")
	anna.get("/admin/users?from=-7").is(200, "2 accounts.")
	anna.get("/admin/users?from=99").is(200)
	anna.get("/admin/users/Nobody").is(404, "No such account")
	anna.does("Nobody", "disable").is(404, "No such account")
	anna.does("Ben", "").is(400, "What shall be done")
	anna.does("Anna", "demote").is(409, "your own account")
	anna.does("anna", "disable").is(409, "your own account")
	anna.get("/admin/users/Anna").is(200, "This is you").lacks("<button name")

	anna.does("Ben", "signout").leads("/admin/users/Ben")
	anna.get("/admin/users/Ben").is(200, "Ben is signed out everywhere.")
	if ben.signedIn() {
		t.Error("signed out, and still here")
	}
	ben.signIn("Ben", firefox).leads("/")
	anna.does("ben", "disable").leads("/admin/users/Ben")
	anna.get("/admin/users/Ben").is(200, "the account is disabled").lacks(`value="signout"`)
	if ben.signedIn() {
		t.Error("disabled, and still here")
	}
	ben.signIn("Ben", firefox).is(422, "not right")
	anna.does("Ben", "link").is(409, "Enable it first")
	anna.does("Ben", "enable").leads("/admin/users/Ben")
	if ben.signedIn() {
		t.Error("what ended is back")
	}
	ben.signIn("Ben", firefox).leads("/")

	anna.does("Ben", "promote").leads("/admin/users/Ben")
	ben.get("/admin/users").is(200, "Anna") // at once
	ben.does("Anna", "demote").leads("/admin/users/Anna")
	anna.get("/admin/users").is(403)
	ben.does("Ben", "demote").is(409, "So there always is one")
}

// The pages of a long list lead to each other.
func TestUsersPaging(t *testing.T) {
	w := openWith(t)
	anna := w.administrator("Anna")
	for i := range 120 {
		name := "Person " + string(rune('a'+i/26)) + string(rune('a'+i%26))
		if err := w.people.Create(t.Context(), auth.User{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	anna.get("/admin/users?name=person").is(200, "1–50 of 120", `href="/admin/users?from=51&amp;name=person"`).lacks("Before")
	anna.get("/admin/users?name=person&from=51").is(200, "51–100 of 120", `href="/admin/users?name=person"`, `href="/admin/users?from=101&amp;name=person"`)
	anna.get("/admin/users?name=person&from=101").is(200, "101–120 of 120", "Before").lacks("More →")
}

var linkShown = regexp.MustCompile(`https://[^/]+(/reset\?token=[\w.-]+)`)

// A link for who has forgotten the password: shown once, good once, and it leaves no address
// behind that anything could be sent to.
func TestUsersLink(t *testing.T) {
	w := openWith(t)
	anna, ben := w.administrator("Anna"), w.visitor("Ben")
	page := anna.does("Ben", "link").is(200, "A link for Ben")
	m := linkShown.FindStringSubmatch(html.UnescapeString(page.body))
	if m == nil {
		t.Fatalf("no link:\n%s", page.body)
	}
	anna.get("/admin/users/Ben").is(200).lacks("token=")
	if u, _ := w.people.Lookup(t.Context(), "Ben"); u.Email != "" || u.Confirmed {
		t.Errorf("an address is kept: %+v", u)
	}
	stranger := w.visitor("")
	stranger.get(m[1]).is(200, "For <strong>Ben</strong>", `autocomplete="new-password"`)
	_, token, _ := strings.Cut(m[1], "=")
	form := url.Values{"token": {token}, "password": {"too short"}}
	stranger.post("/reset", form).is(422, "at least 15")
	form.Set("password", "other words in a row")
	stranger.post("/reset", form).is(200, "Your password is changed")
	stranger.post("/reset", form).is(410, "no longer good")
	if ben.signedIn() {
		t.Error("what began with the old password goes on")
	}
	ben.signIn("Ben", firefox, "password", "other words in a row").leads("/")
}

// Who signed in too long ago is asked again; what was sent meanwhile does nothing.
func TestUsersRecent(t *testing.T) {
	w := openWith(t, func(c *site.Config) { c.Recent = time.Nanosecond })
	anna := w.administrator("Anna")
	w.visitor("Ben")
	anna.get("/admin/users?name=b").leads("/login?next=%2Fadmin%2Fusers%3Fname%3Db")
	anna.get("/login?next=%2Fadmin%2Fusers").is(200, "Sign in again", `value="Anna"`)
	anna.do("POST", "/admin/users/Ben", "do=disable", "Content-Type", "application/x-www-form-urlencoded",
		"Referer", w.server.URL+"/admin/users/Ben").leads("/login?next=%2Fadmin%2Fusers%2FBen")
	if u, _ := w.people.Lookup(t.Context(), "Ben"); u.Disabled {
		t.Error("it was done all the same")
	}
	w.visitor("Cleo").get("/admin/users").is(403) // there is no use in asking her
}

// The first administrator is who has the link, and that once.
func TestFounder(t *testing.T) {
	w := openWith(t, func(c *site.Config) { c.Founder = "a/key" })
	link := site.FounderHref("a/key")
	for _, path := range []string{"/administrator", "/administrator?key=", "/administrator?key=a"} {
		w.visitor("").get(path).is(404, "no good")
	}
	w.visitor("").get(link).leads("/signup?next=" + url.QueryEscape(link))
	first := w.visitor("First") // to join is not enough
	first.get("/admin/users").is(403)
	first.post("/administrator", url.Values{"key": {"a"}}).is(404)
	w.visitor("").post("/administrator", url.Values{"key": {"a/key"}}).is(303) // to sign in

	anna := w.visitor("Anna")
	anna.get(link).is(200, "no administrator yet", "Anna", `value="a/key"`)
	anna.do("POST", "/administrator", "key=a%2Fkey", "Content-Type", "application/x-www-form-urlencoded",
		"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example").is(403)
	before := anna.cookie("__Host-session")
	anna.post("/administrator", url.Values{"key": {"a/key"}}).leads("/admin/users")
	if anna.cookie("__Host-session") == before {
		t.Error("the session can do more, with the secret that it had")
	}
	anna.get("/admin/users").is(200, "You are the administrator")
	first.get(link).is(404, "no good")
	first.post("/administrator", url.Values{"key": {"a/key"}}).is(404)
	first.get("/admin/users").is(403)

	none := openWith(t)
	none.visitor("Anna").get("/administrator?key=").is(404)
	none.visitor("Ben").post("/administrator", url.Values{"key": {""}}).is(404)
}

func (v *visitor) cookie(name string) string {
	v.t.Helper()
	u, err := url.Parse(v.url)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range v.client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	v.t.Fatalf("there is no cookie %s", name)
	return ""
}

var keyShown = regexp.MustCompile(`<code class="key">([^<]+)</code>`)

// What is asked for at the first step holds after the second: to be kept signed in, or not.
func TestKeepOverTwoSteps(t *testing.T) {
	w := openWith(t)
	anna := w.visitor("Anna")
	m := keyShown.FindStringSubmatch(anna.get("/factor").is(200, "<svg").body)
	if m == nil {
		t.Fatal("there is no key")
	}
	key, err := totp.ParseKey(m[1])
	if err != nil {
		t.Fatal(err)
	}
	page := anna.post("/factor", url.Values{"do": {"set"}, "code": {key.Code(totp.Step(time.Now()))}}).is(200, "recovery codes")
	codes := regexp.MustCompile(`<li><code>([^<]+)`).FindAllStringSubmatch(page.body, -1)
	for i, keep := range []string{"yes", ""} {
		v := w.visitor("")
		if a := v.signIn("Anna", firefox, "keep", keep); a.Header.Get("Location") != "/code" {
			t.Fatalf("the first step leads to %q", a.Header.Get("Location"))
		}
		if v.signedIn() {
			t.Error("the password is enough")
		}
		if got := strings.Contains(v.get("/code").is(200).body, `name="keep"`); got != (keep != "") {
			t.Errorf("keep is %q, and the second form has it: %t", keep, got)
		}
		v.post("/code", url.Values{"code": {"000000"}, "keep": {keep}}).is(422, "not right")
		done := v.post("/code", url.Values{"code": {codes[i][1]}, "keep": {keep}}).is(200, "recovery code")
		kept := false
		for _, c := range done.Cookies() {
			kept = kept || c.Name == "__Host-session" && c.MaxAge > 0
		}
		if kept != (keep != "") {
			t.Errorf("keep is %q, and it is kept: %t", keep, kept)
		}
		if !v.signedIn() {
			t.Error("both steps are not enough")
		}
	}
}

// What has ended by another password is not in the list of devices any more.
func TestPasswordEndsSessions(t *testing.T) {
	w := openWith(t)
	here, there := w.visitor("Anna"), w.visitor("")
	there.signIn("Anna", safari)
	here.get("/devices").is(200, "Safari on iPhone")
	here.post("/password", url.Values{"current": {"a few words in a row"}, "password": {"other words in a row"}}).is(200, "Your password is changed")
	here.get("/devices").is(200, "nowhere else").lacks("Safari on iPhone")
	if there.signedIn() || !here.signedIn() {
		t.Errorf("signed in: there %t, here %t", there.signedIn(), here.signedIn())
	}
	here.get("/.well-known/change-password").leads("/password")
}

// Guesses are limited by who the client is: behind a proxy that is trusted by what it says,
// and not by what anybody else says.
func TestGuessesBehindProxy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trusted []netip.Prefix
		shared  bool // one client's guesses at many accounts keep the other out
	}{
		"trusted":   {[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}, false},
		"untrusted": {nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := openWith(t, func(config *site.Config) { config.Proxies = c.trusted })
			w.visitor("Anna")
			login := func(from, name, pass string) answer {
				form := url.Values{"name": {name}, "password": {pass}}
				return w.visitor("").do("POST", "/login", form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "X-Forwarded-For", from)
			}
			last := 0
			for i := range 52 { // a network has fifty
				last = login("192.0.2.1", "nobody "+string(rune('a'+i/26))+string(rune('a'+i%26)), "a wrong one, of all things").StatusCode
			}
			if last != http.StatusTooManyRequests {
				t.Errorf("the last guess is answered %d", last)
			}
			want := http.StatusSeeOther
			if c.shared {
				want = http.StatusTooManyRequests
			}
			login("198.51.100.7", "Anna", "a few words in a row").is(want)
		})
	}
}

// A browser in which Anna has signed in is known to the next process, if that has the keys.
func TestKnownDeviceOutlivesProcess(t *testing.T) {
	keys := session.GenerateKey()
	first := openWith(t, func(c *site.Config) { c.Keys = keys })
	anna := first.visitor("Anna")
	device := anna.cookie("__Host-device")
	for name, c := range map[string]struct {
		keys string
		want int
	}{"same": {keys, 303}, "others": {session.GenerateKey(), 429}} {
		t.Run(name, func(t *testing.T) {
			w := startOn(t, first.folder, false, session.NewServerStore(&session.Memory{}), func(config *site.Config) { config.Keys = c.keys })
			stranger := w.visitor("")
			for range 10 {
				stranger.signIn("Anna", firefox, "password", "a guess of a stranger")
			}
			stranger.signIn("anna", firefox).is(429, "too many wrong tries") // even the right one
			form := url.Values{"name": {"Anna"}, "password": {"a few words in a row"}}
			w.visitor("").do("POST", "/login", form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Cookie", "__Host-device="+device).is(c.want)
		})
	}
}

var _ site.Users = (*people.Store)(nil)
