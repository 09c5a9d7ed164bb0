package auth

import (
	"errors"
	"net/http"
)

// Login returns the handler that signs people in. Like the others it panics where Guard or
// Accounts is nil.
func (p *Pages) Login() http.Handler {
	return p.handler("Login", page{LoginForm, (*pageHandler).login})
}

// Logout returns the handler that signs people out, for a form that posts to it; a GET
// shows one.
func (p *Pages) Logout() http.Handler {
	return p.handler("Logout", page{LogoutForm, (*pageHandler).logout})
}

func (h *pageHandler) login(w http.ResponseWriter, r *http.Request) {
	name, pass := r.PostForm.Get("name"), r.PostForm.Get("password")
	if name == "" || pass == "" {
		h.again(w, r, "", "Please enter your name and your password.")
		return
	}
	u, err := h.pages.Accounts.VerifyRequest(w, r, name, pass)
	switch {
	case h.waits(w, r, err):
	case err == nil:
		h.welcome(w, r, u)
	case errors.Is(err, ErrRefused):
		h.again(w, r, "", "The name or the password is not right. Please try again.")
	default:
		h.pages.Guard.Refuse(w, r, err)
	}
}

// welcome signs u in and sends them on.
func (h *pageHandler) welcome(w http.ResponseWriter, r *http.Request, u User) {
	id := u.Identity()
	id.Methods = basicMethods
	if err := h.pages.Guard.Login(w, r, id); err != nil {
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	seeOther(w, h.pages.Guard.Next(r))
}

func (h *pageHandler) logout(w http.ResponseWriter, r *http.Request) {
	if err := h.pages.Guard.Logout(w, r); err != nil {
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	seeOther(w, h.pages.Guard.Next(r))
}
