package site

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/surcoat/surcoat/examples/wiki/people"
	"github.com/surcoat/surcoat/examples/wiki/view"
	"github.com/surcoat/surcoat/middleware/auth"
)

const resetPath = "/reset"

// deed is something that an administrator can do about an account.
type deed struct {
	done string // what is said afterwards, with the name in front

	// change alters the account, in one step with a look at whether that is allowed. nil:
	// nothing is altered by that step.
	change func(*auth.User) error

	// then is done after it; nil: nothing.
	then func(*auth.Accounts, context.Context, string) error
}

var deeds = map[string]deed{
	"enable":  {"can sign in again.", func(u *auth.User) error { u.Disabled = false; return nil }, nil},
	"disable": {"is signed out and can no longer sign in.", func(u *auth.User) error { u.Disabled = true; return nil }, (*auth.Accounts).Revoke},
	"signout": {"is signed out everywhere.", nil, (*auth.Accounts).Revoke},
	"factor":  {"signs in with the password alone.", nil, (*auth.Accounts).RemoveFactor},
	"promote": {"is an administrator.", people.Promote, nil},
	"demote":  {"is no longer an administrator.", people.Demote, nil},
	"link":    {"", nil, nil},
}

// govern does what an administrator asks for about an account.
func (s *site) govern(w http.ResponseWriter, r *http.Request) error {
	form, _, err := readForm(w, r)
	if err != nil {
		return err
	}
	a, err := s.users.Account(r.PathValue("name"))
	if err != nil {
		return noUser(err)
	}
	do := form.Get("do")
	d, ok := deeds[do]
	if !ok {
		return &problem{http.StatusBadRequest, "What shall be done?", "The form does not say it.", view.Link{Name: a.Name, Href: userPath(a.Name)}}
	}
	change := d.change
	if change == nil {
		change = func(*auth.User) error { return nil }
	}
	switch err := s.users.Govern(r.Context(), viewer(r), a.Name, change); {
	case errors.Is(err, people.ErrOneself):
		return &problem{
			http.StatusConflict, "That is your own account",
			"Another administrator can change it. So there always is one.",
			view.Link{Name: "All accounts", Href: usersPath},
		}
	case errors.Is(err, people.ErrNoAdmin): // any more
		s.guard.Refuse(w, r, auth.ErrForbidden)
		return nil
	case err != nil:
		return noUser(err)
	}
	if d.then != nil {
		if err := d.then(s.accounts, r.Context(), a.Name); err != nil {
			return err
		}
	}
	s.log.InfoContext(r.Context(), "an administrator changed an account", "by", viewer(r), "account", a.Name, "what", do)
	if do == "link" {
		return s.showLink(w, r, &a)
	}
	say(r, "%s %s", a.Name, d.done)
	http.Redirect(w, r, s.userHref(a.Name), http.StatusSeeOther)
	return nil
}

// showLink shows a link by which the owner of an account can choose another password.
func (s *site) showLink(w http.ResponseWriter, r *http.Request, a *people.Account) error {
	token, err := s.accounts.NewReset(r.Context(), a.Name)
	if errors.Is(err, auth.ErrRefused) {
		return &problem{http.StatusConflict, "The account is disabled", "Enable it first.", view.Link{Name: a.Name, Href: userPath(a.Name)}}
	}
	if err != nil {
		return err
	}
	return s.showUser(w, r, a, origin(r)+s.at(resetPath)+"?token="+url.QueryEscape(token))
}

// origin is what addresses of the wiki begin with, as the browser of whoever asks has it: the
// link is shown to nobody else. Behind a proxy that is not trusted only the browser knows.
func origin(r *http.Request) string {
	if u, err := url.Parse(r.Header.Get("Origin")); err == nil && u.Host == r.Host && u.Scheme != "" {
		return u.Scheme + "://" + u.Host
	}
	if r.TLS != nil || r.URL.Scheme == "https" {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
