package e2e_test

import (
	"context"
	"fmt"
	htmltemplate "html/template"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
	"github.com/surcoat/surcoat/middleware"
	"github.com/surcoat/surcoat/middleware/auth"
	hashing "github.com/surcoat/surcoat/middleware/auth/password"
	"github.com/surcoat/surcoat/middleware/auth/totp"
	"github.com/surcoat/surcoat/middleware/session"
)

// notes is a small site with every page of auth.Pages.
type notes struct {
	url      string
	accounts *auth.Accounts
	pages    *auth.Pages
	mu       sync.Mutex
	letters  []auth.Mail
}

// Mail implements auth.Mailer.
func (n *notes) Mail(_ context.Context, m auth.Mail) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.letters = append(n.letters, m)
	return nil
}

var linkInMail = regexp.MustCompile(`(?m)^http\S+$`)

// link is the one in the latest letter to an address.
func (n *notes) link(t *testing.T, to string) string {
	t.Helper()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		n.mu.Lock()
		letters := n.letters
		n.mu.Unlock()
		if len(letters) > 0 && letters[len(letters)-1].To == to {
			return linkInMail.FindString(letters[len(letters)-1].Text)
		}
	}
	t.Fatalf("no letter to %s", to)
	return ""
}

// startNotes serves it at http://localhost. insecure makes cookies travel over http from
// other hosts as well.
func startNotes(t *testing.T, insecure bool) *notes {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &notes{url: "http://localhost:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port)}
	n.accounts = &auth.Accounts{
		Users: &auth.MemoryUsers{}, Hasher: &hashing.Hasher{Memory: 64, Time: 1, InsecureCost: true},
		Logger: slog.New(slog.DiscardHandler), DeviceCookie: auth.DeviceCookie{InsecureCookie: insecure},
	}
	guard := &auth.Guard{
		Schemes: []auth.Scheme{
			&auth.Bearer{Accounts: n.accounts},
			&auth.Session{Users: n.accounts.Users, Remember: &auth.Remember{Accounts: n.accounts, InsecureCookie: insecure}},
		},
		Optional: true, LoginPath: "/login",
	}
	n.pages = &auth.Pages{
		Guard: guard, Accounts: n.accounts, Mailer: n, Origin: n.url, Site: "Notes",
		SignUpPath: "/signup", CodePath: "/code", ForgotPath: "/forgot", ResetPath: "/reset", ConfirmPath: "/confirm",
		PasswordPath: "/password", FactorPath: "/factor",
		Scopes: []auth.ScopeText{{Name: "notes:read", Text: "Read my notes"}, {Name: "notes:write", Text: "Write and change my notes, and make new ones"}},
	}
	drawn := *n.pages
	drawn.QR = chessboard
	mux := http.NewServeMux()
	for path, h := range map[string]http.Handler{
		"/login": n.pages.Login(), "/logout": n.pages.Logout(), "/signup": n.pages.SignUp(), "/code": n.pages.Code(),
		"/forgot": n.pages.Forgot(), "/reset": n.pages.Reset(), "/confirm": n.pages.Confirm(), "/password": n.pages.Password(),
		"/email": n.pages.Email(), "/factor": n.pages.Factor(), "/tokens": n.pages.Tokens(), "/drawn": drawn.Factor(),
		"/.well-known/change-password": n.pages.WellKnown(), "/private": guard.Require()(http.HandlerFunc(greet)),
	} {
		mux.Handle(path, h)
	}
	mux.HandleFunc("/{$}", greet)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /age", age)
	stack := middleware.Stack{
		Session: &session.Manager{Cookie: session.Cookie{InsecureCookie: insecure}, Events: func(context.Context, session.Event) {}},
		Auth:    guard,
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: stack.Chain().Then(mux), ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}}
	s.Start()
	t.Cleanup(s.Close)
	return n
}

