package auth

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"mime"
	"net/http"
	"strconv"

	"github.com/surcoat/surcoat/internal/errpage"
	"github.com/surcoat/surcoat/middleware/auth/throttle"
)

// maxForm is many times what a name, a password and a next can be.
const maxForm = 64 << 10

// page is what is particular about a page.
type page struct {
	kind FormKind
	act  func(*pageHandler, http.ResponseWriter, *http.Request) // does what its form asks for
	open func(*pageHandler, http.ResponseWriter, *http.Request) // shows it at first; nil: as it is
}

// pageHandler serves one form: it shows it, and does what it asks for.
type pageHandler struct {
	page
	pages   Pages
	letters chan struct{} // one element for each that is under way
}

func (h *pageHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, err := h.pages.Guard.settle(); err != nil {
		misplaced(w, r, err)
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		if h.open != nil {
			h.open(h, w, r)
			return
		}
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
	h.act(h, w, r)
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

// again shows the form with what was wrong.
func (h *pageHandler) again(w http.ResponseWriter, r *http.Request, field, problem string) {
	f := h.entered(r)
	f.Field, f.Problem = field, problem
	h.show(w, r, http.StatusUnprocessableEntity, f)
}

// entered returns the form with what was entered, but for passwords and codes, which are never
// sent back.
func (h *pageHandler) entered(r *http.Request) Form {
	f := h.pages.form(r, h.kind)
	f.Name, f.Email = r.PostForm.Get("name"), r.PostForm.Get("email")
	f.Remember = r.PostForm.Get("remember") != ""
	if h.kind == ResetForm {
		f.Token = r.PostForm.Get("token")
	}
	return f
}

// attempt is [Accounts.Attempt]; it answers where it is too early for one.
func (h *pageHandler) attempt(w http.ResponseWriter, r *http.Request, name, use string) (*throttle.Attempt, bool) {
	attempt, err := h.pages.Accounts.Attempt(r, name, use)
	if err != nil && !h.waits(w, r, err) {
		h.pages.Guard.Refuse(w, r, err)
	}
	return attempt, err == nil
}

// waits shows the form again to whom err tells to wait, and reports whether it does.
func (h *pageHandler) waits(w http.ResponseWriter, r *http.Request, err error) bool {
	problem, ok := h.limited(w, err)
	if ok {
		f := h.entered(r)
		f.Problem = problem
		h.show(w, r, http.StatusTooManyRequests, f)
	}
	return ok
}

// limited says how long to wait, in a sentence and in the header.
func (h *pageHandler) limited(w http.ResponseWriter, err error) (problem string, ok bool) {
	var l *throttle.Limited
	if !errors.As(err, &l) {
		return "", false
	}
	why := tooMany
	switch h.kind {
	case SignUpForm, ForgotForm, EmailForm:
		why = "This was asked for too often. Please wait "
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(l.RetryAfter.Seconds()))))
	return why + inWords(l.RetryAfter) + " and try again.", true
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
	// Addresses of some pages hold a token. With no-referrer browsers would say "Origin: null"
	// (Fetch, "append a request Origin header"), which over plain http, where there is no
	// Sec-Fetch-Site, looks like another site's form.
	header.Set("Referrer-Policy", "strict-origin")
	header.Set("X-Frame-Options", "DENY")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}
