package auth

import (
	"html/template"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Pages makes the handlers by which people sign in, out and up, and look after their
// accounts, with pages that need no script:
//
//	pages := &auth.Pages{Guard: guard, Accounts: accounts}
//	mux.Handle("/login", pages.Login())
//	mux.Handle("/logout", pages.Logout())
//	mux.Handle("/signup", pages.SignUp())
//
// Each takes GET, for its form, and POST; it refuses a form that another site sent,
// cannot be framed and is never stored by a cache. They belong inside the session layer,
// and inside a Guard only where that is Optional. Those of somebody who is signed in ask for
// it by themselves.
//
// A page leads to another only where the path of that is set here.
type Pages struct {
	// Guard signs people in. nil is refused.
	Guard *Guard

	// Accounts checks passwords and creates accounts. nil is refused.
	Accounts *Accounts

	// SignUpPath, if set, is where SignUp is served, for a link on the login page.
	SignUpPath string

	// CodePath is where Code is served: the second step of signing in. It must be set
	// where users can have a second factor; who has one cannot sign in without.
	CodePath string

	// ForgotPath, if set, is where Forgot is served, for a link on the login page.
	ForgotPath string

	// ResetPath and ConfirmPath are where Reset and Confirm are served: links in mail lead
	// there.
	ResetPath, ConfirmPath string

	// PasswordPath is where Password is served, for [Pages.WellKnown].
	PasswordPath string

	// Mailer sends the links. nil: none are sent, SignUp asks for no address, and Forgot
	// and Email cannot be made.
	Mailer Mailer

	// Origin is what links in mail begin with: "https://example.org". What a request says
	// about its host is no substitute: strangers could have links to a host of theirs sent
	// (https://owasp.org/www-project-web-security-testing-guide, host header injection).
	Origin string

	// Site is what the site is called, in mail and in authenticator apps. "": the host of
	// Origin, or "this site".
	Site string

	// Compose writes the mail of a kind with its link. nil: a few lines in English.
	Compose func(kind SecretKind, u User, link string) Mail

	// QR draws the address of a second factor for the camera of a phone, as inline SVG or
	// an img with a data: URL. nil: the key is shown as text, to be typed.
	QR func(uri string) (template.HTML, error)

	// Scopes are what the page of tokens offers to limit a token to. None: tokens may do
	// what their users may.
	Scopes []ScopeText

	// Render, if set, writes a page for f to w, as HTML, in place of the built-in one,
	// so that the forms can stand in one's own layout. The status and the headers are
	// set by the handler; a policy of one's own may be added to w's header by a layer
	// outside. Where it fails, the answer is 500. [Form] says what a form needs.
	Render func(w io.Writer, r *http.Request, f Form) error
}

// ScopeText is a scope and what it means to people.
type ScopeText struct{ Name, Text string }

// FormKind says which form a [Form] is.
type FormKind string

// The kinds of forms, with the fields that each has. A field "do" is the value of the button.
const (
	LoginForm    FormKind = "login"    // name, password, remember, next
	LogoutForm   FormKind = "logout"   // next
	SignUpForm   FormKind = "signup"   // name, email, password, next
	CodeForm     FormKind = "code"     // code, next
	ForgotForm   FormKind = "forgot"   // name
	ResetForm    FormKind = "reset"    // token, password
	ConfirmForm  FormKind = "confirm"  // token
	EmailForm    FormKind = "email"    // email
	PasswordForm FormKind = "password" // current, password
	FactorForm   FormKind = "factor"   // do: "set" with code, "codes", "remove"
	TokensForm   FormKind = "tokens"   // do: "new" with label, days and scope (several), "revoke" with id
)

// Form is what a page is made from. The form on it is sent with POST to the address
// it came from, as application/x-www-form-urlencoded, with the fields that its Kind
// names. For password managers the inputs bear autocomplete="username",
// "current-password", "new-password" for one to be chosen, and "one-time-code".
type Form struct {
	Kind    FormKind // which form it is
	Name    string   // what was entered as name, to be shown again; or who is signed in
	Email   string   // what was entered as address, or the user's
	Next    string   // the value of the hidden field "next"
	Problem string   // what was wrong with the last try, a sentence for people; "" at first
	Field   string   // the field that Problem is about; "" for all
	Minimum int      // the least number of characters of a new password
	Done    bool     // it is done: the page says so and has no form

	AskEmail    bool // there is a field for an address
	AskRemember bool // there is a box "keep me signed in"

	Token string // the value of the hidden field "token"

	// Of a second factor: whether the user has one, with how many recovery codes. If not,
	// the key to be set up, as text, as address, and drawn where Pages.QR is set.
	HasFactor     bool
	RecoveryCodes int
	Key, URI      string
	Picture       template.HTML
	NewRecovery   []string // shown this once

	// Of tokens: those there are, what they can be limited to, and a new one, shown this
	// once.
	Tokens   []Secret
	Scopes   []ScopeText
	NewToken string

	LoginURL  string // the login page, with next; "" where there is none to go to
	SignUpURL string // the sign-up page, with next; "" where there is none to go to
	ForgotURL string // where another password can be had; "" where it cannot
}

// handler looks for the Session scheme and leaves the Guard's fields unread otherwise, as
// Guard.Require does: middleware.Stack may not have wired it yet.
func (p *Pages) handler(method string, what page) http.Handler {
	if p.Guard == nil {
		panic("auth: Pages." + method + ": Pages.Guard is nil")
	}
	if !slices.ContainsFunc(p.Guard.Schemes, func(s Scheme) bool { _, ok := s.(*Session); return ok }) {
		panic("auth: Pages." + method + ": no Session among Pages.Guard.Schemes, which is where a login is kept; add &auth.Session{…}")
	}
	if p.Accounts == nil {
		panic("auth: Pages." + method + ": Pages.Accounts is nil")
	}
	if err := p.Accounts.check(); err != nil {
		panic(err.Error())
	}
	for field, path := range map[string]string{
		"SignUpPath": p.SignUpPath, "CodePath": p.CodePath, "ForgotPath": p.ForgotPath, "ResetPath": p.ResetPath,
		"ConfirmPath": p.ConfirmPath, "PasswordPath": p.PasswordPath,
	} {
		if path != "" && !local(path) {
			panic("auth: Pages." + method + ": Pages." + field + " is not a path on this origin")
		}
	}
	if p.Mailer != nil {
		if err := p.checkMail(); err != nil {
			panic("auth: Pages." + method + ": " + err.Error())
		}
	}
	return &pageHandler{page: what, pages: *p, letters: make(chan struct{}, letters)}
}

// require panics where a field that a page cannot do without is not set.
func require(method, field string, set bool) {
	if !set {
		panic("auth: Pages." + method + ": Pages." + field + " is not set")
	}
}

// session returns the Guard's Session scheme.
func (p *Pages) session() *Session {
	for _, scheme := range p.Guard.Schemes {
		if s, ok := scheme.(*Session); ok {
			return s
		}
	}
	return nil // handler has looked
}

// form returns an unfilled form for r. The Guard's settings have been read.
func (p *Pages) form(r *http.Request, kind FormKind) Form {
	next, login := p.Guard.Next(r), p.Guard.set.Load().loginPath
	f := Form{Kind: kind, Next: next, Minimum: p.Accounts.Policy.MinimumLength()}
	switch kind {
	case LoginForm:
		f.AskRemember = p.session().Remember != nil
		f.ForgotURL = p.ForgotPath
		if p.SignUpPath != "" {
			f.SignUpURL = withNext(p.SignUpPath, next)
		}
	case SignUpForm:
		f.AskEmail = p.Mailer != nil
		fallthrough
	default:
		if login != "" {
			f.LoginURL = withNext(login, next)
		}
	}
	return f
}

// withNext adds next to a link.
func withNext(to, next string) string {
	sep := "?"
	if strings.Contains(to, "?") {
		sep = "&"
	}
	return to + sep + "next=" + url.QueryEscape(next)
}
