package auth

import (
	"errors"
	"net/http"
)

// Login returns the handler that signs people in. Like the others it panics where a field
// is missing or impossible, and names it.
func (p *Pages) Login() http.Handler {
	return p.handler("Login", page{kind: LoginForm, act: (*pageHandler).login})
}

// Logout returns the handler that signs people out, for a form that posts to it; a GET
// shows one. Its button "do" with the value "everywhere" does so on all their devices, as
// [Accounts.Revoke] does.
func (p *Pages) Logout() http.Handler {
	return p.handler("Logout", page{kind: LogoutForm, act: (*pageHandler).logout, open: (*pageHandler).openLogout})
}

func (h *pageHandler) login(w http.ResponseWriter, r *http.Request) {
	name, pass := r.PostForm.Get("name"), r.PostForm.Get("password")
	if name == "" || pass == "" {
		h.again(w, r, "", "Please enter your name and your password.")
		return
	}
	h.byPassword(w, r, name, pass, "", "The name or the password is not right. Please try again.")
}

// byPassword goes on with the user whose name and password these are; where they are nobody's,
// it shows the form again with what is wrong with a field.
func (h *pageHandler) byPassword(w http.ResponseWriter, r *http.Request, name, pass, field, problem string) {
	u, err := h.pages.Accounts.VerifyRequest(w, r, name, pass)
	switch {
	case err == nil:
		h.proved(w, r, u)
	case h.waits(w, r, err):
	case errors.Is(err, ErrRefused):
		h.again(w, r, field, problem)
	default:
		h.pages.Guard.Refuse(w, r, err)
	}
}

// proved goes on with u, whose password was right.
func (h *pageHandler) proved(w http.ResponseWriter, r *http.Request, u User) {
	if u.HasFactor() {
		h.askCode(w, r, u)
		return
	}
	id := u.Identity()
	id.Methods = basicMethods
	h.welcome(w, r, id)
}

// welcome signs id in and sends them on.
func (h *pageHandler) welcome(w http.ResponseWriter, r *http.Request, id Identity) {
	if err := h.signIn(w, r, id, r.PostForm.Get("remember") != ""); err != nil {
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	seeOther(w, h.pages.Guard.Next(r))
}

func (h *pageHandler) openLogout(w http.ResponseWriter, r *http.Request) {
	f := h.pages.form(r, h.kind)
	if id, ok := From(r.Context()); ok {
		f.Name, f.AskEverywhere = id.Subject, h.canRevoke(id)
	}
	h.show(w, r, http.StatusOK, f)
}

// canRevoke reports whether all sessions of id can be ended: by the generation of an account.
func (h *pageHandler) canRevoke(id Identity) bool {
	return id.Scheme == "Session" && h.pages.session().Users != nil && !readOnly(h.pages.Accounts.Users)
}

func (h *pageHandler) logout(w http.ResponseWriter, r *http.Request) {
	if r.PostForm.Get("do") == "everywhere" && !h.revoke(w, r) {
		return
	}
	if err := h.pages.Guard.Logout(w, r); err != nil {
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	seeOther(w, h.pages.Guard.Next(r))
}

// revoke ends all sessions of whoever is signed in. Where that fails it answers, as people who
// ask for it have a reason.
func (h *pageHandler) revoke(w http.ResponseWriter, r *http.Request) bool {
	id, ok := From(r.Context())
	err := Err(r.Context())
	switch {
	case ok && h.canRevoke(id):
		err = h.pages.Accounts.Revoke(r.Context(), id.Subject)
	case ok:
		err = ErrForbidden
	}
	if err != nil {
		h.toLogin(w, r, err)
	}
	return err == nil
}
