package auth_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/totp"
	"github.com/surcoat/surcoat/middleware/session"
)

// postbox is a Mailer that keeps what it is given.
type postbox struct {
	mu      sync.Mutex
	letters []auth.Mail
	send    func(context.Context) error // nil: works
}

func (p *postbox) Mail(ctx context.Context, m auth.Mail) error {
	if p.send != nil {
		if err := p.send(ctx); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letters = append(p.letters, m)
	return nil
}

func (p *postbox) all() []auth.Mail {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]auth.Mail(nil), p.letters...)
}

// letter waits for the nth letter.
func (p *postbox) letter(t *testing.T, n int) auth.Mail {
	t.Helper()
	for range 5000 {
		if all := p.all(); len(all) >= n {
			return all[n-1]
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("there is no letter %d", n)
	return auth.Mail{}
}

var linkIn = regexp.MustCompile(`(?m)^(\S+://[^/\s]+)(/\S+)$`)

// link waits for the nth letter and returns the path of the link in it.
func (p *postbox) link(t *testing.T, n int) string {
	t.Helper()
	m := linkIn.FindStringSubmatch(p.letter(t, n).Text)
	if m == nil || m[1] != origin {
		t.Fatalf("no link to %s in\n%s", origin, p.letter(t, n).Text)
	}
	return m[2]
}

const origin = "https://notes.example"

// world is a site with all pages, real sessions and many browsers.
type world struct {
	accounts *auth.Accounts
	users    *brittle
	count    *counter
	guard    *auth.Guard
	session  *auth.Session
	pages    *auth.Pages
	mail     *postbox
	log      *syncBuffer
	fail     map[string]bool // what a session fails at: "Value", "SetValue auth.login", "Renew", "Destroy"
	http.Handler
}

// brittle is a store that is down at times, for reading or for writing.
type brittle struct {
	auth.Users
	mu               sync.Mutex
	deaf, mute, wait bool
	first            func() // runs before the next Lookup
}

func (b *brittle) is(what *bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return *what
}

func (b *brittle) set(what *bool, to bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*what = to
}

func (b *brittle) Lookup(ctx context.Context, name string) (auth.User, error) {
	if b.is(&b.wait) {
		<-ctx.Done()
		return auth.User{}, ctx.Err()
	}
	b.mu.Lock()
	first := b.first
	b.first = nil
	b.mu.Unlock()
	if first != nil {
		first()
	}
	if b.is(&b.deaf) {
		return auth.User{}, errStore
	}
	return b.Users.Lookup(ctx, name)
}

func (b *brittle) Update(ctx context.Context, name string, change func(*auth.User) error) error {
	if b.is(&b.mute) {
		return errStore
	}
	return b.Users.Update(ctx, name, change)
}

// syncBuffer is a log.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// failing is a session that fails at what its world says.
type failing struct {
	auth.State
	w *world
}

func (f failing) err(what string) error {
	if f.w.fail[what] {
		return errStore
	}
	return nil
}

func (f failing) Value(name string) (string, error) {
	if err := f.err("Value"); err != nil {
		return "", err
	}
	return f.State.Value(name)
}

func (f failing) SetValue(name, value string) error {
	if err := f.err("SetValue " + name); err != nil {
		return err
	}
	return f.State.SetValue(name, value)
}

func (f failing) Renew(ctx context.Context, subject string) error {
	if err := f.err("Renew"); err != nil {
		return err
	}
	return f.State.Renew(ctx, subject)
}

func (f failing) Destroy(ctx context.Context) error {
	if err := f.err("Destroy"); err != nil {
		return err
	}
	return f.State.Destroy(ctx)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{mail: &postbox{}, log: &syncBuffer{}, fail: map[string]bool{}}
	w.accounts, w.count = newCounted(t, "ada", "correct horse")
	w.users = &brittle{Users: w.accounts.Users}
	w.accounts.Users = w.users
	w.accounts.Logger = slog.New(slog.NewTextHandler(w.log, nil))
	w.session = &auth.Session{
		Users: w.users, Remember: &auth.Remember{Accounts: w.accounts},
		From: func(ctx context.Context) auth.State {
			if s := session.From(ctx); s != nil {
				return failing{s, w}
			}
			return nil
		},
	}
	w.guard = &auth.Guard{
		Schemes:  []auth.Scheme{&auth.Bearer{Accounts: w.accounts}, w.session},
		Optional: true, LoginPath: "/login",
	}
	w.pages = &auth.Pages{
		Guard: w.guard, Accounts: w.accounts, Mailer: w.mail, Origin: origin, Site: "Notes",
		SignUpPath: "/signup", CodePath: "/code", ForgotPath: "/forgot", ResetPath: "/reset", ConfirmPath: "/confirm",
		PasswordPath: "/password", FactorPath: "/factor",
		Scopes: []auth.ScopeText{{Name: "read", Text: "Read notes"}, {Name: "write", Text: "Write notes"}},
	}
	mux := http.NewServeMux()
	for path, h := range map[string]http.Handler{
		"/login": w.pages.Login(), "/logout": w.pages.Logout(), "/signup": w.pages.SignUp(), "/code": w.pages.Code(),
		"/forgot": w.pages.Forgot(), "/reset": w.pages.Reset(), "/confirm": w.pages.Confirm(), "/password": w.pages.Password(),
		"/email": w.pages.Email(), "/factor": w.pages.Factor(), "/tokens": w.pages.Tokens(),
		"/.well-known/change-password": w.pages.WellKnown(),
		"/{$}":                         who{}, "/private": w.guard.Require()(who{}),
		"/read": w.guard.Require(auth.Scope("read"))(who{}), "/write": w.guard.Require(auth.Scope("write"))(who{}),
	} {
		mux.Handle(path, h)
	}
	mux.HandleFunc("/draft", func(rw http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		if r.Method == http.MethodPost {
			_ = s.SetValue("draft", "a secret of "+r.FormValue("of"))
		}
		draft, _ := s.Value("draft")
		fmt.Fprint(rw, draft)
	})
	mux.HandleFunc("/methods", func(rw http.ResponseWriter, r *http.Request) {
		id, _ := auth.From(r.Context())
		fmt.Fprint(rw, strings.Join(id.Methods, " "), ", ", time.Since(id.Time).Round(time.Minute))
	})
	mux.HandleFunc("/filed", func(rw http.ResponseWriter, r *http.Request) {
		fmt.Fprint(rw, session.From(r.Context()).Subject())
	})
	mux.HandleFunc("POST /as", func(rw http.ResponseWriter, r *http.Request) { // a way to sign in of the site's own
		if err := w.guard.Login(rw, r, auth.Identity{Subject: r.FormValue("name")}); err != nil {
			t.Error(err)
		}
	})
	w.Handler = middleware.Stack{Session: &session.Manager{Events: func(context.Context, session.Event) {}}, Auth: w.guard}.Chain().Then(mux)
	return w
}

// user adds somebody whose password is "correct horse".
func (w *world) user(t *testing.T, u auth.User) {
	t.Helper()
	ada, _ := w.users.Users.Lookup(t.Context(), "ada")
	u.Hash = ada.Hash
	if err := w.users.Create(t.Context(), u); err != nil {
		t.Fatal(err)
	}
}

func (w *world) lookup(t *testing.T, name string) auth.User {
	t.Helper()
	u, err := w.users.Users.Lookup(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (w *world) update(t *testing.T, name string, change func(*auth.User)) {
	t.Helper()
	if err := w.users.Users.Update(t.Context(), name, func(u *auth.User) error { change(u); return nil }); err != nil {
		t.Fatal(err)
	}
}

// factor gives a user a second factor. Its codes are of the past: the next is good.
func (w *world) factor(t *testing.T, name string) (key totp.Key, recovery []string) {
	t.Helper()
	key = totp.NewKey()
	recovery, err := w.accounts.SetFactor(t.Context(), name, key, key.Code(totp.Step(time.Now())-1))
	if err != nil {
		t.Fatal(err)
	}
	return key, recovery
}

// address gives a user one that is confirmed.
func (w *world) address(t *testing.T, name string) {
	w.update(t, name, func(u *auth.User) { u.Email, u.Confirmed = name+"@example.org", true })
}

// direct hands requests to a handler without a server, so that time can be made to pass.
type direct struct{ h http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	in := httptest.NewRequest(r.Method, r.URL.String(), r.Body)
	in.Header, in.ContentLength = r.Header.Clone(), r.ContentLength
	rec := httptest.NewRecorder()
	d.h.ServeHTTP(rec, in)
	return rec.Result(), nil
}

// browser is one with cookies, that follows no redirect.
type browser struct {
	t   *testing.T
	c   *http.Client
	url string
}

func (w *world) browser(t *testing.T) *browser {
	return newBrowser(t, direct{w}, origin)
}

func newBrowser(t *testing.T, transport http.RoundTripper, url string) *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{t, &http.Client{
		Transport: transport, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, url}
}

// answered is a response that was read.
type answered struct {
	t    *testing.T
	code int
	h    http.Header
	body string
}

func (b *browser) do(method, path string, fields []string, header ...string) *answered {
	b.t.Helper()
	var body io.Reader
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := b.c.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return &answered{b.t, resp.StatusCode, resp.Header, string(text)}
}

func (b *browser) get(path string) *answered { b.t.Helper(); return b.do("GET", path, nil) }

func (b *browser) post(path string, fields ...string) *answered {
	b.t.Helper()
	return b.do("POST", path, fields)
}

func (b *browser) signIn(name string, more ...string) *answered {
	b.t.Helper()
	return b.post("/login", append([]string{"name", name, "password", "correct horse"}, more...)...)
}

// who is signed in.
func (b *browser) who() string { b.t.Helper(); return b.get("/").body }

func (b *browser) wantWho(want string) {
	b.t.Helper()
	if got := b.who(); got != want {
		b.t.Errorf("%s is signed in, want %s", got, want)
	}
}

// cookie returns one that the browser holds, "" for none.
func (b *browser) cookie(name string) string {
	u, _ := url.Parse(b.url)
	for _, c := range b.c.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// plant gives b the cookie that another browser holds.
func (b *browser) plant(name, value string) {
	u, _ := url.Parse(b.url)
	b.c.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/", Secure: true}})
}

// is fails the test unless the status is this, and all texts are in the page or, of a
// redirect, are where it leads.
func (a *answered) is(code int, texts ...string) *answered {
	a.t.Helper()
	in := a.body
	if code/100 == 3 {
		in = a.h.Get("Location")
	}
	for _, text := range texts {
		if a.code == code && code/100 == 3 && in != text || !strings.Contains(in, text) {
			a.t.Errorf("%q is not in: %d %s", text, a.code, in)
		}
	}
	if a.code != code {
		a.t.Errorf("%d %s, want %d\n%s", a.code, a.h.Get("Location"), code, a.body)
	}
	return a
}

// lacks fails the test if a text is in the page.
func (a *answered) lacks(texts ...string) *answered {
	a.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			a.t.Errorf("%q is in:\n%s", text, a.body)
		}
	}
	return a
}

// field returns the value of a hidden field.
func (a *answered) field(name string) string {
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(a.body)
	if m == nil {
		return ""
	}
	return m[1]
}

func next(key totp.Key) string { return key.Code(totp.Step(time.Now())) }

// middlewareOf puts the layers of a world around another handler.
func middlewareOf(w *world, h http.Handler) http.Handler {
	return middleware.Stack{Session: &session.Manager{}, Auth: w.guard}.Chain().Then(h)
}
