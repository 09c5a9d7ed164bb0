package auth_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/password"
)

// site is a small application with the ready-made pages, for one browser.
type site struct {
	accounts *auth.Accounts
	count    *counter
	state    *state
	guard    *auth.Guard
	pages    *auth.Pages
	http.Handler
}

func newSite(t *testing.T) *site {
	s := &site{state: &state{}}
	s.accounts, s.count = newCounted(t, "ada", "correct horse")
	s.guard = &auth.Guard{
		Schemes:   []auth.Scheme{&auth.Session{From: s.state.from, Users: s.accounts.Users}},
		Optional:  true,
		LoginPath: "/login",
	}
	s.pages = &auth.Pages{Guard: s.guard, Accounts: s.accounts, SignUpPath: "/signup"}
	mux := http.NewServeMux()
	mux.Handle("/{$}", who{})
	mux.Handle("/private", s.guard.Require()(who{}))
	mux.Handle("/login", s.pages.Login())
	mux.Handle("/logout", s.pages.Logout())
	mux.Handle("/signup", s.pages.SignUp())
	s.Handler = s.guard.Wrap(mux)
	return s
}

func postForm(t *testing.T, url string, fields url.Values, header ...string) *http.Request {
	r := outgoing(t, "POST", url, header...)
	body := fields.Encode()
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// From a page that wants somebody, through the login page, back, and out again.
func TestPagesRoundTrip(t *testing.T) {
	s := newSite(t)
	onServers(t, s, func(t *testing.T, c *http.Client, base string) {
		resp, _ := send(t, c, outgoing(t, "GET", base+"/private", "Accept", "text/html"))
		to := resp.Header.Get("Location")
		if resp.StatusCode != 303 || to != "/login?next=%2Fprivate" {
			t.Fatalf("%d %s", resp.StatusCode, to)
		}
		resp, page := send(t, c, outgoing(t, "GET", base+to))
		for _, want := range []string{`name="next" value="/private"`, `autocomplete="username"`, `autocomplete="current-password"`, `href="/signup?next=%2Fprivate"`} {
			if resp.StatusCode != 200 || !strings.Contains(page, want) {
				t.Errorf("login page %d lacks %s", resp.StatusCode, want)
			}
		}
		resp, _ = send(t, c, postForm(t, base+"/login", url.Values{"name": {"ada"}, "password": {"correct horse"}, "next": {"/private"}}))
		if resp.StatusCode != 303 || resp.Header.Get("Location") != "/private" || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("login: %d %v", resp.StatusCode, resp.Header)
		}
		if _, body := send(t, c, outgoing(t, "GET", base+"/private")); body != "ada" {
			t.Errorf("afterwards: %s", body)
		}
		if resp, page = send(t, c, outgoing(t, "GET", base+"/logout")); resp.StatusCode != 200 || !strings.Contains(page, `method="post"`) {
			t.Errorf("GET /logout: %d", resp.StatusCode)
		}
		if _, body := send(t, c, outgoing(t, "GET", base+"/")); body != "ada" {
			t.Errorf("GET /logout signed out")
		}
		if resp, _ = send(t, c, outgoing(t, "POST", base+"/logout")); resp.StatusCode != 303 || resp.Header.Get("Location") != "/" {
			t.Errorf("logout: %d %v", resp.StatusCode, resp.Header)
		}
		if _, body := send(t, c, outgoing(t, "GET", base+"/")); body != "nobody" {
			t.Errorf("after logout: %s", body)
		}
	})
}

