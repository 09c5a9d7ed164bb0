package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Forgot returns the handler that sends a link by which to choose another password to the
// address of whoever is named. Its answer is the same whether or not there is such an
// account, and comes before anybody has looked. Mailer and ResetPath must be set.
func (p *Pages) Forgot() http.Handler {
	require("Forgot", "Mailer", p.Mailer != nil)
	require("Forgot", "ResetPath", p.ResetPath != "")
	return p.handler("Forgot", page{kind: ForgotForm, act: (*pageHandler).forgot})
}

// Reset returns the handler to which the links of Forgot lead: [Pages.ResetPath].
func (p *Pages) Reset() http.Handler {
	return p.handler("Reset", page{kind: ResetForm, act: (*pageHandler).reset, open: (*pageHandler).openReset})
}

// Confirm returns the handler to which links lead that confirm an address:
// [Pages.ConfirmPath]. Its page has a button, as programs that look at mail follow links.
func (p *Pages) Confirm() http.Handler {
	return p.handler("Confirm", page{kind: ConfirmForm, act: (*pageHandler).confirm, open: (*pageHandler).openConfirm})
}

// checkMail looks at what mail needs. Its errors name the field.
func (p *Pages) checkMail() error {
	u, err := url.Parse(p.Origin)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.Path != "" || u.RawQuery != "" || u.User != nil || u.Fragment != "":
		return fmt.Errorf("Pages.Origin %q is not like https://example.org", p.Origin)
	case p.ConfirmPath == "":
		return errors.New("Pages.ConfirmPath is not set; serve Pages.Confirm there")
	}
	return nil
}

// site is what the site is called.
func (p *Pages) site() string {
	host := ""
	if u, err := url.Parse(p.Origin); err == nil {
		host = u.Host
	}
	return cmp.Or(p.Site, host, "this site")
}

// mailFor is how long a letter may take to be handed over.
const mailFor = time.Minute

// letters bounds how many letters are under way at a time for a handler.
const letters = 16

// send writes and sends a letter with a link to path, after the response: neither its words nor
// its time tell whether anything was sent. make returns the token that the link carries.
func (h *pageHandler) send(r *http.Request, kind SecretKind, path string, make func(context.Context) (token string, u User, err error)) {
	select {
	case h.letters <- struct{}{}:
	default:
		h.pages.Accounts.logger().WarnContext(r.Context(), "auth: too much mail is under way, and some was not sent")
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), mailFor)
	go func() {
		defer func() { cancel(); <-h.letters }()
		token, u, err := make(ctx)
		if err == nil {
			compose := h.pages.Compose
			if compose == nil {
				compose = h.pages.compose
			}
			m := compose(kind, u, h.pages.Origin+path+"?token="+url.QueryEscape(token))
			m.To = cmp.Or(m.To, u.Email)
			err = h.pages.Mailer.Mail(ctx, m)
		}
		if err != nil && !errors.Is(err, ErrRefused) {
			h.pages.Accounts.logger().ErrorContext(ctx, "auth: mail could not be sent", "kind", string(kind), "user", u.Name, "error", err)
		}
	}()
}

// compose is what [Pages.Compose] does by itself.
func (p *Pages) compose(kind SecretKind, u User, link string) Mail {
	var b strings.Builder
	m := Mail{To: u.Email}
	switch kind {
	case ResetSecret:
		m.Subject = "Another password for " + p.site()
		fmt.Fprintf(&b, "Somebody, probably you, asked for another password for %s at %s. To choose one, follow this link within half an hour:\n\n%s\n\n", u.Name, p.site(), link)
		b.WriteString("If it was not you, you need not do anything: your password stays as it is.\n")
	default:
		m.Subject = "Please confirm your address for " + p.site()
		fmt.Fprintf(&b, "This address was given for the account %s at %s. To confirm that it is yours, follow this link within a day:\n\n%s\n\n", u.Name, p.site(), link)
		b.WriteString("If you know nothing of it, you need not do anything.\n")
	}
	m.Text = b.String()
	return m
}

// confirmLater gives a user an address and sends the link that confirms it.
func (h *pageHandler) confirmLater(r *http.Request, name, email string) {
	h.send(r, ConfirmSecret, h.pages.ConfirmPath, func(ctx context.Context) (string, User, error) {
		token, err := h.pages.Accounts.SetEmail(ctx, name, email)
		return token, User{Name: name, Email: email}, err
	})
}

// askEvery is how often somebody can have a link sent to one account.
const askEvery = time.Minute

func (h *pageHandler) forgot(w http.ResponseWriter, r *http.Request) {
	name := r.PostForm.Get("name")
	attempt, err := h.pages.Accounts.Attempt(r, name, "forgot")
	if h.waits(w, r, err) {
		return
	}
	if err != nil {
		h.pages.Guard.Refuse(w, r, err)
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

func (h *pageHandler) openReset(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get("token")
	u, err := h.pages.Accounts.CanReset(r.Context(), token)
	f := h.pages.form(r, h.kind)
	f.Token, f.Name, f.ForgotURL = token, u.Name, h.pages.ForgotPath
	h.byLink(w, r, f, err)
}

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
	f := h.pages.form(r, h.kind)
	f.Token = r.URL.Query().Get("token")
	h.show(w, r, http.StatusOK, f)
}

func (h *pageHandler) confirm(w http.ResponseWriter, r *http.Request) {
	u, err := h.pages.Accounts.Confirm(r.Context(), r.PostForm.Get("token"))
	f := h.pages.form(r, h.kind)
	f.Email, f.Done = u.Email, true
	h.byLink(w, r, f, err)
}
