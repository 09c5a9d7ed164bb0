package auth

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// ScopeText is a scope and what it means to people.
type ScopeText struct {
	Name string // as [Scope] asks for it
	Text string // a few words: "Read your notes"
}

// FormKind says which form a [Form] is.
type FormKind string

// The kinds of forms, with the fields that each has. A field "do" is the value of the button.
const (
	LoginForm    FormKind = "login"    // name, password, remember, next
	LogoutForm   FormKind = "logout"   // next; do: "everywhere", or nothing
	SignUpForm   FormKind = "signup"   // name, email, password, next
	CodeForm     FormKind = "code"     // code, next
	ForgotForm   FormKind = "forgot"   // name
	ResetForm    FormKind = "reset"    // token, name (for password managers), password
	ConfirmForm  FormKind = "confirm"  // token
	EmailForm    FormKind = "email"    // email
	PasswordForm FormKind = "password" // name (for password managers), current, password
	FactorForm   FormKind = "factor"   // code; do: "set", "codes", "remove"
	TokensForm   FormKind = "tokens"   // do: "new" with label, days and scope (several), "revoke" with id
)

// Form is what a page is made from. The form on it is sent with POST to the address
// it came from, as application/x-www-form-urlencoded, with the fields that its Kind
// names. For password managers the inputs bear autocomplete="username",
// "current-password", "new-password" for one to be chosen, and "one-time-code".
type Form struct {
	Kind    FormKind // which form it is
	Name    string   // what was entered as name, to be shown again; or whose page it is
	Email   string   // what was entered as address, or the user's
	Next    string   // the value of the hidden field "next", and where to go when it is Done
	Problem string   // what was wrong with the last try, a sentence for people; "" at first
	Field   string   // the field that Problem is about; "" for all
	Minimum int      // the least number of characters of a new password
	Done    bool     // it is over, well or with a Problem: the page says so and has no form

	AskEmail      bool // there is a field for an address
	AskRemember   bool // there is a box "keep me signed in"
	Remember      bool // which was ticked
	AskEverywhere bool // there is a button to sign out on all devices

	Token string // the value of the hidden field "token"

	HasFactor     bool          // the user has a second factor
	RecoveryCodes int           // how many recovery codes are left; a CodeForm that is Done says it to whoever has just used one
	Key           string        // of a second factor to be set up, as text
	URI           string        // the same for an app to read
	Picture       template.HTML // the same drawn, where Pages.QR is set
	NewRecovery   []string      // new recovery codes, shown this once

	Tokens   []Secret    // the user's tokens
	Scopes   []ScopeText // what a new one can be limited to
	NewToken string      // one that was made, shown this once
	Label    string      // what was entered for one that could not be made
	Days     int         // for how long; 0: for ever

	LoginURL  string // the login page, with next; "" where there is none to go to
	SignUpURL string // the sign-up page, with next; "" where there is none to go to
	ForgotURL string // where another password can be had; "" where it cannot
	FactorURL string // where new recovery codes can be had; "" where they cannot
}

// form returns an unfilled form for r. The Guard's settings have been read.
func (p *Pages) form(r *http.Request, kind FormKind) Form {
	f := Form{Kind: kind, Next: p.Guard.Next(r), Minimum: p.Accounts.Policy.MinimumLength(), Days: defaultDays}
	if login := p.Guard.set.Load().loginPath; login != "" && kind != LoginForm {
		f.LoginURL = p.withNext(r, login)
	}
	switch kind {
	case LoginForm:
		f.AskRemember = p.session().Remember != nil
		f.ForgotURL = p.ForgotPath
		if p.SignUpPath != "" {
			f.SignUpURL = p.withNext(r, p.SignUpPath)
		}
	case SignUpForm:
		f.AskEmail = p.Mailer != nil
	case CodeForm:
		f.FactorURL = p.FactorPath
	}
	return f
}

// withNext is a link to another page, which leads on where this one would.
func (p *Pages) withNext(r *http.Request, to string) string {
	next := p.Guard.Next(r)
	if next == p.Guard.set.Load().home {
		return to
	}
	return withNext(to, next)
}

// withNext adds next to a link.
func withNext(to, next string) string { return withQuery(to, "next", next) }

func withQuery(to, name, value string) string {
	sep := "?"
	if strings.Contains(to, "?") {
		sep = "&"
	}
	return to + sep + name + "=" + url.QueryEscape(value)
}