// spec 16, 21: signing up, with what can go wrong in it.
func TestSignUp(t *testing.T) {
	s := newSite(t)
	s.accounts.Policy = password.Policy{}
	onServers(t, s, func(t *testing.T, c *http.Client, base string) {
		resp, page := send(t, c, outgoing(t, "GET", base+"/signup?next=%2Fprivate"))
		for _, want := range []string{`minlength="15"`, `autocomplete="new-password"`, `At least 15 characters`, `href="/login?next=%2Fprivate"`} {
			if !strings.Contains(page, want) {
				t.Errorf("sign-up page %d lacks %s", resp.StatusCode, want)
			}
		}
		for _, tt := range []struct{ name, pass, want string }{
			{"ada", "tigers like blue tea", "has that name already"},
			{"grace", "too short", "at least 15 characters"},
			{"gracehopper", "gracehoppergracehopper", "others would guess"},
			{"grace", strings.Repeat("x y z ", 200), "too long"},
			{"a:b", "tigers like blue tea", "not possible"},
			{`"><script>`, "short", `value="&#34;&gt;&lt;script&gt;"`},
		} {
			resp, page := send(t, c, postForm(t, base+"/signup", url.Values{"name": {tt.name}, "password": {tt.pass}}))
			if resp.StatusCode != 422 || !strings.Contains(page, tt.want) || strings.Contains(page, tt.pass) {
				t.Errorf("%s: %d, want 422 with %q, without the password:\n%s", tt.name, resp.StatusCode, tt.want, page)
			}
		}
		name := "grace " + strings.ReplaceAll(t.Name(), "/", " ")
		renewed := s.state.renewed
		resp, _ = send(t, c, postForm(t, base+"/signup", url.Values{"name": {name}, "password": {"tigers like blue tea"}, "next": {"/private"}}))
		if resp.StatusCode != 303 || resp.Header.Get("Location") != "/private" || s.state.renewed != renewed+1 {
			t.Errorf("sign-up: %d %v", resp.StatusCode, resp.Header)
		}
		if _, body := send(t, c, outgoing(t, "GET", base+"/private")); body != name {
			t.Errorf("afterwards: %s", body)
		}
	})
}

// The answer to a wrong login says the same, whatever was wrong.
func TestWrongLogin(t *testing.T) {
	s := newSite(t)
	_ = s.accounts.Users.Create(t.Context(), auth.User{Name: "disabled", Hash: hashOf(t, s.accounts, "correct horse"), Disabled: true})
	s.count.reset()
	onServers(t, s, func(t *testing.T, c *http.Client, base string) {
		for _, tt := range []struct{ name, pass string }{
			{"ada", "wrong"},
			{"grace", "wrong"},
			{"disabled", "correct horse"},
			{"a\x00\xff", "wrong"},
			{"ada", strings.Repeat("x", 2000)},
		} {
			s.count.reset()
			resp, page := send(t, c, postForm(t, base+"/login", url.Values{"name": {tt.name}, "password": {tt.pass}, "next": {"//evil.example"}}))
			if resp.StatusCode != 422 || !strings.Contains(page, "The name or the password is not right") || !strings.Contains(page, `name="next" value="/"`) {
				t.Errorf("%q: %d %s", tt.name, resp.StatusCode, page)
			}
			if n := s.count.all.Load(); n != 1 {
				t.Errorf("%q: %d operations, want 1", tt.name, n)
			}
		}
	})
	if s.state.renewed != 0 {
		t.Error("a session was renewed")
	}
}

// spec 25.
func TestPagesCannotBeFramedOrStored(t *testing.T) {
	s := newSite(t)
	onServers(t, s, func(t *testing.T, c *http.Client, base string) {
		for _, r := range []*http.Request{
			outgoing(t, "GET", base+"/login"),
			outgoing(t, "HEAD", base+"/login"),
			outgoing(t, "GET", base+"/logout"),
			outgoing(t, "GET", base+"/signup"),
			postForm(t, base+"/login", url.Values{"name": {"ada"}, "password": {"wrong"}}),
		} {
			resp, _ := send(t, c, r)
			csp := resp.Header.Get("Content-Security-Policy")
			if !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "default-src 'none'") || resp.Header.Get("X-Frame-Options") != "DENY" {
				t.Errorf("%s: policy %q", r.URL.Path, csp)
			}
			if cc := resp.Header.Get("Cache-Control"); cc != "no-store" {
				t.Errorf("%s: Cache-Control %q", r.URL.Path, cc)
			}
		}
	})
}

// spec 25, of every page in every state that there is without a script.
func TestPagesHeaders(t *testing.T) {
	w := newWorld(t)
	w.accounts.Throttle = lenient()
	w.address(t, "ada")
	onServers(t, w, func(t *testing.T, c *http.Client, base string) {
		b := newBrowser(t, c.Transport, base)
		b.signIn("ada").is(303)
		reset, _, _ := w.accounts.BeginReset(t.Context(), "ada")
		for _, tt := range []struct {
			path   string
			fields []string
			status int
		}{
			{"/login", []string{"name", "ada", "password", "wrong"}, 422},
			{"/logout", nil, 0},
			{"/signup", []string{"name", "ada", "password", "wrong", "email", "ada@example.org"}, 422},
			{"/forgot", []string{"name", "ada"}, 200},
			{"/reset?token=" + reset, []string{"token", reset, "password", "short"}, 422},
			{"/reset?token=x", []string{"token", "x"}, 410},
			{"/confirm?token=x", []string{"token", "x"}, 410},
			{"/password", []string{"current", "wrong", "password", "tigers like tea"}, 422},
			{"/email", []string{"email", "wrong"}, 422},
			{"/factor", []string{"do", "set", "code", "wrong"}, 422},
			{"/tokens", []string{"do", "new"}, 422},
		} {
			answers := []*answered{b.get(tt.path), b.do("HEAD", tt.path, nil)}
			if tt.fields != nil {
				answers = append(answers, b.post(tt.path, tt.fields...).is(tt.status))
			}
			for _, a := range answers {
				for name, want := range map[string]string{
					"Cache-Control": "no-store", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
					"Referrer-Policy": "strict-origin", "Content-Type": "text/html; charset=utf-8",
				} {
					if got := a.h.Get(name); got != want {
						t.Errorf("%s %d: %s %q, want %q", tt.path, a.code, name, got, want)
					}
				}
				if csp := a.h.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "default-src 'none'") {
					t.Errorf("%s %d: policy %q", tt.path, a.code, csp)
				}
			}
		}
	})
}

