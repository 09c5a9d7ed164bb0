package auth_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/surcoat/surcoat/middleware"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/session"
)

// All the pages: signing up with an address, lost passwords, a second factor, tokens for
// programs, and staying signed in.
func ExamplePages_everything() {
	accounts := exampleAccounts()
	guard := &auth.Guard{
		Schemes: []auth.Scheme{
			&auth.Bearer{Accounts: accounts},
			&auth.Session{Users: accounts.Users, Remember: &auth.Remember{Accounts: accounts}},
		},
		Optional:  true,
		LoginPath: "/login",
	}
	pages := &auth.Pages{
		Guard: guard, Accounts: accounts,
		Mailer: auth.InsecureLogMailer{}, Origin: "https://notes.example", Site: "Notes", // in production, one that sends
		SignUpPath: "/signup", CodePath: "/code", ForgotPath: "/forgot", ResetPath: "/reset", ConfirmPath: "/confirm",
		PasswordPath: "/account/password", FactorPath: "/account/factor",
		Scopes: []auth.ScopeText{{Name: "notes:read", Text: "Read my notes"}, {Name: "notes:write", Text: "Change my notes"}},
	}
	mux := http.NewServeMux()
	mux.Handle("/login", pages.Login())
	mux.Handle("/logout", pages.Logout())
	mux.Handle("/signup", pages.SignUp())
	mux.Handle("/code", pages.Code())
	mux.Handle("/forgot", pages.Forgot())
	mux.Handle("/reset", pages.Reset())
	mux.Handle("/confirm", pages.Confirm())
	mux.Handle("/account/password", pages.Password())
	mux.Handle("/account/email", pages.Email())
	mux.Handle("/account/factor", pages.Factor())
	mux.Handle("/account/tokens", pages.Tokens())
	mux.Handle("/.well-known/change-password", pages.WellKnown())
	mux.Handle("GET /notes", guard.Require(auth.Scope("notes:read"))(http.HandlerFunc(hello)))
	h := middleware.Stack{Session: &session.Manager{}, Auth: guard}.Chain().Then(mux)

	for _, path := range []string{"/notes", "/.well-known/change-password", "/account/password", "/account/tokens"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Accept", "text/html") // a person
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Println(path, w.Code, w.Header().Get("Location"))
	}
	// Output:
	// /notes 303 /login?next=%2Fnotes
	// /.well-known/change-password 302 /account/password
	// /account/password 303 /login?next=%2Faccount%2Fpassword
	// /account/tokens 303 /login?next=%2Faccount%2Ftokens
}

