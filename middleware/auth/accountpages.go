package auth

import (
	"errors"
	"net/http"
	"time"
)

// Password returns the handler by which somebody who is signed in chooses another password.
// All their other sessions and remembered devices end.
func (p *Pages) Password() http.Handler {
	return p.handler("Password", page{kind: PasswordForm, act: (*pageHandler).password, open: (*pageHandler).openOwn})
}

// Email returns the handler by which somebody who is signed in changes their address; a link
// is sent there to confirm it. Mailer must be set.
func (p *Pages) Email() http.Handler {
	require("Email", "Mailer", p.Mailer != nil)
	return p.handler("Email", page{kind: EmailForm, act: (*pageHandler).email, open: (*pageHandler).openOwn})
}

// WellKnown returns the handler of /.well-known/change-password, by which password managers
// find [Pages.PasswordPath], which must be set
// (https://www.w3.org/TR/change-password-url/).
func (p *Pages) WellKnown() http.Handler {
	require("WellKnown", "PasswordPath", p.PasswordPath != "")
	if !local(p.PasswordPath) {
		panic("auth: Pages.WellKnown: Pages.PasswordPath is not a path on this origin")
	}
	return http.RedirectHandler(p.PasswordPath, http.StatusFound)
}

// recently is how fresh a sign-in must be for what gives somebody else lasting power over an
// account: an address, a second factor, a token.
const recently = 10 * time.Minute

// own returns the account of whoever is signed in, not longer than age ago, else it answers.
func (h *pageHandler) own(w http.ResponseWriter, r *http.Request, age time.Duration) (id Identity, u User, ok bool) {
	id, signedIn := From(r.Context())
	if !signedIn {
		h.pages.Guard.Refuse(w, r, Err(r.Context()))
		return id, u, false
	}
	if id.Scheme != "Session" { // a token must not make others
		h.pages.Guard.Refuse(w, r, ErrForbidden)
		return id, u, false
	}
	if time.Since(id.Time) > age {
		h.pages.Guard.Refuse(w, r, &StepUp{MaxAge: age})
		return id, u, false
	}
	u, err := h.pages.Accounts.lookup(r.Context(), id.Subject)
	if err != nil {
		h.pages.Guard.Refuse(w, r, err)
		return id, u, false
	}
	return id, u, true
}

// always is how fresh a sign-in must be where a password is asked for anyway.
const always = time.Duration(1<<63 - 1)

func (h *pageHandler) openOwn(w http.ResponseWriter, r *http.Request) {
	age := always
	if h.kind == EmailForm {
		age = recently
	}
	_, u, ok := h.own(w, r, age)
	if !ok {
		return
	}
	f := h.pages.form(r, h.kind)
	f.Name, f.Email = u.Name, u.Email
	h.show(w, r, http.StatusOK, f)
}

func (h *pageHandler) password(w http.ResponseWriter, r *http.Request) {
	id, u, ok := h.own(w, r, always)
	if !ok {
		return
	}
	r.PostForm.Set("name", u.Name) // what the form shows again
	_, err := h.pages.Accounts.VerifyRequest(w, r, u.Name, r.PostForm.Get("current"))
	switch {
	case h.waits(w, r, err):
		return
	case errors.Is(err, ErrRefused):
		h.again(w, r, "current", "That is not your present password. Please try again.")
		return
	case err != nil:
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	u, err = h.pages.Accounts.SetPassword(r.Context(), u.Name, r.PostForm.Get("password"))
	if h.weak(w, r, err) {
		return
	}
	if err == nil {
		// Nothing that was kept for this device before is good any more either.
		remembered := false
		if m := h.pages.session().Remember; m != nil {
			_, remembered = m.held(r)
		}
		err = h.signIn(w, r, u, id.Methods, remembered)
	}
	if err != nil {
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	f := h.pages.form(r, h.kind)
	f.Name, f.Done = u.Name, true
	h.show(w, r, http.StatusOK, f)
}

func (h *pageHandler) email(w http.ResponseWriter, r *http.Request) {
	_, u, ok := h.own(w, r, recently)
	if !ok {
		return
	}
	email, err := checkEmail(r.PostForm.Get("email"))
	if err != nil {
		h.again(w, r, "email", "That is not an address that mail can go to. Please check it.")
		return
	}
	attempt, err := h.pages.Accounts.Attempt(r, u.Name, "email")
	if h.waits(w, r, err) {
		return
	}
	if err != nil {
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	attempt.Fail() // each counts: it costs a letter to whomever
	h.confirmLater(r, u.Name, email)
	f := h.pages.form(r, h.kind)
	f.Name, f.Email, f.Done = u.Name, email, true
	h.show(w, r, http.StatusOK, f)
}