func TestPagesBadInput(t *testing.T) {
	s := newSite(t)
	onServers(t, s, func(t *testing.T, c *http.Client, base string) {
		form := func(kind, body string) *http.Request {
			r := outgoing(t, "POST", base+"/login", "Content-Type", kind)
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
			return r
		}
		const urlencoded = "application/x-www-form-urlencoded"
		s.count.reset()
		for _, tt := range []struct {
			name   string
			r      *http.Request
			status int
			header string
		}{
			{"another method", outgoing(t, "PUT", base+"/login"), 405, "Allow"},
			{"an empty form", outgoing(t, "POST", base+"/login"), 422, ""},
			{"no password", form(urlencoded, "name=ada"), 422, ""},
			{"no name", form(urlencoded, "password=x"), 422, ""},
			{"too large", form(urlencoded, "name="+strings.Repeat("x", 70<<10)), 413, ""},
			{"not percent-encoded", form(urlencoded, "name=%zz&password=x"), 400, ""},
			{"JSON", form("application/json", `{"name":"ada"}`), 415, ""},
			{"multipart", form("multipart/form-data; boundary=x", "--x--"), 415, ""},
			{"no type", form("", "name=ada&password=x"), 415, ""},
			{"with a charset", form(urlencoded+"; charset=UTF-8", "name=ada"), 422, ""},
		} {
			resp, _ := send(t, c, tt.r)
			if resp.StatusCode != tt.status || tt.header != "" && resp.Header.Get(tt.header) == "" {
				t.Errorf("%s: %d %v, want %d", tt.name, resp.StatusCode, resp.Header, tt.status)
			}
		}
		if n := s.count.all.Load(); n != 0 {
			t.Errorf("%d operations", n)
		}
	})
}

func TestPagesBusyAndDown(t *testing.T) {
	s := newSite(t)
	right := url.Values{"name": {"ada"}, "password": {"correct horse"}}
	hasher := &password.Hasher{Memory: 8, Time: 1, InsecureCost: true, Workers: 1, Queue: -1}
	s.accounts.Hasher = hasher
	permit, err := hasher.Enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for path, fields := range map[string]url.Values{"/login": right, "/signup": {"name": {"grace"}, "password": {"tigers like tea"}}} {
		if w := answer(s, postForm(t, path, fields)); w.Code != 503 || w.Header().Get("Retry-After") != "1" {
			t.Errorf("%s, busy: %d %v", path, w.Code, w.Header())
		}
	}
	permit.Leave()
	s.state.fail = errStore
	for path, fields := range map[string]url.Values{"/login": right, "/logout": nil} {
		if w := answer(s, postForm(t, path, fields)); w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s, session down: %d %v", path, w.Code, w.Header())
		}
	}
}

