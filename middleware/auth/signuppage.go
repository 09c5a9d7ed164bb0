package auth

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/surcoat/surcoat/middleware/auth/password"
)

// SignUp returns the handler that creates an account and signs its owner in. Serve it only
// where everybody may have an account.
func (p *Pages) SignUp() http.Handler {
	return p.handler("SignUp", page{kind: SignUpForm, act: (*pageHandler).signUp})
}

func (h *pageHandler) signUp(w http.ResponseWriter, r *http.Request) {
	email := ""
	if h.pages.Mailer != nil {
		var err error
		if email, err = checkEmail(r.PostForm.Get("email")); err != nil {
			h.again(w, r, "email", "That is not an address that mail can go to. Please check it.")
			return
		}
	}
	u, err := h.pages.Accounts.Create(r.Context(), r.PostForm.Get("name"), r.PostForm.Get("password"))
	switch {
	case err == nil:
		if email != "" {
			h.confirmLater(r, u.Name, email)
		}
		h.welcome(w, r, u, basicMethods, false)
	case errors.Is(err, ErrUserExists):
		h.again(w, r, "name", "Somebody has that name already. Please choose another.")
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