// A form in one's own layout: what went wrong, what was entered before, and where else to go
// are in the Form. Passwords are never in it.
func ExampleForm() {
	layout := template.Must(template.New("").Parse(`<h1>Notes</h1>
{{with .Problem}}<p id="problem">{{.}}</p>
{{end}}<form method="post">
<input type="hidden" name="next" value="{{.Next}}">
<input name="name" value="{{.Name}}" autocomplete="username"{{if .Problem}} aria-describedby="problem"{{end}}>
<input name="password" type="password" autocomplete="current-password">
{{if .AskRemember}}<input name="remember" type="checkbox"{{if .Remember}} checked{{end}}>
{{end}}</form>
{{with .ForgotURL}}<a href="{{.}}">Forgot?</a>
{{end}}`))
	accounts := exampleAccounts()
	pages := &auth.Pages{
		Guard: &auth.Guard{Schemes: []auth.Scheme{&auth.Session{
			From: (&state{}).from, Remember: &auth.Remember{Accounts: accounts},
		}}},
		Accounts: accounts, ForgotPath: "/forgot",
		Render: func(w io.Writer, _ *http.Request, f auth.Form) error {
			if f.Kind != auth.LoginForm {
				return fmt.Errorf("no page for %s", f.Kind)
			}
			return layout.Execute(w, f)
		},
	}
	form := url.Values{"name": {"ada"}, "password": {"wrong"}, "remember": {"1"}, "next": {"/notes"}}
	r := httptest.NewRequest("POST", "/login", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	pages.Login().ServeHTTP(w, r)
	fmt.Print(w.Code, " ", w.Body)
	// Output:
	// 422 <h1>Notes</h1>
	// <p id="problem">The name or the password is not right. Please try again.</p>
	// <form method="post">
	// <input type="hidden" name="next" value="/notes">
	// <input name="name" value="ada" autocomplete="username" aria-describedby="problem">
	// <input name="password" type="password" autocomplete="current-password">
	// <input name="remember" type="checkbox" checked>
	// </form>
	// <a href="/forgot">Forgot?</a>
}

// smtpMailer sends mail by a submission server (RFC 6409).
type smtpMailer struct {
	addr, user, password string // addr is host:587
	from                 string
}

// Mail implements auth.Mailer. smtp.SendMail would not mind ctx.
func (s smtpMailer) Mail(ctx context.Context, m auth.Mail) error {
	host, _, err := net.SplitHostPort(s.addr)
	if err != nil {
		return err
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return err
	}
	if err := c.StartTLS(&tls.Config{ServerName: host}); err != nil {
		return err
	}
	if err := c.Auth(smtp.PlainAuth("", s.user, s.password, host)); err != nil {
		return err
	}
	if err := c.Mail(s.from); err != nil {
		return err
	}
	if err := c.Rcpt(m.To); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(s.message(m)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return c.Quit()
}

// message is m as RFC 5322 has it. A Mail's fields hold no line ends that could add a header.
func (s smtpMailer) message(m auth.Mail) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\n",
		s.from, m.To, mime.QEncoding.Encode("utf-8", m.Subject), time.Now().Format(time.RFC1123Z))
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	w := quotedprintable.NewWriter(&b)
	_, _ = io.WriteString(w, m.Text) // a Buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// A Mailer for production, with nothing but the standard library.
func ExampleMailer() {
	var mailer auth.Mailer = smtpMailer{
		addr: "mail.example.org:587", user: "notes", password: os.Getenv("SMTP_PASSWORD"), from: "notes@example.org",
	}
	pages := &auth.Pages{Mailer: mailer, Origin: "https://notes.example", ConfirmPath: "/confirm" /* … */}
	fmt.Println(pages.Mailer != nil)
	// Output: true
}

// What a letter holds, shown in the log while a site is being built.
func ExampleInsecureLogMailer() {
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	_ = auth.InsecureLogMailer{Logger: log}.Mail(context.Background(), auth.Mail{To: "ada@example.org", Subject: "Hello", Text: "Are you well?"})
	// Output: level=INFO msg="mail, not sent: set a Mailer that does" to=ada@example.org subject=Hello text="Are you well?"
}

// Who ticked "keep me signed in" still is when the session has ended, here as its cookie has
// gone with the browser.
func ExampleRemember() {
	accounts := exampleAccounts()
	guard := &auth.Guard{
		Schemes: []auth.Scheme{&auth.Session{
			Users:    accounts.Users,
			Remember: &auth.Remember{Accounts: accounts, For: 60 * 24 * time.Hour},
		}},
		Optional: true, LoginPath: "/login",
	}
	pages := &auth.Pages{Guard: guard, Accounts: accounts}
	mux := http.NewServeMux()
	mux.Handle("/login", pages.Login())
	mux.HandleFunc("/", hello)
	h := middleware.Stack{Session: &session.Manager{}, Auth: guard}.Chain().Then(mux)

	form := url.Values{"name": {"ada"}, "password": {"correct horse battery"}, "remember": {"1"}}
	r := httptest.NewRequest("POST", "/login", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)

	r = httptest.NewRequest("GET", "/", nil)
	for _, c := range w.Result().Cookies() {
		if c.Name == "__Host-remember" {
			fmt.Println(c.Name, time.Duration(c.MaxAge)*time.Second)
			r.AddCookie(c)
		}
	}
	w = httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Print(w.Body)
	// Output:
	// __Host-remember 1440h0m0s
	// Hello, ada
}
