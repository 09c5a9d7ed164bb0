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
	return p.handler("SignUp", page{SignUpForm, (*pageHandler).signUp})
}

func (h *pageHandler) signUp(w http.ResponseWriter, r *http.Request) {
	u, err := h.pages.Accounts.Create(r.Context(), r.PostForm.Get("name"), r.PostForm.Get("password"))
	switch {
	case err == nil:
		h.welcome(w, r, u)
	case errors.Is(err, ErrUserExists):
		h.again(w, r, "name", "Somebody has that name already. Please choose another.")
	case errors.Is(err, ErrName):
		h.again(w, r, "name", "That name is not possible. Please choose another, without a colon and not too long.")
	case errors.Is(err, password.ErrTooShort):
		h.again(w, r, "password", fmt.Sprintf("Please take at least %d characters. Several words make a good password.",
			h.pages.Accounts.Policy.MinimumLength()))
	case errors.Is(err, password.ErrTooLong):
		h.again(w, r, "password", "That password is too long. Please take a shorter one.")
	case errors.Is(err, password.ErrGuessable):
		h.again(w, r, "password", "That password is among the first that others would guess. Please choose another.")
	default:
		h.pages.Guard.Refuse(w, r, err)
	}
}
