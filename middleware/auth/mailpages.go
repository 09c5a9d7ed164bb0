package auth

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Forgot returns the handler that sends a link by which to choose another password to the
// address of whoever is named, one a minute at most. Its answer is the same whether or not
// there is such an account, and comes before anybody has looked. Mailer and ResetPath must
// be set.
func (p *Pages) Forgot() http.Handler {
	require("Forgot", "Mailer", p.Mailer != nil)
	require("Forgot", "ResetPath", p.ResetPath != "")
	return p.handler("Forgot", page{kind: ForgotForm, act: (*pageHandler).forgot})
}

// Reset returns the handler to which the links of Forgot lead: [Pages.ResetPath]. All sessions
// and remembered devices of the user end. It signs nobody in: who reads somebody's mail
// does not have their second factor. [Session.Users] must be set.
func (p *Pages) Reset() http.Handler {
	p.requireUsers("Reset")
	return p.handler("Reset", page{kind: ResetForm, act: (*pageHandler).reset, open: (*pageHandler).openReset})
}

// Confirm returns the handler to which links lead that confirm an address:
// [Pages.ConfirmPath]. Its page has a button, as programs that look at mail follow links.
func (p *Pages) Confirm() http.Handler {
	return p.handler("Confirm", page{kind: ConfirmForm, act: (*pageHandler).confirm, open: (*pageHandler).openConfirm})
}

// askEvery is how often somebody can have a link sent to one account.
const askEvery = time.Minute

func (h *pageHandler) forgot(w http.ResponseWriter, r *http.Request) {
	name := r.PostForm.Get("name")
	if name == "" {
		h.again(w, r, "name", "Please enter your name.")
		return
	}
	attempt, ok := h.attempt(w, r, name, "forgot")
	if !ok {
		return
	}
	attempt.Fail() // each counts: it costs a letter
	h.send(r, ResetSecret, h.pages.ResetPath, func(ctx context.Context) (string, User, error) {
		u, err := h.pages.Accounts.lookup(ctx, name)
		if err != nil {
			return "", u, err
		}
		for _, s := range u.Secrets {
			if s.Kind == ResetSecret && time.Since(s.Created) < askEvery {
				return "", u, ErrRefused
			}
		}
		return h.pages.Accounts.BeginReset(ctx, name)
	})
	f := h.pages.form(r, h.kind)
	f.Name, f.Done = name, true
	h.show(w, r, http.StatusOK, f)
}

const badLink = "This link is no longer good: it was used, or it is too old."

// byLink shows a page to which a link led, if that is any good.
func (h *pageHandler) byLink(w http.ResponseWriter, r *http.Request, f Form, err error) {
	switch {
	case err == nil:
		h.show(w, r, http.StatusOK, f)
	case errors.Is(err, ErrRefused):
		f.Token, f.Problem, f.Done = "", badLink, true
		h.show(w, r, http.StatusGone, f)
	default:
		h.pages.Guard.Refuse(w, r, err)
	}
}

func (h *pageHandler) openReset(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get("token")
	u, err := h.pages.Accounts.CanReset(r.Context(), token)
	f := h.pages.form(r, h.kind)
	f.Token, f.Name, f.ForgotURL = token, u.Name, h.pages.ForgotPath
	h.byLink(w, r, f, err)
}

func (h *pageHandler) reset(w http.ResponseWriter, r *http.Request) {
	u, err := h.pages.Accounts.Reset(r.Context(), r.PostForm.Get("token"), r.PostForm.Get("password"))
	if h.weak(w, r, err) {
		return
	}
	f := h.pages.form(r, h.kind)
	f.Name, f.Done, f.ForgotURL = u.Name, true, h.pages.ForgotPath
	h.byLink(w, r, f, err)
}

func (h *pageHandler) openConfirm(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get("token")
	u, err := h.pages.Accounts.CanConfirm(r.Context(), token)
	f := h.pages.form(r, h.kind)
	f.Token, f.Name, f.Email = token, u.Name, u.Email
	h.byLink(w, r, f, err)
}

func (h *pageHandler) confirm(w http.ResponseWriter, r *http.Request) {
	u, err := h.pages.Accounts.Confirm(r.Context(), r.PostForm.Get("token"))
	f := h.pages.form(r, h.kind)
	f.Name, f.Email, f.Done = u.Name, u.Email, true
	h.byLink(w, r, f, err)
}
