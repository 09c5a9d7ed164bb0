package e2e_test

// The code of docs/migrating-sessions.md; TestMigratingDoc compares the two.

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"github.com/surcoat/surcoat/middleware/session"
)

// Takeover moves the sessions of the program before into ours, each when its visitor
// first comes. It belongs just inside Manager.Wrap.
type Takeover struct {
	Cookie string    // the old cookie's name
	Until  time.Time // when the last old cookie has expired

	// Take stores what is worth keeping in s, and ends the old session. It leaves s
	// alone where there is none. After an error the old cookie stays, for another try.
	Take func(w http.ResponseWriter, r *http.Request, s *session.Session) error
}

func (t Takeover) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie(t.Cookie); err == nil && time.Now().Before(t.Until) {
			s := session.From(r.Context())
			err := s.Err()
			if err == nil && s.Handle() == "" { // who has a session of ours had their turn
				err = t.Take(w, r, s)
			}
			if err != nil {
				_ = s.Destroy(r.Context()) // ours does not begin before the old one has ended
				session.ErrorPage(w, r, err)
				return
			}
			http.SetCookie(w, &http.Cookie{Name: t.Cookie, Path: "/", MaxAge: -1})
		}
		next.ServeHTTP(w, r)
	})
}

// takeGorilla takes over sessions of gorilla/sessions, from any store of it.
func takeGorilla(old sessions.Store, cookie string) func(http.ResponseWriter, *http.Request, *session.Session) error {
	return func(w http.ResponseWriter, r *http.Request, s *session.Session) error {
		before, err := old.New(r, cookie)
		var refused securecookie.MultiError
		switch {
		case errors.As(err, &refused), errors.Is(err, fs.ErrNotExist), err == nil && before.IsNew:
			return nil // forged, expired, or signed out
		case err != nil:
			return err // the old store does not answer
		}
		if v, ok := before.Values["name"].(string); ok {
			if err := userName.Set(s, v); err != nil {
				return err
			}
		}
		user, _ := before.Values["user"].(string)
		if err := s.Renew(r.Context(), user); err != nil { // stores it at once
			return err
		}
		// The deletion that gorilla's CookieStore sends is a session as well: empty it.
		before.Values, before.Options.MaxAge = map[any]any{}, -1
		return old.Save(r, w, before)
	}
}

// takeSCS takes over sessions of alexedwards/scs, from any store of it.
func takeSCS(old *scs.SessionManager) func(http.ResponseWriter, *http.Request, *session.Session) error {
	return func(w http.ResponseWriter, r *http.Request, s *session.Session) error {
		c, err := r.Cookie(old.Cookie.Name)
		if err != nil {
			return nil
		}
		ctx, err := old.Load(r.Context(), c.Value)
		if err != nil {
			return err
		}
		if len(old.Keys(ctx)) == 0 {
			return nil // forged, expired, or signed out
		}
		if old.Exists(ctx, "name") {
			if err := userName.Set(s, old.GetString(ctx, "name")); err != nil {
				return err
			}
		}
		if err := s.Renew(r.Context(), old.GetString(ctx, "user")); err != nil {
			return err
		}
		return old.Destroy(ctx)
	}
}

func Example_migrate() {
	mux := http.NewServeMux()
	old := sessions.NewCookieStore([]byte("the old authentication key"))
	ours := &session.Manager{Store: session.NewServerStore(&session.Memory{})}
	takeover := Takeover{
		Cookie: "plain",
		Until:  time.Date(2027, time.January, 31, 0, 0, 0, 0, time.UTC), // the old program's last day and MaxAge
		Take:   takeGorilla(old, "plain"),
	}
	log.Fatal(http.ListenAndServe("localhost:8080", ours.Wrap(takeover.Wrap(mux))))
}

// scsSite is plainSite with scs.
func scsSite(m *scs.SessionManager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/set", func(_ http.ResponseWriter, r *http.Request) {
		m.Put(r.Context(), "name", r.URL.RawQuery)
	})
	mux.HandleFunc("/show", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, m.GetString(r.Context(), "name"))
	})
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		if err := m.RenewToken(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		m.Put(r.Context(), "user", r.URL.RawQuery)
	})
	mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, m.GetString(r.Context(), "user"))
	})
	return m.LoadAndSave(mux)
}
