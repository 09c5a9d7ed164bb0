package auth

import (
	"errors"
	"net/http"
	"time"
)

// recently is how fresh a sign-in must be for what gives somebody else lasting power over an
// account: an address, a second factor, a token.
const recently = 10 * time.Minute

// always is how fresh a sign-in must be where a password is asked for anyway.
const always = time.Duration(1<<63 - 1)

// own returns the account of whoever is signed in, not longer than age ago, else it answers.
func (h *pageHandler) own(w http.ResponseWriter, r *http.Request, age time.Duration) (id Identity, u User, ok bool) {
	id, signedIn := From(r.Context())
	err := Err(r.Context())
	switch {
	case !signedIn:
	case id.Scheme != "Session" || len(id.Scopes) > 0: // what is limited must not make what is not
		err = ErrForbidden
	case time.Since(id.Time) > age:
		err = &StepUp{MaxAge: age}
	default:
		u, err = h.pages.Accounts.lookup(r.Context(), id.Subject)
		if errors.Is(err, ErrRefused) || err == nil && (u.Disabled || u.Identity().stamp != id.stamp && id.stamp.known) {
			err = ErrNone // meanwhile
		}
	}
	if err != nil {
		h.toLogin(w, r, err)
		return id, u, false
	}
	return id, u, true
}

// toLogin answers for err as the Guard does. But a person comes back to this page, whatever
// they sent: its form is at the same address.
func (h *pageHandler) toLogin(w http.ResponseWriter, r *http.Request, err error) {
	var stepUp *StepUp
	login, here := h.pages.Guard.set.Load().loginPath, requested(r)
	if (errors.Is(err, ErrNone) || errors.As(err, &stepUp)) && login != "" && path(here) != path(login) && local(here) && navigation(r) {
		seeOther(w, withNext(login, here))
		return
	}
	h.pages.Guard.Refuse(w, r, err)
}

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
