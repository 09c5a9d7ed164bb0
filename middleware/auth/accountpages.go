package auth

import (
	"errors"
	"net/http"
)

// Password returns the handler by which somebody who is signed in chooses another password.
// All their other sessions and remembered devices end. [Session.Users] must be set.
func (p *Pages) Password() http.Handler {
	p.requireUsers("Password")
	return p.handler("Password", page{kind: PasswordForm, act: (*pageHandler).password, open: (*pageHandler).openOwn})
}

// Email returns the handler by which somebody who has signed in within the last ten minutes
// changes their address; a link is sent there to confirm it. Mailer must be set.
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

func (h *pageHandler) password(w http.ResponseWriter, r *http.Request) {
	id, before, ok := h.own(w, r, always)
	if !ok {
		return
	}
	r.PostForm.Set("name", before.Name) // what the form shows again
	_, err := h.pages.Accounts.VerifyRequest(w, r, before.Name, r.PostForm.Get("current"))
	switch {
	case err == nil:
	case h.waits(w, r, err):
		return
	case errors.Is(err, ErrRefused):
		h.again(w, r, "current", "That is not your present password. Please try again.")
		return
	default:
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	u, err := h.pages.Accounts.replacePassword(r.Context(), before, r.PostForm.Get("password"))
	switch {
	case err == nil:
	case h.weak(w, r, err):
		return
	case errors.Is(err, ErrRefused):
		h.toLogin(w, r, ErrNone)
		return
	default:
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	h.changed(w, r, u, id, h.remembers(r, before))
}

// changed keeps u signed in, who was so as id and has changed the password.
func (h *pageHandler) changed(w http.ResponseWriter, r *http.Request, u User, id Identity, remembered bool) {
	f, status := h.pages.form(r, h.kind), http.StatusOK
	f.Name, f.Done = u.Name, true
	now := u.Identity()
	now.Methods = id.Methods
	if u.HasFactor() {
		now.Time = id.Time // the password alone is no new sign-in
	}
	if err := h.signIn(w, r, now, remembered); err != nil {
		// It is changed all the same: an answer that it could not be done would mislead.
		h.pages.Accounts.logger().ErrorContext(r.Context(), "auth: who changed their password could not be kept signed in", "user", u.Name, "error", err)
		f.Problem, status = "Your password has been changed, but you could not be kept signed in. Please sign in with the new one.", http.StatusServiceUnavailable
	}
	h.show(w, r, status, f)
}

const badEmail = "That is not an address that mail can go to. Please check it."

func (h *pageHandler) email(w http.ResponseWriter, r *http.Request) {
	_, u, ok := h.own(w, r, recently)
	if !ok {
		return
	}
	email, err := checkEmail(r.PostForm.Get("email"))
	if err != nil {
		h.again(w, r, "email", badEmail)
		return
	}
	for _, whom := range []string{u.Name, email} { // who asks, and who gets it
		attempt, ok := h.attempt(w, r, whom, "mail")
		if !ok {
			return
		}
		attempt.Fail() // each counts: it costs a letter
	}
	if err := h.setEmail(r, u.Name, email); err != nil {
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	f := h.pages.form(r, h.kind)
	f.Name, f.Email, f.Done = u.Name, email, true
	h.show(w, r, http.StatusOK, f)
}
