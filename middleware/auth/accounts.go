package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/surcoat/surcoat/internal/deadline"
	"github.com/surcoat/surcoat/middleware/auth/password"
	"github.com/surcoat/surcoat/middleware/auth/throttle"
)

// Accounts checks and sets the passwords of [Users]. Share one in a process: what it
// bounds, the password hashes that run at a time, is bounded for all who use it. It
// must not be copied, and is safe for concurrent use.
type Accounts struct {
	// Users is where the accounts are kept. nil is refused.
	Users Users

	// Hasher makes and checks the hashes, behind its gate. nil: one with the defaults.
	Hasher *password.Hasher

	// Policy says which new passwords are good enough. Its zero value asks for 15
	// characters.
	Policy password.Policy

	// TokenPrefix begins every token, so that one that got into a repository can be told
	// whose it is: up to 64 lower-case letters, digits and "_". "": "surcoat".
	TokenPrefix string

	// Throttle limits how fast passwords are guessed that come with requests
	// ([Accounts.VerifyRequest]). nil: one with the defaults. Give it large numbers where
	// something in front does the same.
	Throttle *throttle.Throttle

	// DeviceCookie is how browsers are known again in which somebody has signed in. Its
	// zero value forgets them when the process ends: give it Keys.
	DeviceCookie DeviceCookie

	// Events is told of wrong passwords and codes and of guesses that were not looked at,
	// in the request's goroutine. nil logs them with Logger.
	Events func(context.Context, Event)

	// Logger learns what neither client nor caller can mend: a stored hash that
	// cannot be used, a better hash that could not be stored. nil: slog.Default().
	Logger *slog.Logger

	own         password.Hasher   // where Hasher is nil
	ownThrottle throttle.Throttle // where Throttle is nil

	once    sync.Once
	devices *devices
	err     error // of DeviceCookie
}

func (a *Accounts) check() error {
	if a.Users == nil {
		return errors.New("auth: Accounts.Users is nil; set it to a store of users, such as &auth.MemoryUsers{} to begin with")
	}
	if err := checkPrefix(a.TokenPrefix); err != nil {
		return err
	}
	if err := a.throttle().Check(); err != nil {
		return err
	}
	if a.once.Do(func() { a.devices, a.err = a.DeviceCookie.settle() }); a.err != nil {
		return a.err
	}
	return a.hasher().Check()
}

func (a *Accounts) throttle() *throttle.Throttle {
	return cmp.Or(a.Throttle, &a.ownThrottle)
}

func (a *Accounts) hasher() *password.Hasher {
	return cmp.Or(a.Hasher, &a.own)
}

func (a *Accounts) logger() *slog.Logger {
	return cmp.Or(a.Logger, slog.Default())
}

// Verify returns the user whose name and password these are. [ErrRefused] says that
// they are nobody's; whether the name or the password is wrong, or the account has no
// password or is disabled, neither the error says nor the time it took: each costs one
// password hash. An error wrapping password.ErrBusy or [ErrUnavailable] says that it
// could not be found out now.
//
// A right password whose hash was made in another way than new ones are is hashed anew
// and stored, unless the store is read-only; that this failed is logged, and does not fail
// the check.
//
// It does not limit how often somebody may try: for a password that came with a request
// take [Accounts.VerifyRequest].
func (a *Accounts) Verify(ctx context.Context, name, password string) (User, error) {
	u, may, err := a.candidate(ctx, name)
	if err != nil {
		return User{}, err
	}
	return a.prove(ctx, u, may, password, a.hasher().Enter, noMemory{})
}

// memory is of passwords that were found right a moment ago.
type memory interface {
	holds(User) bool // the password in question was, for this user
	keep(User)       // it is
}

// noMemory is of none.
type noMemory struct{}

func (noMemory) holds(User) bool { return false }
func (noMemory) keep(User)       {}

// candidate returns the user of that name, and whether they may sign in; the zero User
// where there is none.
func (a *Accounts) candidate(ctx context.Context, name string) (u User, may bool, err error) {
	if err := a.check(); err != nil {
		return User{}, false, err
	}
	switch u, err = a.lookup(ctx, name); {
	case err == nil:
		return u, !u.Disabled, nil
	case errors.Is(err, ErrRefused):
		return User{}, false, nil
	}
	return User{}, false, err
}

// prove checks a candidate's password, by way of the gate that enter opens. The memory is
// asked before the gate and again behind it, and learns what was right before the
// next is let through.
func (a *Accounts) prove(ctx context.Context, u User, may bool, pass string, enter func(context.Context) (*password.Permit, error), m memory) (User, error) {
	if may && m.holds(u) {
		return u, nil
	}
	permit, err := enter(ctx)
	if err != nil {
		return User{}, fmt.Errorf("%w: waiting to check a password: %w", ErrUnavailable, err)
	}
	defer permit.Leave()

	if !may {
		u.Hash = "" // spends the decoy
	} else if m.holds(u) {
		return u, nil
	}
	stale, err := permit.Verify(u.Hash, pass)
	if err != nil {
		if errors.Is(err, password.ErrFormat) {
			a.logger().ErrorContext(ctx, "auth: a user's password hash cannot be used", "user", u.Name, "error", err)
		}
		return User{}, ErrRefused
	}
	m.keep(u)
	if stale && !readOnly(a.Users) {
		u.Hash = a.rehash(ctx, permit, u, pass)
		m.keep(u)
	}
	return u, nil
}

// lookup is the store's, with the errors that a Scheme returns.
func (a *Accounts) lookup(ctx context.Context, name string) (User, error) {
	return a.lookupAt(ctx, time.Now(), name)
}

