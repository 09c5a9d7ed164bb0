package site

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/surcoat/surcoat/examples/wiki/view"
	"github.com/surcoat/surcoat/middleware/auth"
)

// Guesses counts wrong passwords and codes over processes. *people.Guesses is one.
type Guesses interface {
	Enter(ctx context.Context, from netip.Addr) (leave func(wrong bool) error, wait time.Duration, err error)
}

// counted is a layer for forms with a password or a code: those that were wrong are counted where
// the next process finds them. always is for forms each of which counts, right or wrong, such as
// accounts that a program makes.
func (s *site) counted(g Guesses, always bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		if g == nil {
			return next
		}
		return counter{next, s, g, always}
	}
}

type counter struct {
	next    http.Handler
	site    *site
	guesses Guesses
	always  bool
}

// guess is a form with a password, while it is looked at.
type guess struct{ wrong bool }

type guessKey struct{}

func (c counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		c.next.ServeHTTP(w, r)
		return
	}
	from, _ := netip.ParseAddrPort(r.RemoteAddr) // what is none is counted as one network
	leave, wait, err := c.guesses.Enter(r.Context(), from.Addr())
	if err != nil {
		c.site.report(w, r, err)
		return
	}
	if wait > 0 {
		seconds := int(wait/time.Second) + 1
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		c.site.report(w, r, &problem{
			http.StatusTooManyRequests, "Too many wrong passwords",
			fmt.Sprintf("From where you are there were too many. Try again in %d seconds.", seconds),
			view.Link{},
		})
		return
	}
	g := &guess{wrong: c.always}
	// A handler that panics was shown a guess that counts.
	c.next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), guessKey{}, g)))
	if err := leave(g.wrong); err != nil {
		c.site.log.WarnContext(r.Context(), "a right password is counted as a wrong one", "error", err)
	}
}

// guessed takes note of wrong passwords and codes, and has them in the log: for a program that
// reads it and shuts out addresses.
func guessed(log *slog.Logger) func(context.Context, auth.Event) {
	return func(ctx context.Context, e auth.Event) {
		if g, ok := ctx.Value(guessKey{}).(*guess); ok {
			g.wrong = true
		}
		log.WarnContext(ctx, "wrong "+e.Use, "user", e.User, "client", e.Client)
	}
}
