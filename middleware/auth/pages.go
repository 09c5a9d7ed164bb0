package auth

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Pages makes the handlers by which people sign in, out and up, with pages that need no
// script:
//
//	mux.Handle("/login", pages.Login())
//	mux.Handle("/logout", pages.Logout())
//	mux.Handle("/signup", pages.SignUp())
//
// Each takes GET, for its form, and POST; it refuses a form that another site sent,
// cannot be framed and is never stored by a cache. They belong inside the session layer,
// and inside a Guard only where that is Optional.
type Pages struct {
	// Guard signs people in. nil is refused.
	Guard *Guard

	// Accounts checks passwords and creates accounts. nil is refused.
	Accounts *Accounts

	// SignUpPath, if set, is where SignUp is served, for a link on the login page.
	SignUpPath string

	// Render, if set, writes a page for f to w, as HTML, in place of the built-in one,
	// so that the forms can stand in one's own layout. The status and the headers are
	// set by the handler; a policy of one's own may be added to w's header by a layer
	// outside. Where it fails, the answer is 500. [Form] says what a form needs.
	Render func(w io.Writer, r *http.Request, f Form) error
}

// FormKind says which form a [Form] is.
type FormKind string

// The kinds of forms.
const (
	LoginForm  FormKind = "login"  // fields name, password, next
	LogoutForm FormKind = "logout" // field next
	SignUpForm FormKind = "signup" // fields name, password, next
)

// Form is what a page is made from. The form on it is sent with POST to the address
// it came from, as application/x-www-form-urlencoded, with the fields that its Kind
// names. For password managers the inputs bear autocomplete="username" and
// "current-password", or "new-password" to sign up.
type Form struct {
	Kind      FormKind // which form it is
	Name      string   // what was entered as name, to be shown again
	Next      string   // the value of the hidden field "next"
	Problem   string   // what was wrong with the last try, a sentence for people; "" at first
	Field     string   // the field that Problem is about: "name", "password", or "" for both
	Minimum   int      // the least number of characters of a new password
	LoginURL  string   // the login page, with next; "" where there is none to go to
	SignUpURL string   // the sign-up page, with next; "" where there is none to go to
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
	if p.SignUpPath != "" && !local(p.SignUpPath) {
		panic("auth: Pages." + method + ": Pages.SignUpPath is not a path on this origin")
	}
	return &pageHandler{page: what, pages: *p}
}

// form returns an unfilled form for r. The Guard's settings have been read.
func (p *Pages) form(r *http.Request, kind FormKind) Form {
	next, login := p.Guard.Next(r), p.Guard.set.Load().loginPath
	f := Form{Kind: kind, Next: next, Minimum: p.Accounts.Policy.MinimumLength()}
	if login != "" && kind == SignUpForm {
		f.LoginURL = withNext(login, next)
	}
	if p.SignUpPath != "" && kind == LoginForm {
		f.SignUpURL = withNext(p.SignUpPath, next)
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