// lookupAt is lookup for who has read the clock already.
func (a *Accounts) lookupAt(ctx context.Context, now time.Time, name string) (User, error) {
	if !searchable(name) {
		return User{}, ErrRefused
	}
	u, err := lookupAt(ctx, now, a.Users, name)
	if errors.Is(err, ErrNoUser) {
		return User{}, ErrRefused
	}
	return u, err
}

// errSuperseded says that somebody else has changed the hash meanwhile.
var errSuperseded = errors.New("auth: hash changed meanwhile")

// rehash replaces u's hash, and leaves the generation: the password is the same. It gives
// the permit back, and returns the hash that u has now.
func (a *Accounts) rehash(ctx context.Context, permit *password.Permit, u User, pass string) string {
	fresh, err := permit.Hash(pass)
	permit.Leave() // a store that is slow must not hold up those who wait to hash
	if err == nil {
		err = alter(context.WithoutCancel(ctx), a.Users, u.Name, func(now *User) error {
			if now.Hash != u.Hash {
				return errSuperseded
			}
			now.Hash = fresh
			return nil
		})
	}
	if err == nil {
		return fresh
	}
	if !errors.Is(err, errSuperseded) {
		a.logger().WarnContext(ctx, "auth: a better password hash could not be stored", "user", u.Name, "error", err)
	}
	return u.Hash
}

// Create makes an account with a password. Its error wraps [ErrName], [ErrUserExists],
// one of the errors of password.Policy, password.ErrBusy or [ErrUnavailable]. A name
// that is taken, or a password that is not good enough, costs no hash. The generation begins
// with the time, so that sessions of somebody who had the name before do not come to life.
func (a *Accounts) Create(ctx context.Context, name, password string, roles ...string) (User, error) {
	if err := a.check(); err != nil {
		return User{}, err
	}
	if err := checkName(name); err != nil {
		return User{}, err
	}
	switch _, err := lookup(ctx, a.Users, name); {
	case err == nil:
		return User{}, ErrUserExists
	case !errors.Is(err, ErrNoUser):
		return User{}, err
	}
	hash, err := a.hash(ctx, name, password)
	if err != nil {
		return User{}, err
	}
	u := User{Name: name, Hash: hash, Roles: roles, Generation: time.Now().UnixMilli()}
	bounded := deadline.After(ctx, usersTimeout)
	defer bounded.Stop()
	err = a.Users.Create(bounded, u)
	if err != nil && !errors.Is(err, ErrUserExists) && !errors.Is(err, ErrName) {
		err = fmt.Errorf("%w: creating the user: %w", ErrUnavailable, err)
	}
	return u, err
}

// SetPassword gives an account another password and ends all its sessions, by raising
// its generation. Whoever changes their own password is then signed in again with
// [Guard.Login] and the returned user's Identity.
func (a *Accounts) SetPassword(ctx context.Context, name, password string) (User, error) {
	if err := a.check(); err != nil {
		return User{}, err
	}
	hash, err := a.hash(ctx, name, password)
	if err != nil {
		return User{}, err
	}
	return a.change(ctx, name, func(u *User) { u.Hash = hash; u.endSessions() })
}

// replacePassword is SetPassword for a user whose present one was proved. [ErrRefused] says that
// they have changed since they were seen, so that the proof is none any more.
func (a *Accounts) replacePassword(ctx context.Context, seen User, password string) (User, error) {
	hash, err := a.hash(ctx, seen.Name, password)
	if err != nil {
		return User{}, err
	}
	return a.update(ctx, seen.Name, func(u *User) error {
		if u.Disabled || u.Generation != seen.Generation {
			return ErrRefused
		}
		u.Hash = hash
		u.endSessions()
		return nil
	})
}

// Revoke ends all sessions of an account, by raising its generation, and with them what
// would begin new ones: devices that stay signed in, and links to choose another password.
// Tokens go on; they are revoked by themselves.
func (a *Accounts) Revoke(ctx context.Context, name string) error {
	_, err := a.change(ctx, name, (*User).endSessions)
	return err
}

func (u *User) endSessions() {
	u.Generation++
	u.drop(func(s *Secret) bool { return s.Kind.endsWithSessions() })
}

func (a *Accounts) change(ctx context.Context, name string, change func(*User)) (User, error) {
	if err := a.check(); err != nil {
		return User{}, err
	}
	var changed User
	err := alter(ctx, a.Users, name, func(u *User) error {
		change(u)
		changed = *u
		return nil
	})
	if err != nil && !errors.Is(err, ErrNoUser) {
		err = fmt.Errorf("%w: updating the user: %w", ErrUnavailable, err)
	}
	return changed, err
}

// update is change for a change that may refuse: with ErrRefused, as it is for a user that
// there is not.
func (a *Accounts) update(ctx context.Context, name string, change func(*User) error) (User, error) {
	if err := a.check(); err != nil {
		return User{}, err
	}
	var changed User
	err := alter(ctx, a.Users, name, func(u *User) error {
		err := change(u)
		changed = *u
		return err
	})
	switch {
	case err == nil:
		return changed, nil
	case errors.Is(err, ErrNoUser), errors.Is(err, ErrRefused):
		return User{}, ErrRefused
	}
	return User{}, fmt.Errorf("%w: updating the user: %w", ErrUnavailable, err)
}

// hash returns the hash of a new password that is good enough.
func (a *Accounts) hash(ctx context.Context, name, pass string) (string, error) {
	switch err := a.Policy.Check(ctx, pass, name); {
	case err == nil:
	case errors.Is(err, password.ErrTooShort), errors.Is(err, password.ErrTooLong), errors.Is(err, password.ErrGuessable):
		return "", err
	default:
		return "", fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	hash, err := a.hasher().Hash(ctx, pass)
	if err != nil {
		return "", fmt.Errorf("%w: waiting to hash a password: %w", ErrUnavailable, err)
	}
	return hash, nil
}