func greet(w http.ResponseWriter, r *http.Request) {
	name := "nobody"
	if id, ok := auth.From(r.Context()); ok {
		name = id.Subject
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Notes</title><main><h1>Notes</h1><p id="who">%s</p></main>`, htmltemplate.HTMLEscapeString(name))
}

// age makes the present sign-in eleven minutes old.
func age(w http.ResponseWriter, r *http.Request) {
	s := session.From(r.Context())
	value, err := s.Value("auth.login")
	part := strings.SplitN(value, " ", 3)
	if err == nil && len(part) == 3 {
		part[1] = strconv.FormatInt(time.Now().Add(-11*time.Minute).Unix(), 10)
		err = s.SetValue("auth.login", strings.Join(part, " "))
	}
	_, _ = io.WriteString(w, fmt.Sprint(err))
}

// chessboard stands in for what draws the address.
func chessboard(string) (htmltemplate.HTML, error) {
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200" viewBox="0 0 8 8" role="img" aria-label="QR code"><path d="`)
	for i := range 64 {
		if (i/8+i)%2 == 0 {
			fmt.Fprintf(&b, "M%d %dh1v1h-1z", i%8, i/8)
		}
	}
	b.WriteString(`"/></svg>`)
	return htmltemplate.HTML(b.String()), nil
}

// account adds somebody with a confirmed address.
func (n *notes) account(t *testing.T, name string) {
	t.Helper()
	if _, err := n.accounts.Create(t.Context(), name, password); err != nil {
		t.Fatal(err)
	}
	err := n.accounts.Users.Update(t.Context(), name, func(u *auth.User) error {
		u.Email, u.Confirmed = name+"@example.org", true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// factor gives somebody a second factor, whose next code is good.
func (n *notes) factor(t *testing.T, name string) (key totp.Key, recovery []string) {
	t.Helper()
	key = totp.NewKey()
	recovery, err := n.accounts.SetFactor(t.Context(), name, key, key.Code(totp.Step(time.Now())-1))
	if err != nil {
		t.Fatal(err)
	}
	return key, recovery
}

func codeNow(key totp.Key) string { return key.Code(totp.Step(time.Now())) }

// fields fills a form in by the ids of its fields, and sends it, also where the browser would
// rather not.
func (p *person) send(button string, fields ...string) {
	p.t.Helper()
	for i := 0; i+1 < len(fields); i += 2 {
		p.set("#"+fields[i], fields[i+1])
	}
	p.run(chromedp.Evaluate[chromedp.Void](`for (const f of document.forms) f.noValidate = true`))
	p.follow(button)
}

// enter signs somebody in as far as the password goes.
func (p *person) enter(n *notes, name string) {
	p.t.Helper()
	p.goTo(n.url + "/login")
	p.send("main button", "name", name, "password", password)
}

// is fails the test unless this one is signed in.
func (p *person) is(n *notes, name string) {
	p.t.Helper()
	p.goTo(n.url + "/")
	if got := p.text("#who"); got != name {
		p.t.Errorf("%s is signed in, want %s", got, name)
	}
}

func (p *person) landed(url string) {
	p.t.Helper()
	if got := p.location(); got != url {
		p.t.Errorf("at %s, want %s\n%s", got, url, p.text("body"))
	}
}

// quit closes the browser, as its window's button does.
func (p *person) quit() {
	p.t.Helper()
	if err := chromedp.Cancel(p.ctx); err != nil {
		p.t.Fatal(err)
	}
}

// console listens to what the browser has to complain of, other than a status.
func (p *person) console() func() []string {
	p.t.Helper()
	var mu sync.Mutex
	var said []string
	err := chromedp.Listen(p.ctx, func(ev any) {
		if e, ok := ev.(*log.EventEntryAdded); ok && string(e.Entry.Source) != "network" {
			mu.Lock()
			defer mu.Unlock()
			said = append(said, fmt.Sprint(e.Entry.Source, " ", e.Entry.Level, ": ", e.Entry.Text))
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return func() []string { mu.Lock(); defer mu.Unlock(); return said }
}
