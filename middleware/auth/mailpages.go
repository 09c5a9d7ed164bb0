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
	"unicode"
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

// checkMail looks at what mail needs. Its errors name the field.
func (p *Pages) checkMail() error {
	u, err := url.Parse(p.Origin)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || p.Origin != u.Scheme+"://"+u.Host:
		return fmt.Errorf("Pages.Origin %q is not like https://example.org", p.Origin)
	case p.ConfirmPath == "":
		return errors.New("Pages.ConfirmPath is not set; serve Pages.Confirm there")
	case strings.ContainsFunc(p.Site, unicode.IsControl):
		return errors.New("Pages.Site is not one line")
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
// its time tell whether anything was sent. make returns the token that the link carries. It
// reports whether there was room.
func (h *pageHandler) send(r *http.Request, kind SecretKind, path string, make func(context.Context) (token string, u User, err error)) bool {
	select {
	case h.letters <- struct{}{}:
	default:
		h.pages.Accounts.logger().WarnContext(r.Context(), "auth: too much mail is under way, and some was not sent")
		return false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), mailFor)
	go func() {
		defer func() { cancel(); <-h.letters }()
		token, u, err := make(ctx)
		if err == nil {
			err = h.deliver(ctx, kind, u, withQuery(h.pages.Origin+path, "token", token))
		}
		if err != nil && !errors.Is(err, ErrRefused) {
			h.pages.Accounts.logger().ErrorContext(ctx, "auth: mail could not be sent", "kind", string(kind), "user", u.Name, "error", err)
		}
	}()
	return true
}

// deliver hands a letter over. No server is around it that would catch a panic.
func (h *pageHandler) deliver(ctx context.Context, kind SecretKind, u User, link string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	compose := h.pages.Compose
	if compose == nil {
		compose = h.pages.compose
	}
	m := compose(kind, u, link)
	m.To = cmp.Or(m.To, u.Email)
	return h.pages.Mailer.Mail(ctx, m)
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
	default: // without the name: a stranger may have chosen it for this reader
		m.Subject = "Please confirm your address for " + p.site()
		fmt.Fprintf(&b, "This address was given for an account at %s. To confirm that it is yours, follow this link within a day:\n\n%s\n\n", p.site(), link)
		b.WriteString("If you know nothing of it, you need not do anything.\n")
	}
	m.Text = b.String()
	return m
}

var errMailFull = fmt.Errorf("%w: too much mail is under way", ErrUnavailable)

// setEmail gives a user an address and sends the link that confirms it.
func (h *pageHandler) setEmail(r *http.Request, name, email string) error {
	token, err := h.pages.Accounts.SetEmail(r.Context(), name, email)
	if err != nil {
		return err
	}
	u := User{Name: name, Email: email}
	if !h.send(r, ConfirmSecret, h.pages.ConfirmPath, func(context.Context) (string, User, error) { return token, u, nil }) {
		return errMailFull
	}
	return nil
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
