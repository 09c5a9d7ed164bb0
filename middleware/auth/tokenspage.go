package auth

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Tokens returns the handler by which somebody who has signed in within the last ten minutes
// makes bearer tokens for programs of theirs, sees them and takes them back.
func (p *Pages) Tokens() http.Handler {
	return p.handler("Tokens", page{kind: TokensForm, act: (*pageHandler).tokens, open: (*pageHandler).openTokens})
}

func (h *pageHandler) openTokens(w http.ResponseWriter, r *http.Request) {
	if _, u, ok := h.own(w, r, recently); ok {
		h.showTokens(w, r, http.StatusOK, u, Form{})
	}
}

func (h *pageHandler) showTokens(w http.ResponseWriter, r *http.Request, status int, u User, f Form) {
	tokens, err := h.pages.Accounts.Tokens(r.Context(), u.Name)
	if err != nil {
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	of := h.pages.form(r, h.kind)
	of.Name, of.Tokens, of.Scopes = u.Name, tokens, h.pages.Scopes
	of.Problem, of.Field, of.NewToken = f.Problem, f.Field, f.NewToken
	h.show(w, r, status, of)
}

// maxDays is the longest that the page makes tokens for, besides for ever.
const maxDays = 3650

func (h *pageHandler) tokens(w http.ResponseWriter, r *http.Request) {
	_, u, ok := h.own(w, r, recently)
	if !ok {
		return
	}
	var err error
	var f Form
	switch r.PostForm.Get("do") {
	case "new":
		f, err = h.newToken(r, u)
	case "revoke":
		err = h.pages.Accounts.RevokeToken(r.Context(), u.Name, r.PostForm.Get("id"))
	}
	switch {
	case err != nil:
		h.pages.Guard.Refuse(w, r, err)
	case f.Problem != "":
		h.showTokens(w, r, http.StatusUnprocessableEntity, u, f)
	default:
		h.showTokens(w, r, http.StatusOK, u, f)
	}
}

func (h *pageHandler) newToken(r *http.Request, u User) (f Form, err error) {
	label := strings.TrimSpace(r.PostForm.Get("label"))
	if label == "" || len(label) > maxLabel {
		return Form{Field: "label", Problem: "Please say in a few words what the token is for."}, nil
	}
	days, err := strconv.Atoi(r.PostForm.Get("days"))
	if err != nil || days < 0 || days > maxDays {
		return Form{Field: "days", Problem: "Please choose how long the token is to be good."}, nil
	}
	scopes := r.PostForm["scope"]
	for _, scope := range scopes {
		if !slices.ContainsFunc(h.pages.Scopes, func(s ScopeText) bool { return s.Name == scope }) {
			return Form{Field: "scope", Problem: "Please choose from what is offered."}, nil
		}
	}
	if len(h.pages.Scopes) > 0 && len(scopes) == 0 {
		return Form{Field: "scope", Problem: "Please choose what the token is to be good for."}, nil
	}
	var expires time.Time
	if days > 0 {
		expires = time.Now().AddDate(0, 0, days)
	}
	f.NewToken, _, err = h.pages.Accounts.NewToken(r.Context(), u.Name, label, expires, scopes...)
	return f, err
}
