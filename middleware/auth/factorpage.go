package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/surcoat/surcoat/middleware/auth/totp"
)

// Factor returns the handler by which somebody who has signed in within the last ten minutes
// sets up a second factor. With a code of it they get new recovery codes, or take it away.
// [Pages.CodePath] must be set.
func (p *Pages) Factor() http.Handler {
	require("Factor", "CodePath", p.CodePath != "")
	return p.handler("Factor", page{kind: FactorForm, act: (*pageHandler).factor, open: (*pageHandler).openFactor})
}

// newFactorName is where a key that is being set up is kept in a [State]: when its user signed
// in, their generation, the key and their name. Without the others, whoever had the session
// before would know the key.
const newFactorName = "auth.factor"

func formatNewKey(id Identity, u User, key totp.Key) string {
	return fmt.Sprintf("%d %d %s %s", id.Time.Unix(), u.Generation, key.Base32(), url.PathEscape(u.Name))
}

// newKey returns the key that u is setting up, a new one at first.
func (h *pageHandler) newKey(r *http.Request, id Identity, u User) (totp.Key, State, error) {
	st, err := h.pages.session().state(r.Context())
	if err != nil {
		return totp.Key{}, nil, err
	}
	value, err := st.Value(newFactorName)
	if err != nil {
		return totp.Key{}, nil, fmt.Errorf("%w: reading the session: %w", ErrUnavailable, err)
	}
	if part := strings.Split(value, " "); len(part) == 4 {
		if key, err := totp.ParseKey(part[2]); err == nil && value == formatNewKey(id, u, key) {
			return key, st, nil
		}
	}
	key := totp.NewKey()
	if err := st.SetValue(newFactorName, formatNewKey(id, u, key)); err != nil {
		return totp.Key{}, nil, fmt.Errorf("%w: writing the session: %w", ErrUnavailable, err)
	}
	return key, st, nil
}

func (h *pageHandler) openFactor(w http.ResponseWriter, r *http.Request) {
	if id, u, ok := h.own(w, r, recently); ok {
		h.showFactor(w, r, http.StatusOK, id, u, Form{})
	}
}

// showFactor shows the page for u as it is now, with what f has besides.
func (h *pageHandler) showFactor(w http.ResponseWriter, r *http.Request, status int, id Identity, u User, f Form) {
	of := h.pages.form(r, h.kind)
	of.Name, of.HasFactor, of.RecoveryCodes = u.Name, u.HasFactor(), u.RecoveryCodes()
	of.Problem, of.Field, of.NewRecovery, of.Done = f.Problem, f.Field, f.NewRecovery, f.Done
	if !of.HasFactor && !of.Done {
		key, _, err := h.newKey(r, id, u)
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
	id, u, ok := h.own(w, r, recently)
	if !ok {
		return
	}
	do := r.PostForm.Get("do")
	switch {
	case do == "set" && !u.HasFactor(): // one that there is goes by a code of it only
		h.setFactor(w, r, id, u)
	case (do == "codes" || do == "remove") && u.HasFactor():
		h.changeFactor(w, r, id, u, do)
	default:
		h.showFactor(w, r, http.StatusOK, id, u, Form{})
	}
}

// setFactor gives u the key that was being set up. It leaves the session first: were that to
// fail afterwards, nobody would see the recovery codes.
func (h *pageHandler) setFactor(w http.ResponseWriter, r *http.Request, id Identity, u User) {
	key, st, err := h.newKey(r, id, u)
	if err == nil {
		if err = st.SetValue(newFactorName, ""); err != nil {
			err = fmt.Errorf("%w: writing the session: %w", ErrUnavailable, err)
		}
	}
	if err != nil {
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	recovery, err := h.pages.Accounts.setFactor(r.Context(), u.Name, key, r.PostForm.Get("code"), func(now *User) bool {
		return !now.HasFactor() && !now.Disabled && now.Generation == u.Generation
	})
	if err == nil {
		h.remember(w, r, id, h.remembers(r, u))
		h.showFactor(w, r, http.StatusOK, id, u.withFactor(recovery), Form{NewRecovery: recovery, Done: true})
		return
	}
	if back := st.SetValue(newFactorName, formatNewKey(id, u, key)); back != nil {
		err = fmt.Errorf("%w: writing the session: %w", ErrUnavailable, back)
	}
	if !errors.Is(err, ErrRefused) {
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	h.showFactor(w, r, http.StatusUnprocessableEntity, id, u, Form{
		Field: "code", Problem: "That code is not right. Please look whether the app has the key, and try again.",
	})
}

// changeFactor does to u's second factor what takes a code of it.
func (h *pageHandler) changeFactor(w http.ResponseWriter, r *http.Request, id Identity, u User, do string) {
	now, err := h.verifyFactor(r, u.Name, r.PostForm.Get("code"))
	if problem, ok := h.limited(w, err); ok {
		h.showFactor(w, r, http.StatusTooManyRequests, id, u, Form{Field: "code", Problem: problem})
		return
	}
	if errors.Is(err, ErrRefused) {
		h.showFactor(w, r, http.StatusUnprocessableEntity, id, u, Form{Field: "code", Problem: badCode})
		return
	}
	var recovery []string
	switch {
	case err != nil:
	case do == "remove":
		err = h.pages.Accounts.RemoveFactor(r.Context(), now.Name)
	default:
		recovery, err = h.pages.Accounts.NewRecoveryCodes(r.Context(), now.Name)
	}
	if err != nil {
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	h.showFactor(w, r, http.StatusOK, id, now.withFactor(recovery), Form{NewRecovery: recovery, Done: true})
}

// withFactor is u with a second factor and these codes, or without either. It spares a look into
// the store, which could fail when the codes can be shown but once.
func (u User) withFactor(recovery []string) User {
	u.Secrets = nil
	if len(recovery) > 0 {
		u.Secrets = append(u.Secrets, Secret{Kind: TOTPSecret})
	}
	for range recovery {
		u.Secrets = append(u.Secrets, Secret{Kind: RecoverySecret})
	}
	return u
}
