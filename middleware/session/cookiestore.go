package session

import (
	"net/http"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"
)

// CookieStore keeps sessions in the clients' cookies, sealed so that clients can
// neither read nor change them. It needs nothing on the server but its [Keyring], and
// so serves any number of processes that share that.
//
// What a store without a server cannot do: of parallel requests that change one
// session the last response wins, and a session holds some 2,900 bytes. What was
// destroyed or revoked is refused by a list, see [Revocations]: without a Backend for it
// other processes, and the same one after a restart, accept a cookie that was copied
// before, until it expires.
//
// The embedded store is gorilla's own with a [Codec] on the same keys, for code that
// uses gorilla/sessions directly. A Manager does not take that way: its cookies are
// smaller, and carry the times by which its limits are enforced.
type CookieStore struct {
	*sessions.CookieStore
	keys *Keyring
}

// NewCookieStore returns a store that seals with the first of keys and opens with
// all. It panics when keys is nil.
func NewCookieStore(keys *Keyring) *CookieStore {
	if keys == nil {
		panic("session: NewCookieStore: the keyring is nil; get one from session.OpenKeyring or session.ParseKeyring")
	}
	codec := NewCodec(keys)
	codec.MaxAge = defaultLifetime
	return &CookieStore{
		CookieStore: &sessions.CookieStore{Codecs: []securecookie.Codec{codec}, Options: safeOptions()},
		keys:        keys,
	}
}

// safeOptions is how code that uses a store directly sets cookies, unless it says
// otherwise.
func safeOptions() *sessions.Options {
	return &sessions.Options{
		Path: "/", MaxAge: int(defaultLifetime / time.Second),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}
