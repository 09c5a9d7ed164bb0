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

// mailFor is how long a letter may take to be handed over.
const mailFor = time.Minute

// letters bounds how many letters are under way at a time for a handler.
const letters = 16

// send writes and sends a letter with a link to path, after the response: neither its words nor
// its time tell whether anything was sent. It reports whether there was room.
func (h *pageHandler) send(r *http.Request, kind SecretKind, path string, prepare tokenMaker) bool {
	select {
	case h.letters <- struct{}{}:
	default:
		h.pages.Accounts.logger().WarnContext(r.Context(), "auth: too much mail is under way, and some was not sent")
		return false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), mailFor)
	go func() {
		defer func() { cancel(); <-h.letters }()
		u, err := h.deliver(ctx, kind, path, prepare)
		if err != nil && !errors.Is(err, ErrRefused) {
			h.pages.Accounts.logger().ErrorContext(ctx, "auth: mail could not be sent", "kind", string(kind), "user", u.Name, "error", err)
		}
	}()
	return true
}

// tokenMaker returns the token that a letter's link carries, and whose it is.
type tokenMaker func(context.Context) (token string, u User, err error)

// deliver writes a letter and hands it over. No server is around it that would catch a panic
// of the store, Compose or the Mailer.
func (h *pageHandler) deliver(ctx context.Context, kind SecretKind, path string, prepare tokenMaker) (u User, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	token, u, err := prepare(ctx)
	if err != nil {
		return u, err
	}
	compose := h.pages.Compose
	if compose == nil {
		compose = h.pages.compose
	}
	m := compose(kind, u, withQuery(h.pages.Origin+path, "token", token))
	m.To = cmp.Or(m.To, u.Email)
	return u, h.pages.Mailer.Mail(ctx, m)
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
