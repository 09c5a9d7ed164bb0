package auth

import (
	"cmp"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"slices"
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
// it by themselves. A page leads to another only where the path of that is set here.
//
// What can be guessed or costs others something is limited by [Accounts.Throttle]: names,
// passwords, codes, letters to one address, and accounts made from one network.
//
// Until all of a sign-in is proved, nothing changes: who was signed in before still is. Then
// the session of somebody else ends with all that was in it, and their device is no longer
// remembered.
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

	// FactorPath, if set, is where Factor is served, for a link where somebody has signed in
	// with a recovery code.
	FactorPath string

	// Mailer sends the links, after the response. What is on its way when the process ends is
	// lost, and can be asked for again. nil: none are sent, SignUp asks for no address, and
	// Forgot and Email cannot be made.
	Mailer Mailer

	// Origin is what links in mail begin with: "https://example.org". What a request says
	// about its host is no substitute: strangers could have links to a host of theirs sent
	// (https://owasp.org/www-project-web-security-testing-guide, host header injection).
	Origin string

	// Site is what the site is called, in mail and in authenticator apps. "": the host of
	// Origin, or "this site".
	Site string

	// Compose writes the mail of a kind ([ResetSecret], [ConfirmSecret]) with its link. nil: a
	// few lines in English. Whoever signs up chooses a name and an address, which may be
	// somebody else's: what a letter says of the name, they say.
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

// handler looks for the Session scheme and leaves the Guard's fields unread otherwise, as
// Guard.Require does: middleware.Stack may not have wired it yet.
func (p *Pages) handler(method string, what page) http.Handler {
	if p.Guard == nil {
		panic("auth: Pages." + method + ": Pages.Guard is nil; set it to the Guard of the site")
	}
	if !slices.ContainsFunc(p.Guard.Schemes, func(s Scheme) bool { _, ok := s.(*Session); return ok }) {
		panic("auth: Pages." + method + ": no Session among Pages.Guard.Schemes, which is where a login is kept; add &auth.Session{…}")
	}
	if p.Accounts == nil {
		panic("auth: Pages." + method + ": Pages.Accounts is nil; set it to &auth.Accounts{Users: …}")
	}
	if err := p.Accounts.check(); err != nil {
		panic(err.Error())
	}
	for _, of := range []struct{ field, path string }{
		{"SignUpPath", p.SignUpPath},
		{"CodePath", p.CodePath},
		{"ForgotPath", p.ForgotPath},
		{"ResetPath", p.ResetPath},
		{"ConfirmPath", p.ConfirmPath},
		{"PasswordPath", p.PasswordPath},
		{"FactorPath", p.FactorPath},
	} {
		if of.path != "" && !local(of.path) {
			panic("auth: Pages." + method + ": Pages." + of.field + " is not a path on this origin")
		}
	}
	for _, scope := range p.Scopes {
		if !scopeToken(scope.Name) {
			panic(fmt.Sprintf("auth: Pages.%s: Pages.Scopes: %q is no scope (RFC 6749 §3.3)", method, scope.Name))
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

// requireUsers panics where a page promises that sessions end, and none would.
func (p *Pages) requireUsers(method string) {
	if p.Guard != nil && p.session() != nil && p.session().Users == nil {
		panic("auth: Pages." + method + ": the Session among Pages.Guard.Schemes has no Users, so that a changed password would end no session; set it to those of Pages.Accounts")
	}
}

// session returns the Guard's Session scheme.
func (p *Pages) session() *Session {
	for _, scheme := range p.Guard.Schemes {
		if s, ok := scheme.(*Session); ok {
			return s
		}
	}
	return nil // handler looks
}

// site is what the site is called.
func (p *Pages) site() string {
	host := ""
	if u, err := url.Parse(p.Origin); err == nil {
		host = u.Host
	}
	return cmp.Or(p.Site, host, "this site")
}
