package auth

import (
	"errors"
	"net/http"
	"time"
)

// Login returns the handler that signs people in. Like the others it panics where Guard or
// Accounts is nil.
func (p *Pages) Login() http.Handler {
	return p.handler("Login", page{kind: LoginForm, act: (*pageHandler).login})
}

// Logout returns the handler that signs people out, for a form that posts to it; a GET
// shows one.
func (p *Pages) Logout() http.Handler {
	return p.handler("Logout", page{kind: LogoutForm, act: (*pageHandler).logout})
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
	case err == nil && u.HasFactor():
		h.askCode(w, r, u)
	case err == nil:
		h.welcome(w, r, u, basicMethods, r.PostForm.Get("remember") != "")
	case errors.Is(err, ErrRefused):
		h.again(w, r, "", "The name or the password is not right. Please try again.")
	default:
		h.pages.Guard.Refuse(w, r, err)
	}
}

// welcome signs u in and sends them on.
func (h *pageHandler) welcome(w http.ResponseWriter, r *http.Request, u User, methods []string, remember bool) {
	if err := h.signIn(w, r, u, methods, remember); err != nil {
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	seeOther(w, h.pages.Guard.Next(r))
}

func (h *pageHandler) signIn(w http.ResponseWriter, r *http.Request, u User, methods []string, remember bool) error {
	id := u.Identity()
	id.Methods = methods
	err := h.pages.Guard.Login(w, r, id)
	if m := h.pages.session().Remember; err == nil && remember && m != nil {
		id.Time = time.Now()
		err = m.begin(w, r, id)
	}
	return err
}

func (h *pageHandler) logout(w http.ResponseWriter, r *http.Request) {
	if err := h.pages.Guard.Logout(w, r); err != nil {
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	seeOther(w, h.pages.Guard.Next(r))
}
