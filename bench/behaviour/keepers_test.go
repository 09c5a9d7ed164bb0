package behaviour_test

import (
	"net/http"
	"testing"

	"github.com/alexedwards/scs/v2"
	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"github.com/surcoat/surcoat/middleware/session"
)

// surcoatKeeper is a session.Manager with its defaults.
type surcoatKeeper struct {
	*session.Manager
	server bool
}

var (
	valueKey = session.NewKey[string]("value")
	countKey = session.NewKey[int]("count")
)

func (k surcoatKeeper) onServer() bool                       { return k.server }
func (k surcoatKeeper) layer(next http.Handler) http.Handler { return k.Wrap(next) }

func (k surcoatKeeper) get(r *http.Request) string {
	v, _ := valueKey.Get(session.From(r.Context()))
	return v
}

func (k surcoatKeeper) count(r *http.Request) int {
	n, _ := countKey.Get(session.From(r.Context()))
	return n
}

func (k surcoatKeeper) set(_ http.ResponseWriter, r *http.Request, value string) error {
	return valueKey.Set(session.From(r.Context()), value)
}

func (k surcoatKeeper) add(_ http.ResponseWriter, r *http.Request) error {
	return countKey.Update(session.From(r.Context()), func(n int) int { return n + 1 })
}

func (k surcoatKeeper) renew(_ http.ResponseWriter, r *http.Request) error {
	return session.From(r.Context()).Renew(r.Context(), "ada")
}

func (k surcoatKeeper) destroy(_ http.ResponseWriter, r *http.Request) error {
	return session.From(r.Context()).Destroy(r.Context())
}

// scsKeeper is alexedwards/scs with its defaults.
type scsKeeper struct{ *scs.SessionManager }

func (k scsKeeper) onServer() bool                       { return true }
func (k scsKeeper) layer(next http.Handler) http.Handler { return k.LoadAndSave(next) }
func (k scsKeeper) get(r *http.Request) string           { return k.GetString(r.Context(), "value") }
func (k scsKeeper) count(r *http.Request) int            { return k.GetInt(r.Context(), "count") }

func (k scsKeeper) set(_ http.ResponseWriter, r *http.Request, value string) error {
	k.Put(r.Context(), "value", value)
	return nil
}

func (k scsKeeper) add(_ http.ResponseWriter, r *http.Request) error {
	k.Put(r.Context(), "count", k.count(r)+1)
	return nil
}

func (k scsKeeper) renew(_ http.ResponseWriter, r *http.Request) error {
	return k.RenewToken(r.Context())
}

func (k scsKeeper) destroy(_ http.ResponseWriter, r *http.Request) error {
	return k.Destroy(r.Context())
}

// gorillaKeeper is a store of gorilla/sessions, asked by the handler.
type gorillaKeeper struct {
	sessions.Store
	server bool
}

func (k gorillaKeeper) onServer() bool                       { return k.server }
func (k gorillaKeeper) layer(next http.Handler) http.Handler { return next }

func (k gorillaKeeper) get(r *http.Request) string {
	s, _ := k.Get(r, "session")
	v, _ := s.Values["value"].(string)
	return v
}

func (k gorillaKeeper) count(r *http.Request) int {
	s, _ := k.Get(r, "session")
	n, _ := s.Values["count"].(int)
	return n
}

// set goes on with the new session that Get returns beside an error, as its
// documentation advises.
func (k gorillaKeeper) set(w http.ResponseWriter, r *http.Request, value string) error {
	s, _ := k.Get(r, "session")
	s.Values["value"] = value
	return s.Save(r, w)
}

func (k gorillaKeeper) add(w http.ResponseWriter, r *http.Request) error {
	s, _ := k.Get(r, "session")
	s.Values["count"] = k.count(r) + 1
	return s.Save(r, w)
}

func (k gorillaKeeper) renew(http.ResponseWriter, *http.Request) error { return errNotOffered }

// destroy is what the documentation says: a negative MaxAge, then Save.
func (k gorillaKeeper) destroy(w http.ResponseWriter, r *http.Request) error {
	s, _ := k.Get(r, "session")
	s.Options.MaxAge = -1
	return s.Save(r, w)
}

func newKey() []byte { return securecookie.GenerateRandomKey(32) }

func newCookieKeeper(tb testing.TB) keeper {
	keys, err := session.ParseKeyring(session.GenerateKey())
	if err != nil {
		tb.Fatal(err)
	}
	return surcoatKeeper{&session.Manager{Store: session.NewCookieStore(keys)}, false}
}

var sessionKeepers = []sessionSubject{
	{subject{name: "surcoat", title: "surcoat, in memory", ours: true}, func(testing.TB) keeper {
		return surcoatKeeper{&session.Manager{}, true}
	}},
	{subject{name: "surcoat-cookie", title: "surcoat, in the cookie", ours: true}, newCookieKeeper},
	{subject{name: "scs", title: "scs", modules: []string{modSCS}}, func(testing.TB) keeper {
		return scsKeeper{scs.New()}
	}},
	{subject{name: "gorilla.CookieStore", title: "gorilla CookieStore", modules: []string{modSessions, modSecurecookie}}, func(testing.TB) keeper {
		return gorillaKeeper{sessions.NewCookieStore(newKey(), newKey()), false}
	}},
	{subject{name: "gorilla.FilesystemStore", title: "gorilla FilesystemStore", modules: []string{modSessions, modSecurecookie}}, func(tb testing.TB) keeper {
		return gorillaKeeper{sessions.NewFilesystemStore(tb.TempDir(), newKey(), newKey()), true}
	}},
}

type sessionSubject struct {
	subject
	keeper func(testing.TB) keeper
}
