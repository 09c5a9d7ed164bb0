package auth

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// StepUp is a [Rule]'s answer to somebody who is signed in, but not recently
// enough: people are sent to sign in again, programs get a 401.
type StepUp struct {
	// MaxAge is how long ago they may have signed in.
	MaxAge time.Duration
}

// Error says what is missing.
func (s *StepUp) Error() string {
	return fmt.Sprintf("auth: a sign-in within the last %v is needed", s.MaxAge)
}

// Role returns a [Rule] that asks for one role. It panics where name is "".
func Role(name string) Rule {
	if name == "" {
		panic("auth: Role: the name is empty")
	}
	return func(_ *http.Request, id Identity) error {
		if slices.Contains(id.Roles, name) {
			return nil
		}
		return ErrForbidden
	}
}

// ScopeError is a [Rule]'s answer to a token that is not good for this.
type ScopeError struct {
	// Scope is the one that is missing. "": no token that is limited will do.
	Scope string
}

// Error says what is missing.
func (s *ScopeError) Error() string {
	if s.Scope == "" {
		return "auth: a token that is not limited to scopes is needed; to let limited ones in, give Guard.Require a Scope"
	}
	return fmt.Sprintf("auth: a token with the scope %q is needed", s.Scope)
}

// Is makes a ScopeError an [ErrForbidden].
func (s *ScopeError) Is(target error) bool { return target == ErrForbidden }

// Scope returns a [Rule] that asks tokens for a scope. It holds for all who are not limited
// to scopes: people, and tokens that may do what their user may. It panics where name is
// no scope (RFC 6749 §3.3).
//
// A route behind [Guard.Require] that asks for no scope takes no token that is limited to
// some. Behind [Guard.Wrap] alone nothing holds a token to its scopes.
func Scope(name string) Rule {
	if !scopeToken(name) {
		panic(fmt.Sprintf("auth: Scope: %q is no scope (RFC 6749 §3.3)", name))
	}
	missing := &ScopeError{name}
	return func(_ *http.Request, id Identity) error {
		if !slices.Contains(id.Scopes, name) && (len(id.Scopes) > 0 || id.limited) {
			return missing
		}
		if id.scoped != nil {
			*id.scoped = true
		}
		return nil
	}
}

// Recent returns a [Rule] that asks for proof of identity no older than age. A
// password that comes with each request is always recent; a token is as old as it is. Those for
// whom something outside stands ([ClientCert], [ProxyHeader], [RemoteUser]) are always recent
// too: when they proved themselves there is not known here. It panics where age is not positive.
func Recent(age time.Duration) Rule {
	if age <= 0 {
		panic("auth: Recent: the age is not positive")
	}
	stepUp := &StepUp{MaxAge: age}
	return func(_ *http.Request, id Identity) error {
		if time.Since(id.Time) <= age {
			return nil
		}
		return stepUp
	}
}

// All returns a [Rule] that holds where all rules do. It asks them in order and
// returns the first error.
func All(rules ...Rule) Rule {
	return func(r *http.Request, id Identity) error {
		for _, rule := range rules {
			if err := rule(r, id); err != nil {
				return err
			}
		}
		return nil
	}
}

// Any returns a [Rule] that holds where one of rules does. Where none does, it
// returns the error that leaves most open: a [*StepUp], else one that is not
// [ErrForbidden]. It panics without rules.
func Any(rules ...Rule) Rule {
	if len(rules) == 0 {
		panic("auth: Any: no rules")
	}
	return func(r *http.Request, id Identity) error {
		worst := ErrForbidden
		for _, rule := range rules {
			err := rule(r, id)
			if err == nil {
				return nil
			}
			var stepUp *StepUp
			switch {
			case errors.As(worst, &stepUp):
			case errors.As(err, &stepUp), errors.Is(worst, ErrForbidden):
				worst = err
			}
		}
		return worst
	}
}
