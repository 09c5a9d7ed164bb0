package auth

import (
	"cmp"
	"context"
	"log/slog"
	"net/mail"
	"strings"
	"unicode"
)

// Mailer sends mail. It is called outside of requests, by many goroutines at a time, with a
// context that ends after a minute.
type Mailer interface {
	// Mail hands m over. An error is logged; nobody tries again.
	Mail(ctx context.Context, m Mail) error
}

// Mail is a letter to a user.
type Mail struct {
	To      string // an address, without a name
	Subject string // one line
	Text    string // plain text; links stand on a line of their own
}

// InsecureLogMailer writes mail to the log instead of sending it: for development. Whoever
// reads the log can choose a user's password with the links in it.
type InsecureLogMailer struct {
	// Logger is where it goes. nil: slog.Default().
	Logger *slog.Logger
}

// Mail implements [Mailer].
func (l InsecureLogMailer) Mail(ctx context.Context, m Mail) error {
	cmp.Or(l.Logger, slog.Default()).LogAttrs(ctx, slog.LevelInfo, "mail, not sent: set a Mailer that does",
		slog.String("to", m.To), slog.String("subject", m.Subject), slog.String("text", m.Text))
	return nil
}

// maxEmail is the longest address that mail can go to (RFC 5321 §4.5.3.1.3).
const maxEmail = 254

// checkEmail returns address, and [ErrEmail] for what is none. It takes the plain form
// alone: no name beside it, no comment, nothing that some program takes for the end of a line
// (U+0085, U+2028), no option for a sendmail that is run with it, and no machine by its number.
func checkEmail(address string) (string, error) {
	address = strings.TrimSpace(address)
	a, err := mail.ParseAddress(address)
	switch {
	case err != nil, a.Address != address, len(address) > maxEmail,
		strings.HasPrefix(address, "-"), strings.HasSuffix(address, "]"),
		strings.ContainsFunc(address, func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }):
		return "", ErrEmail
	}
	return address, nil
}
