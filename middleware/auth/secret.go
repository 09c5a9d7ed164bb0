package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"
)

// Secret is what a user has besides the password: something that proves them, or that
// was sent to them to be shown again once. A store keeps it and need not understand it.
type Secret struct {
	Kind SecretKind `json:"kind"` // what it is for

	// ID names it among the user's, in lists and to be revoked. It is public.
	ID string `json:"id"`

	// Hash is the SHA-256 of what the user holds, in base64: the store itself signs
	// nobody in. The key of a [TOTPSecret] has to be kept as it is.
	Hash string `json:"hash"`

	// Label is what the user calls it: "backup script", "Firefox on Linux".
	Label string `json:"label,omitempty"`

	// Scopes are what a token is limited to.
	Scopes []string `json:"scopes,omitempty"`

	Created time.Time `json:"created,omitzero"` // when it was made
	Expires time.Time `json:"expires,omitzero"` // when it ends; zero: never
	Used    time.Time `json:"used,omitzero"`    // when it was last used, as far as its kind records that

	Previous string    `json:"previous,omitempty"` // the hash of what was replaced by Hash
	Grace    time.Time `json:"grace,omitzero"`     // until when that is still good

	// Step is the time step of the last code that was taken, so that none is taken twice
	// (RFC 6238 §5.2).
	Step int64 `json:"step,omitempty"`
}

// SecretKind says what a [Secret] is for.
type SecretKind string

// The kinds of secrets.
const (
	TokenSecret    SecretKind = "token"    // a bearer token of a program
	RememberSecret SecretKind = "remember" // a device that stays signed in
	ResetSecret    SecretKind = "reset"    // a link by which to choose another password
	ConfirmSecret  SecretKind = "confirm"  // a link that confirms an address
	TOTPSecret     SecretKind = "totp"     // the second factor
	RecoverySecret SecretKind = "recovery" // a code for when that is lost
)

// most is how many secrets of a kind a user can have; the oldest goes for a new one.
func (k SecretKind) most() int {
	switch k {
	case ResetSecret, ConfirmSecret:
		return 3
	case TOTPSecret:
		return 1
	case RecoverySecret:
		return 10
	}
	return 100
}

// endsWithSessions reports whether secrets of the kind go when all sessions of a user end.
func (k SecretKind) endsWithSessions() bool { return k == RememberSecret || k == ResetSecret }

func (s *Secret) expired(now time.Time) bool { return !s.Expires.IsZero() && !now.Before(s.Expires) }

// is reports whether hash is the secret's, in constant time.
func (s *Secret) is(hash string) bool {
	return subtle.ConstantTimeCompare([]byte(s.Hash), []byte(hash)) == 1
}

// secretBytes is what is drawn for each: more than can be guessed, so that SHA-256 is
// hash enough.
const secretBytes = 32

var b64 = base64.RawURLEncoding.Strict()

// held is what a user holds of a secret: whose it is, and what nobody else knows. It goes
// into links and cookies.
type held struct {
	name   string
	secret [secretBytes]byte
}

func newHeld(name string) (h held) {
	h.name = name
	_, _ = rand.Read(h.secret[:]) // never fails (crypto/rand)
	return h
}

func (h *held) hash() string {
	sum := sha256.Sum256(h.secret[:])
	return b64.EncodeToString(sum[:])
}

// String is the name and the secret, each in base64url, with a dot between them.
func (h *held) String() string {
	return b64.EncodeToString([]byte(h.name)) + "." + b64.EncodeToString(h.secret[:])
}

// parseHeld is the reverse of String.
func parseHeld(s string) (h held, ok bool) {
	first, second, ok := strings.Cut(s, ".")
	if !ok || len(first) > b64.EncodedLen(maxName) || len(second) != b64.EncodedLen(secretBytes) {
		return held{}, false
	}
	name, err1 := b64.DecodeString(first)
	secret, err2 := b64.DecodeString(second)
	if errors.Join(err1, err2) != nil || !searchable(string(name)) {
		return held{}, false
	}
	h.name = string(name)
	copy(h.secret[:], secret)
	return h, true
}

const idBytes = 9

// newID returns a name for a secret.
func newID() string {
	var b [idBytes]byte
	_, _ = rand.Read(b[:])
	return b64.EncodeToString(b[:])
}

// add keeps s among u's secrets, in the place of those that have expired, and of the oldest
// where there are too many of its kind.
func (u *User) add(s Secret, now time.Time) {
	kept := make([]Secret, 0, len(u.Secrets)+1)
	for i := range u.Secrets {
		if !u.Secrets[i].expired(now) {
			kept = append(kept, u.Secrets[i])
		}
	}
	of := 0
	for i := range kept {
		if kept[i].Kind == s.Kind {
			of++
		}
	}
	if of >= s.Kind.most() {
		i := slices.IndexFunc(kept, func(old Secret) bool { return old.Kind == s.Kind })
		kept = slices.Delete(kept, i, i+1)
	}
	u.Secrets = append(kept, s)
}

// find returns which of u's secrets is the one of that kind with that hash, -1 for none.
func (u *User) find(kind SecretKind, hash string, now time.Time) int {
	return slices.IndexFunc(u.Secrets, func(s Secret) bool {
		return s.Kind == kind && s.is(hash) && !s.expired(now)
	})
}

// drop removes the secrets for which what says so.
func (u *User) drop(what func(*Secret) bool) {
	kept := make([]Secret, 0, len(u.Secrets))
	for i := range u.Secrets {
		if !what(&u.Secrets[i]) {
			kept = append(kept, u.Secrets[i])
		}
	}
	u.Secrets = kept
}

// issue gives u a secret like s, and returns what they are to hold of it.
func (u *User) issue(s Secret, now time.Time) held {
	h := newHeld(u.Name)
	s.ID, s.Hash, s.Created = newID(), h.hash(), now
	if s.Kind == RememberSecret {
		s.ID = h.family()
	}
	u.add(s, now)
	return h
}

// issue is User.issue for a user in the store.
func (a *Accounts) issue(ctx context.Context, name string, s Secret) (h held, u User, err error) {
	u, err = a.change(ctx, name, func(u *User) { h = u.issue(s, time.Now()) })
	return h, u, err
}

// redeem takes a secret of a kind that is good once, and lets change alter the user in the
// same step. [ErrRefused] says that it is no good: made up, used, expired, or of a user who
// is gone or disabled.
func (a *Accounts) redeem(ctx context.Context, kind SecretKind, value string, change func(*User, Secret) error) (User, error) {
	h, ok := parseHeld(value)
	if !ok {
		return User{}, ErrRefused
	}
	return a.update(ctx, h.name, func(u *User) error {
		i := u.find(kind, h.hash(), time.Now())
		if i < 0 || u.Disabled {
			return ErrRefused
		}
		s := u.Secrets[i]
		u.Secrets = slices.Delete(u.Secrets, i, i+1)
		return change(u, s)
	})
}

// redeemable returns the user and the secret that redeem would take.
func (a *Accounts) redeemable(ctx context.Context, kind SecretKind, value string) (User, Secret, error) {
	if err := a.check(); err != nil {
		return User{}, Secret{}, err
	}
	h, ok := parseHeld(value)
	if !ok {
		return User{}, Secret{}, ErrRefused
	}
	u, err := a.lookup(ctx, h.name)
	if err != nil {
		return User{}, Secret{}, err
	}
	i := u.find(kind, h.hash(), time.Now())
	if i < 0 || u.Disabled {
		return User{}, Secret{}, ErrRefused
	}
	return u, u.Secrets[i], nil
}