func TestPagesMisconfiguration(t *testing.T) {
	s := newSite(t)
	panics(t, "auth: Pages.Login: Pages.Guard is nil", func() { (&auth.Pages{Accounts: s.accounts}).Login() })
	basic := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: s.accounts}}}
	panics(t, "auth: Pages.SignUp: no Session among Pages.Guard.Schemes", func() { (&auth.Pages{Guard: basic, Accounts: s.accounts}).SignUp() })
	panics(t, "auth: Pages.Logout: Pages.Accounts is nil", func() { (&auth.Pages{Guard: s.guard}).Logout() })
	panics(t, "auth: Pages.SignUp: Pages.SignUpPath", func() {
		(&auth.Pages{Guard: s.guard, Accounts: s.accounts, SignUpPath: "//x"}).SignUp()
	})
	for _, tt := range []struct {
		want   string
		change func(*auth.Pages)
		method func(*auth.Pages) http.Handler
	}{
		{"auth: Pages.Code: Pages.CodePath is not set", func(p *auth.Pages) { p.CodePath = "" }, (*auth.Pages).Code},
		{"auth: Pages.Factor: Pages.CodePath is not set", func(p *auth.Pages) { p.CodePath = "" }, (*auth.Pages).Factor},
		{"auth: Pages.Login: Pages.CodePath is not a path", func(p *auth.Pages) { p.CodePath = "code" }, (*auth.Pages).Login},
		{"auth: Pages.Login: Pages.FactorPath is not a path", func(p *auth.Pages) { p.FactorPath = "https://x" }, (*auth.Pages).Login},
		{"auth: Pages.Login: Pages.ForgotPath is not a path", func(p *auth.Pages) { p.ForgotPath = `/\x` }, (*auth.Pages).Login},
		{"auth: Pages.Login: Pages.ResetPath is not a path", func(p *auth.Pages) { p.ResetPath = "/ x" }, (*auth.Pages).Login},
		{"auth: Pages.Login: Pages.PasswordPath is not a path", func(p *auth.Pages) { p.PasswordPath = "//x" }, (*auth.Pages).Login},
		{"auth: Pages.WellKnown: Pages.PasswordPath is not a path", func(p *auth.Pages) { p.PasswordPath = "//x" }, (*auth.Pages).WellKnown},
		{"auth: Pages.WellKnown: Pages.PasswordPath is not set", func(p *auth.Pages) { p.PasswordPath = "" }, (*auth.Pages).WellKnown},
		{"auth: Pages.Forgot: Pages.Mailer is not set", func(p *auth.Pages) { p.Mailer = nil }, (*auth.Pages).Forgot},
		{"auth: Pages.Forgot: Pages.ResetPath is not set", func(p *auth.Pages) { p.ResetPath = "" }, (*auth.Pages).Forgot},
		{"auth: Pages.Email: Pages.Mailer is not set", func(p *auth.Pages) { p.Mailer = nil }, (*auth.Pages).Email},
		{"auth: Pages.SignUp: Pages.ConfirmPath is not set", func(p *auth.Pages) { p.ConfirmPath = "" }, (*auth.Pages).SignUp},
		{`auth: Pages.SignUp: Pages.Origin "" is not like`, func(p *auth.Pages) { p.Origin = "" }, (*auth.Pages).SignUp},
		{`auth: Pages.SignUp: Pages.Origin "notes.example" is not like`, func(p *auth.Pages) { p.Origin = "notes.example" }, (*auth.Pages).SignUp},
		{"auth: Pages.SignUp: Pages.Origin", func(p *auth.Pages) { p.Origin = "https://notes.example/" }, (*auth.Pages).SignUp},
		{"auth: Pages.SignUp: Pages.Origin", func(p *auth.Pages) { p.Origin = "https://notes.example?" }, (*auth.Pages).SignUp},
		{"auth: Pages.SignUp: Pages.Origin", func(p *auth.Pages) { p.Origin = "https://ada@notes.example" }, (*auth.Pages).SignUp},
		{"auth: Pages.SignUp: Pages.Origin", func(p *auth.Pages) { p.Origin = "ftp://notes.example" }, (*auth.Pages).SignUp},
		{"auth: Pages.SignUp: Pages.Site is not one line", func(p *auth.Pages) { p.Site = "Notes\r\nBcc: all@example.org" }, (*auth.Pages).SignUp},
		{`auth: Pages.Tokens: Pages.Scopes: "a b" is no scope`, func(p *auth.Pages) { p.Scopes = []auth.ScopeText{{Name: "a b"}} }, (*auth.Pages).Tokens},
		{"auth: Pages.Password: the Session among Pages.Guard.Schemes has no Users", noUsers, (*auth.Pages).Password},
		{"auth: Pages.Reset: the Session among Pages.Guard.Schemes has no Users", noUsers, (*auth.Pages).Reset},
	} {
		p := *newWorld(t).pages
		tt.change(&p)
		panics(t, tt.want, func() { tt.method(&p) })
	}
	unwired := &auth.Pages{Guard: &auth.Guard{Schemes: []auth.Scheme{&auth.Session{}}}, Accounts: s.accounts}
	if w := answer(unwired.Login(), request("GET", "/login")); w.Code != 500 {
		t.Errorf("a Guard that cannot work: %d, want 500", w.Code)
	}
}

func noUsers(p *auth.Pages) {
	p.Guard = &auth.Guard{Schemes: []auth.Scheme{&auth.Session{}}}
}
