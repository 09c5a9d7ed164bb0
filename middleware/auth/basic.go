package auth

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Basic is the scheme of RFC 7617: name and password with each request. Use it over
// TLS only. It must not be copied; its fields are read once.
//
// A password that was right is remembered for a short time, by a keyed hash of the
// header, so that the next request costs no password hash. The user is still looked
// up every time: a changed password, a role taken away or a disabled account shows at
// the next request. One that is not remembered is limited as [Accounts.VerifyRequest] says.
//
// A user with a second factor is refused, as the password alone must not open what the factor
// is to protect. Their programs use [Bearer].
type Basic struct {
	// Accounts checks the passwords. nil is refused at Wrap.
	Accounts *Accounts

	// Realm is shown by some browsers. "": "site". Control characters and invalid
	// UTF-8 are refused at Wrap.
	Realm string

	// CacheFor is how long a right password is remembered. 0: a minute.
	// Negative: not at all.
	CacheFor time.Duration

	// CacheSize is how many right passwords are remembered. 0: 4096.
	CacheSize int

	once      sync.Once
	err       error
	challenge string
	cache     *cache
}

// maxBasic bounds a credential before it is looked at. The longest name with the longest
// password that can match has 1.7 KiB of base64.
const maxBasic = 4 << 10

// basicMethods is what every Basic identity has in Methods.
var basicMethods = []string{"pwd"}

func (b *Basic) check() error {
	b.once.Do(func() { b.err = b.settle() })
	return b.err
}

func (b *Basic) settle() error {
	if b.Accounts == nil {
		return errors.New("auth: Basic.Accounts is nil; set it to &auth.Accounts{Users: …}")
	}
	if b.CacheSize < 0 {
		return errors.New("auth: Basic.CacheSize is negative")
	}
	realm, err := quoted(b.Realm)
	if err != nil {
		return fmt.Errorf("auth: Basic.Realm: %w", err)
	}
	b.challenge = "Basic realm=" + realm + `, charset="UTF-8"`
	b.cache = newCache(b.CacheFor, b.CacheSize)
	return b.Accounts.check()
}

// Challenge implements [Challenger].
func (b *Basic) Challenge(h http.Header, _ error) {
	if b.check() == nil {
		h.Add("WWW-Authenticate", b.challenge)
	}
}

// Authenticate implements [Scheme].
func (b *Basic) Authenticate(w http.ResponseWriter, r *http.Request) (Identity, error) {
	credential, err := authorization(r, "basic")
	if err != nil {
		return Identity{}, err
	}
	if err := b.check(); err != nil {
		return Identity{}, err
	}
	if len(credential) > maxBasic {
		return Identity{}, ErrRefused
	}
	now := time.Now()
	key := b.cache.key(credential)
	if e, ok := b.cache.get(key, now); ok {
		u, err := b.Accounts.lookupAt(r.Context(), now, e.name)
		switch {
		case err == nil && !u.Disabled && u.Hash == e.hash:
			return basicIdentity(u, now)
		case err != nil && !errors.Is(err, ErrRefused):
			return Identity{}, err
		}
	}
	name, password, ok := splitBasic(credential)
	if !ok {
		return Identity{}, ErrRefused
	}
	u, err := b.Accounts.verifyRequest(w, r, name, password, &cached{b.cache, key})
	if err != nil {
		return Identity{}, err
	}
	return basicIdentity(u, now)
}

var errHasFactor = fmt.Errorf("%w: the user has a second factor, for which Basic has no place; give their programs a token", ErrRefused)

// basicIdentity has the time of the request: the password came with it. Whoever has got hold
// of it must not come in here past the second factor.
func basicIdentity(u User, now time.Time) (Identity, error) {
	if u.HasFactor() {
		return Identity{}, errHasFactor
	}
	id := u.Identity()
	id.Methods, id.Time, id.Ambient, id.Scheme = basicMethods, now, true, "Basic"
	return id, nil
}

// splitBasic decodes a Basic credential (RFC 7617 §2). A name has no colon, so the
// password begins after the first. Padding may be missing, as some clients leave it out.
func splitBasic(credential string) (name, password string, ok bool) {
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(credential, "="))
	if err != nil {
		return "", "", false
	}
	name, password, ok = strings.Cut(string(decoded), ":")
	if !ok || strings.ContainsRune(name, 0) || strings.ContainsRune(password, 0) {
		return "", "", false
	}
	return name, password, true
}
