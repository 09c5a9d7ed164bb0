package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
)

// Bearer is the scheme of RFC 6750 with opaque tokens: for programs. Use it over TLS only. It
// must not be copied; its fields are read once.
//
// A token is looked up with every request, and its user with it: one that was revoked, a
// role taken away or a disabled account shows at the next request. It is taken from the
// Authorization field alone: in a URL or a form it would get into logs (§2.3, §5.3).
type Bearer struct {
	// Accounts has the tokens that [Accounts.NewToken] makes. nil: there are none.
	Accounts *Accounts

	// Verify, if set, is asked about tokens that are not of Accounts' form: those of an
	// identity provider, or of programs that are no users. It returns an error that wraps
	// [ErrRefused], or [ErrUnavailable]. Identity.Scheme is set for it. A token is good for
	// the scopes that it returns; without any, for no route that has the rule [Scope].
	Verify func(ctx context.Context, token string) (Identity, error)

	// Realm is told to clients. "": "site". Control characters and invalid UTF-8 are
	// refused at Wrap.
	Realm string

	once      sync.Once
	err       error
	challenge string
}

func (b *Bearer) check() error {
	b.once.Do(func() { b.err = b.settle() })
	return b.err
}

func (b *Bearer) settle() error {
	if b.Accounts == nil && b.Verify == nil {
		return errors.New("auth: Bearer.Accounts and Bearer.Verify are nil; set at least one")
	}
	realm, err := quoted(b.Realm)
	if err != nil {
		return fmt.Errorf("auth: Bearer.Realm: %w", err)
	}
	b.challenge = "Bearer realm=" + realm
	if b.Accounts != nil {
		return b.Accounts.check()
	}
	return nil
}

// maxBearer bounds a credential before it is looked at; signed tokens of identity providers
// have some kilobytes.
const maxBearer = 16 << 10

// Authenticate implements [Scheme].
func (b *Bearer) Authenticate(_ http.ResponseWriter, r *http.Request) (Identity, error) {
	credential, err := authorization(r, "bearer")
	if err != nil {
		return Identity{}, err
	}
	if err := b.check(); err != nil {
		return Identity{}, err
	}
	if !b64token(credential) {
		return Identity{}, ErrRefused
	}
	h, _, ours := parseToken(credential)
	if ours && b.Accounts != nil {
		u, s, err := b.Accounts.token(r.Context(), h)
		if err != nil {
			return Identity{}, err
		}
		id := u.Identity()
		// When its user made it: they need not have been there since.
		id.Scopes, id.Time, id.Scheme = s.Scopes, s.Created, "Bearer"
		return id, nil
	}
	if b.Verify == nil {
		return Identity{}, ErrRefused
	}
	id, err := b.Verify(r.Context(), credential)
	if err != nil {
		return Identity{}, err
	}
	if id.Subject == "" {
		return Identity{}, errors.New("auth: Bearer.Verify returned an Identity without a Subject")
	}
	id.Scheme, id.limited = "Bearer", true
	return id, nil
}

// b64token reports whether s has the form of RFC 6750 §2.1.
func b64token(s string) bool {
	if s == "" || len(s) > maxBearer {
		return false
	}
	padding := false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '=':
			padding = i > 0
			if !padding {
				return false
			}
		case padding:
			return false
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			c == '-', c == '.', c == '_', c == '~', c == '+', c == '/':
		default:
			return false
		}
	}
	return true
}

// Challenge implements [Challenger], with the errors of RFC 6750 §3.1 and RFC 9470 §3.
func (b *Bearer) Challenge(h http.Header, err error) {
	if b.check() != nil {
		return
	}
	var stepUp *StepUp
	var scope *ScopeError
	challenge := b.challenge
	switch {
	case err == ErrNone:
	case errors.As(err, &stepUp):
		challenge += stepUp.params()
	case errors.As(err, &scope):
		challenge += `, error="insufficient_scope"`
		if scope.Scope != "" {
			challenge += `, scope="` + scope.Scope + `"`
		}
	default:
		challenge += `, error="invalid_token"`
	}
	h.Add("WWW-Authenticate", challenge)
}
