package auth

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/surcoat/surcoat/internal/identity"
)

// visit is one request's way through a Guard. It is the request's context as well,
// which saves the one that would carry it.
type visit struct {
	context.Context
	set *settings
	w   http.ResponseWriter
	r   *http.Request

	ruled  atomic.Bool // Guard.Rules hold
	scoped atomic.Bool // a rule has asked for a scope, which was there

	mu   sync.Mutex
	done bool // id and err are final
	id   Identity
	err  error
	by   Scheme // the one that id or err is from; nil: none
}

type visitKey struct{}

// Value returns the visit itself for its own key, and for that of gateways.
func (v *visit) Value(key any) any {
	if key == (visitKey{}) || key == (identity.Key{}) {
		return v
	}
	return v.Context.Value(key)
}

// RemoteUser implements [identity.Teller]. To an application behind a gateway, which knows no
// scopes, a token that is limited to some is nobody's, unless a rule has asked for one of them.
func (v *visit) RemoteUser() (user, scheme string, err error) {
	id, err := v.identity()
	switch {
	case err == ErrNone, err == nil && len(id.Scopes) > 0 && !v.scoped.Load():
		return "", "", nil
	case err != nil:
		return "", "", err
	}
	return id.Subject, id.Scheme, nil
}

// visitOf returns the visit to the innermost Guard around ctx, nil without one.
func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

// begin asks the schemes that are asked at once, and refuses what no handler may see:
// a refused credential, and an ambient one that another site made a browser
// send. It reports whether the request may go on.
func (v *visit) begin(w http.ResponseWriter, r *http.Request) bool {
	if s := v.set.session; s != nil {
		// A wrong order of layers shows at the first request, not at the first login.
		if _, err := s.state(v.Context); err != nil {
			misplaced(w, r, err)
			return false
		}
	}
	for _, scheme := range v.set.eager {
		id, err := scheme.Authenticate(w, r)
		if err == ErrNone {
			continue
		}
		v.done, v.id, v.err, v.by = true, id, err, scheme
		if err != nil {
			v.refuse(w, r, err)
			return false
		}
		break
	}
	if v.set.crossOrigin.Check(r) != nil {
		if id, err := v.identity(); err == nil && id.Ambient {
			forged(w, r)
			return false
		}
	}
	return true
}

// identity returns who it is, and asks the session the first time.
func (v *visit) identity() (Identity, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.done {
		v.done, v.err = true, ErrNone
		if s := v.set.session; s != nil {
			if v.id, v.err = s.Authenticate(v.w, v.r); v.err != ErrNone {
				v.by = s
			}
		}
	}
	return v.id, v.err
}

// become replaces the identity, after a login or a logout.
func (v *visit) become(id Identity, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.done, v.id, v.err, v.by = true, id, err, nil
	v.ruled.Store(false)
	v.scoped.Store(false)
}

// admit answers r itself unless it has an identity for which the Guard's rules and the
// given ones hold, and reports whether it has. With strict, a rule must have asked a token
// that is limited to scopes for one.
func (v *visit) admit(w http.ResponseWriter, r *http.Request, rules []Rule, strict bool) bool {
	id, err := v.identity()
	if err != nil {
		v.refuse(w, r, err)
		return false
	}
	if len(id.Scopes) > 0 {
		id.scoped = new(bool)
	}
	if !v.ruled.Load() {
		if !v.holds(w, r, id, v.set.rules) {
			return false
		}
		v.ruled.Store(true)
	}
	if !v.holds(w, r, id, rules) {
		return false
	}
	if id.scoped == nil {
		return true
	}
	if *id.scoped {
		v.scoped.Store(true)
	}
	if strict && !v.scoped.Load() {
		v.forbid(w, r, errNoScope)
		return false
	}
	return true
}

// errNoScope refuses a limited token where no rule knows of scopes.
var errNoScope = &ScopeError{}

func (v *visit) holds(w http.ResponseWriter, r *http.Request, id Identity, rules []Rule) bool {
	for _, rule := range rules {
		if err := rule(r, id); err != nil {
			v.forbid(w, r, err)
			return false
		}
	}
	return true
}
