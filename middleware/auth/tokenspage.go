package auth

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Tokens returns the handler by which somebody who has signed in within the last ten minutes
// makes bearer tokens for programs of theirs, sees them and takes them back.
func (p *Pages) Tokens() http.Handler {
	return p.handler("Tokens", page{kind: TokensForm, act: (*pageHandler).tokens, open: (*pageHandler).openTokens})
}

const (
	defaultDays   = 90
	maxDays       = 3650 // the longest that the page makes tokens for, besides for ever
	maxTokenLabel = 100  // characters
)

func (h *pageHandler) openTokens(w http.ResponseWriter, r *http.Request) {
	if _, u, ok := h.own(w, r, recently); ok {
		h.showTokens(w, r, http.StatusOK, u, h.pages.form(r, h.kind))
	}
}

// showTokens shows f with the tokens of u. It leaves the store alone, which could fail when a
// new token can be shown but once.
func (h *pageHandler) showTokens(w http.ResponseWriter, r *http.Request, status int, u User, f Form) {
	f.Name, f.Tokens, f.Scopes = u.Name, u.tokens(time.Now()), h.pages.Scopes
	h.show(w, r, status, f)
}

func (h *pageHandler) tokens(w http.ResponseWriter, r *http.Request) {
	_, u, ok := h.own(w, r, recently)
	if !ok {
		return
	}
	switch r.PostForm.Get("do") {
	case "new":
		h.newToken(w, r, u)
	case "revoke":
		h.revokeToken(w, r, u)
	default:
		h.showTokens(w, r, http.StatusOK, u, h.pages.form(r, h.kind))
	}
}

func (h *pageHandler) revokeToken(w http.ResponseWriter, r *http.Request, u User) {
	id := r.PostForm.Get("id")
	if err := h.pages.Accounts.RevokeToken(r.Context(), u.Name, id); err != nil {
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	u.drop(func(s *Secret) bool { return s.Kind == TokenSecret && s.ID == id })
	h.showTokens(w, r, http.StatusOK, u, h.pages.form(r, h.kind))
}

func (h *pageHandler) newToken(w http.ResponseWriter, r *http.Request, u User) {
	f := h.pages.form(r, h.kind)
	scopes := r.PostForm["scope"]
	f.Label = strings.TrimSpace(r.PostForm.Get("label"))
	if f.Field, f.Problem = h.checkToken(&f, r.PostForm.Get("days"), scopes, u); f.Problem != "" {
		h.showTokens(w, r, http.StatusUnprocessableEntity, u, f)
		return
	}
	var expires time.Time
	if f.Days > 0 {
		expires = time.Now().AddDate(0, 0, f.Days)
	}
	token, kept, err := h.pages.Accounts.NewToken(r.Context(), u.Name, f.Label, expires, scopes...)
	if err != nil {
		h.pages.Guard.Refuse(w, r, err)
		return
	}
	u.add(kept, time.Now())
	f.NewToken, f.Label, f.Days = token, "", defaultDays
	h.showTokens(w, r, http.StatusOK, u, f)
}

// checkToken returns what is wrong with a token that somebody wants, and reads its days into f.
func (h *pageHandler) checkToken(f *Form, days string, scopes []string, u User) (field, problem string) {
	n, err := strconv.Atoi(days)
	if err == nil && n >= 0 && n <= maxDays {
		f.Days = n
	}
	switch {
	case len(u.tokens(time.Now())) >= TokenSecret.most():
		return "", fmt.Sprintf("You have %d tokens already. Please take one back first.", TokenSecret.most())
	case f.Label == "" || !utf8.ValidString(f.Label) || utf8.RuneCountInString(f.Label) > maxTokenLabel || strings.ContainsFunc(f.Label, unicode.IsControl):
		return "label", "Please say in a few words what the token is for."
	case len(h.pages.Scopes) > 0 && len(scopes) == 0:
		return "scope", "Please choose what the token is to be good for."
	case f.Days != n || err != nil:
		return "days", "Please choose how long the token is to be good."
	}
	for _, scope := range scopes {
		if !slices.ContainsFunc(h.pages.Scopes, func(s ScopeText) bool { return s.Name == scope }) {
			return "scope", "Please choose from what is offered."
		}
	}
	return "", ""
}

// tokens returns u's tokens that have not expired, the oldest first.
func (u *User) tokens(now time.Time) (tokens []Secret) {
	for _, s := range u.Secrets {
		if s.Kind == TokenSecret && !s.expired(now) {
			tokens = append(tokens, s)
		}
	}
	return tokens
}
