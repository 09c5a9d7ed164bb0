package auth

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"

	"github.com/surcoat/surcoat/internal/errpage"
	"github.com/surcoat/surcoat/middleware/auth/password"
)

// maxForm is many times what a name, a password and a next can be.
const maxForm = 64 << 10

// pageHandler serves one form: it shows it, and does what it asks for.
type pageHandler struct {
	pages Pages
	kind  FormKind
}

func (h *pageHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, err := h.pages.Guard.settle(); err != nil {
		misplaced(w, r, err)
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		h.show(w, r, http.StatusOK, h.pages.form(r, h.kind))
	case http.MethodPost:
		h.post(w, r)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		errpage.Write(w, r, errpage.Problem{Status: http.StatusMethodNotAllowed})
	}
}

// post checks first where the form comes from: before its body is read, and before a
// password costs anything.
func (h *pageHandler) post(w http.ResponseWriter, r *http.Request) {
	if _, err := h.pages.Guard.sameOrigin(r); err != nil {
		forged(w, r)
		return
	}
	if !parseForm(w, r) {
		return
	}
	switch h.kind {
	case LoginForm:
		h.login(w, r)
	case SignUpForm:
		h.signUp(w, r)
	default:
		if err := h.pages.Guard.Logout(w, r); err != nil {
			h.pages.Guard.Refuse(w, r, err)
			return
		}
		seeOther(w, h.pages.Guard.Next(r))
	}
}

// parseForm reads a form of the kind that pages send, and answers r itself where it
// cannot.
func parseForm(w http.ResponseWriter, r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.ContentLength != 0 && (err != nil || kind != "application/x-www-form-urlencoded") {
		errpage.Write(w, r, errpage.Problem{Status: http.StatusUnsupportedMediaType})
		return false
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err = r.ParseForm()
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		return true
	case errors.As(err, &tooLarge):
		errpage.Write(w, r, errpage.Problem{Status: http.StatusRequestEntityTooLarge})
	default:
		errpage.Write(w, r, errpage.Problem{Status: http.StatusBadRequest})
	}
	return false
}

func (h *pageHandler) login(w http.ResponseWriter, r *http.Request) {
	name, pass := r.PostForm.Get("name"), r.PostForm.Get("password")
	if name == "" || pass == "" {
		h.again(w, r, "", "Please enter your name and your password.")
		return
	}
	u, err := h.pages.Accounts.Verify(r.Context(), name, pass)
	switch {
	case err == nil:
		h.welcome(w, r, u)
	case errors.Is(err, ErrRefused):
		h.again(w, r, "", "The name or the password is not right. Please try again.")
	default:
		h.pages.Guard.Refuse(w, r, err)
	}
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

// again shows the form with what was wrong. The password is never sent back.
func (h *pageHandler) again(w http.ResponseWriter, r *http.Request, field, problem string) {
	f := h.pages.form(r, h.kind)
	f.Name, f.Field, f.Problem = r.PostForm.Get("name"), field, problem
	h.show(w, r, http.StatusUnprocessableEntity, f)
}

// show renders a form. It is written as a whole or not at all.
func (h *pageHandler) show(w http.ResponseWriter, r *http.Request, status int, f Form) {
	var b bytes.Buffer
	policy := "frame-ancestors 'none'"
	render := h.pages.Render
	if render == nil {
		render, policy = renderBuiltin, builtinPolicy
	}
	if err := render(&b, r, f); err != nil {
		misplaced(w, r, fmt.Errorf("auth: Pages.Render: %w", err))
		return
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Add("Content-Security-Policy", policy) // beside the site's own: both hold
	header.Set("X-Frame-Options", "DENY")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}
