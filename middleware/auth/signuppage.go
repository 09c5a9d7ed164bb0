package auth

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/surcoat/surcoat/middleware/auth/password"
)

// SignUp returns the handler that creates an account and signs its owner in. Serve it only
// where everybody may have an account. Where Mailer is set it asks for an address too, and
// sends a link there that confirms it; people are signed in at once all the same.
//
// Who sends the name and the password of an account that there is, is signed in, as on
// the login page: a button pressed twice sends them a second time.
func (p *Pages) SignUp() http.Handler {
	return p.handler("SignUp", page{kind: SignUpForm, act: (*pageHandler).signUp})
}

func (h *pageHandler) signUp(w http.ResponseWriter, r *http.Request) {
	name, pass, email := r.PostForm.Get("name"), r.PostForm.Get("password"), ""
	if h.pages.Mailer != nil {
		var err error
		if email, err = checkEmail(r.PostForm.Get("email")); err != nil {
			h.again(w, r, "email", badEmail)
			return
		}
	}
	attempt, ok := h.attempt(w, r, email, "mail")
	if !ok {
		return
	}
	defer attempt.Cancel()
	u, err := h.pages.Accounts.Create(r.Context(), name, pass)
	switch {
	case err == nil:
		attempt.Fail() // each counts: an account costs room, and a letter its receiver
		h.pages.Accounts.KnowDevice(w, r, u.Name)
		if email != "" {
			if err := h.setEmail(r, u.Name, email); err != nil {
				h.pages.Accounts.logger().ErrorContext(r.Context(), "auth: who signed up got no mail to confirm their address", "user", u.Name, "error", err)
			}
		}
		h.proved(w, r, u)
	case errors.Is(err, ErrUserExists):
		attempt.Cancel()
		// The name may be taken by whoever sends it: see SignUp.
		h.byPassword(w, r, name, pass, "name", "Somebody has that name already. Please choose another.")
	case errors.Is(err, ErrName):
		h.again(w, r, "name", "That name is not possible. Please choose another, without a colon and not too long.")
	case h.weak(w, r, err):
	default:
		h.pages.Guard.Refuse(w, r, err)
	}
}

// weak shows the form again to whom err tells that a new password is not good enough, and
// reports whether it does.
func (h *pageHandler) weak(w http.ResponseWriter, r *http.Request, err error) bool {
	problem := ""
	switch {
	case errors.Is(err, password.ErrTooShort):
		problem = fmt.Sprintf("Please take at least %d characters. Several words make a good password.", h.pages.Accounts.Policy.MinimumLength())
	case errors.Is(err, password.ErrTooLong):
		problem = "That password is too long. Please take a shorter one."
	case errors.Is(err, password.ErrGuessable):
		problem = "That password is among the first that others would guess. Please choose another."
	default:
		return false
	}
	h.again(w, r, "password", problem)
	return true
}
