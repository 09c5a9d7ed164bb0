package auth

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/surcoat/surcoat/middleware/auth/totp"
)

// Factor returns the handler by which somebody who has signed in within the last ten minutes
// sets up a second factor, gets new recovery codes, or takes the factor away.
// [Pages.CodePath] must be set.
func (p *Pages) Factor() http.Handler {
	require("Factor", "CodePath", p.CodePath != "")
	return p.handler("Factor", page{kind: FactorForm, act: (*pageHandler).factor, open: (*pageHandler).openFactor})
}

// newFactorName is where a key that is being set up is kept in a [State].
const newFactorName = "auth.factor"

func (h *pageHandler) openFactor(w http.ResponseWriter, r *http.Request) {
	if _, u, ok := h.own(w, r, recently); ok {
		h.showFactor(w, r, http.StatusOK, u, Form{})
	}
}

// newKey returns the key that is being set up, a new one at first.
func (h *pageHandler) newKey(r *http.Request) (totp.Key, error) {
	st, err := h.pages.session().state(r.Context())
	if err != nil {
		return totp.Key{}, err
	}
	value, err := st.Value(newFactorName)
	if err != nil {
		return totp.Key{}, fmt.Errorf("%w: reading the session: %w", ErrUnavailable, err)
	}
	if key, err := totp.ParseKey(value); err == nil {
		return key, nil
	}
	key := totp.NewKey()
	if err := st.SetValue(newFactorName, key.Base32()); err != nil {
		return totp.Key{}, fmt.Errorf("%w: writing the session: %w", ErrUnavailable, err)
	}
	return key, nil
}

// showFactor shows the page for u as it is now, with what f has besides.
func (h *pageHandler) showFactor(w http.ResponseWriter, r *http.Request, status int, u User, f Form) {
	of := h.pages.form(r, h.kind)
	of.Name, of.HasFactor, of.RecoveryCodes = u.Name, u.HasFactor(), u.RecoveryCodes()
	of.Problem, of.Field, of.NewRecovery = f.Problem, f.Field, f.NewRecovery
	if !of.HasFactor {
		key, err := h.newKey(r)
		if err == nil {
			of.Key, of.URI = groups(key.Base32()), key.URI(h.pages.site(), u.Name)
			if h.pages.QR != nil {
				of.Picture, err = h.pages.QR(of.URI)
			}
		}
		if err != nil {
			h.pages.Guard.Refuse(w, r, err)
			return
		}
	}
	h.show(w, r, status, of)
}

// groups writes a key in groups of four, as people read it.
func groups(key string) string {
	b := make([]byte, 0, len(key)*5/4)
	for i := range len(key) {
		if i > 0 && i%4 == 0 {
			b = append(b, ' ')
		}
		b = append(b, key[i])
	}
	return string(b)
}

func (h *pageHandler) factor(w http.ResponseWriter, r *http.Request) {
	_, u, ok := h.own(w, r, recently)
	if !ok {
		return
	}
	var err error
	var f Form
	switch r.PostForm.Get("do") {
	case "set":
		f.NewRecovery, err = h.setFactor(r, u)
	case "codes":
		if u.HasFactor() {
			f.NewRecovery, err = h.pages.Accounts.NewRecoveryCodes(r.Context(), u.Name)
		}
	case "remove":
		err = h.pages.Accounts.RemoveFactor(r.Context(), u.Name)
	}
	if errors.Is(err, ErrRefused) {
		h.showFactor(w, r, http.StatusUnprocessableEntity, u, Form{
			Field: "code", Problem: "That code is not right. Please look whether the app has the key, and try again.",
		})
		return
	}
	if err == nil {
		u, err = h.pages.Accounts.lookup(r.Context(), u.Name)
	}
	if err != nil {
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	h.showFactor(w, r, http.StatusOK, u, f)
}

// setFactor gives u the key that was being set up. Who has one already takes it away first,
// so that nobody gets rid of a factor by setting up another.
func (h *pageHandler) setFactor(r *http.Request, u User) ([]string, error) {
	if u.HasFactor() {
		return nil, nil
	}
	key, err := h.newKey(r)
	if err != nil {
		return nil, err
	}
	recovery, err := h.pages.Accounts.SetFactor(r.Context(), u.Name, key, r.PostForm.Get("code"))
	if err != nil {
		return nil, err
	}
	st, err := h.pages.session().state(r.Context())
	if err == nil {
		err = st.SetValue(newFactorName, "")
	}
	return slices.Clip(recovery), err
}
