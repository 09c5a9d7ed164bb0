package bench_test

import (
	"net/http"
	"testing"

	"github.com/gorilla/sessions"

	"github.com/surcoat/surcoat/middleware/session"
)

var (
	subjectKey = session.NewKey[string]("subject")
	themeKey   = session.NewKey[string]("theme")
	visitsKey  = session.NewKey[int]("visits")
)

// surcoatKeeper is a session.Manager with its defaults.
type surcoatKeeper struct{ *session.Manager }

// newSurcoatCookie keeps sessions in the cookie, as newGorilla does.
func newSurcoatCookie(tb testing.TB) keeper {
	return surcoatKeeper{&session.Manager{Store: cookieStore(tb)}}
}

// newSurcoatMemory keeps sessions on the server, as newSCS does.
func newSurcoatMemory(testing.TB) keeper { return surcoatKeeper{&session.Manager{}} }

func cookieStore(tb testing.TB) sessions.Store {
	keys, err := session.ParseKeyring(session.GenerateKey())
	if err != nil {
		tb.Fatal(err)
	}
	return session.NewCookieStore(keys)
}

func (k surcoatKeeper) layer(next http.Handler) http.Handler { return k.Wrap(next) }

func (k surcoatKeeper) signIn(_ http.ResponseWriter, r *http.Request) error {
	s := session.From(r.Context())
	if err := s.Renew(r.Context(), subject); err != nil {
		return err
	}
	if err := subjectKey.Set(s, subject); err != nil {
		return err
	}
	if err := themeKey.Set(s, theme); err != nil {
		return err
	}
	return visitsKey.Set(s, visits)
}

func (k surcoatKeeper) read(r *http.Request) (string, string, int) {
	s := session.From(r.Context())
	who, _ := subjectKey.Get(s)
	look, _ := themeKey.Get(s)
	n, _ := visitsKey.Get(s)
	return who, look, n
}

func (k surcoatKeeper) setVisits(_ http.ResponseWriter, r *http.Request, n int) error {
	return visitsKey.Set(session.From(r.Context()), n)
}
