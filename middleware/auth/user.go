package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/surcoat/surcoat/internal/deadline"
)

// User is an account as [Users] keeps it.
type User struct {
	Name       string   // unique; also the subject of identities
	Hash       string   // of the password, as package password makes them; "": has none
	Roles      []string // what [Role] asks for; shared, not to be changed in place
	Generation int64    // raised to end all sessions of the user
	Disabled   bool     // may not sign in, and is no longer signed in
	Email      string   // where mail for the user goes; "": nowhere
	Confirmed  bool     // a link that was sent to Email was followed
	Secrets    []Secret // tokens, devices, second factors; shared, not to be changed in place
}

// Identity returns who the user is, for [Guard.Login]. It bears the user's generation,
// so that a login based on a password that is changed at this moment does not outlive it.
func (u User) Identity() Identity {
	return Identity{Subject: u.Name, Roles: u.Roles, stamp: generation{true, u.Generation}}
}

// Users is where accounts are kept. It is called by many goroutines at a time.
// Errors other than the ones named here count as [ErrUnavailable]. The context of each call
// ends after five seconds at the latest: a store that hangs and heeds it makes for an answer of
// 503, and none that was not waited for.
//
// Names compare as the store likes; the name it returns in a User is the subject. A store
// that cannot be written may have a method ReadOnly() bool, so that no better hash is made
// for it at each login.
type Users interface {
	// Lookup returns the user of that name, or an error wrapping [ErrNoUser]. It is
	// called for every request that asks who it is, so it should be quick.
	Lookup(ctx context.Context, name string) (User, error)

	// Create keeps a new user. It returns an error wrapping [ErrUserExists] where
	// there is one of that name, and may refuse a name with [ErrName].
	Create(ctx context.Context, u User) error

	// Update lets change alter the user as it is now, and keeps the outcome, as one
	// step: what another Update does meanwhile is not lost. change may be called
	// again on a newer user, must not call the store, and leaves Name as it is. An
	// error of change is returned as it is, and nothing is kept.
	Update(ctx context.Context, name string, change func(*User) error) error
}

func readOnly(users Users) bool {
	r, ok := users.(interface{ ReadOnly() bool })
	return ok && r.ReadOnly()
}

var (
	// ErrNoUser says that there is no user of that name.
	ErrNoUser = errors.New("auth: no such user")

	// ErrUserExists says that a name is taken.
	ErrUserExists = errors.New("auth: user exists")

	// ErrName says that a name cannot be a user's.
	ErrName = errors.New("auth: name not possible")
)

// usersTimeout is how long a call of Users may take.
const usersTimeout = 5 * time.Second

// lookup asks a store for a user. Its error wraps [ErrNoUser] or [ErrUnavailable].
func lookup(ctx context.Context, users Users, name string) (User, error) {
	return lookupAt(ctx, time.Now(), users, name)
}

// lookupAt is lookup for who has read the clock already.
func lookupAt(ctx context.Context, now time.Time, users Users, name string) (User, error) {
	bounded := deadline.At(ctx, now.Add(usersTimeout))
	defer bounded.Stop()
	u, err := users.Lookup(bounded, name)
	if err != nil && !errors.Is(err, ErrNoUser) {
		return User{}, fmt.Errorf("%w: looking up the user: %w", ErrUnavailable, err)
	}
	return u, err
}

// alter lets change alter a user in a store.
func alter(ctx context.Context, users Users, name string, change func(*User) error) error {
	bounded := deadline.After(ctx, usersTimeout)
	defer bounded.Stop()
	return users.Update(bounded, name, func(u *User) error {
		u.Secrets = slices.Clone(u.Secrets) // a store may share them with its readers
		return change(u)
	})
}

// maxName bounds a user's name, in bytes.
const maxName = 256

// searchable reports whether a store need be asked for a name at all, which spares stores
// on files or SQL the strangest of what strangers send.
func searchable(name string) bool {
	return name != "" && len(name) <= maxName && utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl)
}

// checkName refuses the names that break something elsewhere: a colon ends the name in
// RFC 7617, controls and outer blanks deceive in a page or a log.
func checkName(name string) error {
	if !searchable(name) || strings.ContainsRune(name, ':') || strings.TrimSpace(name) != name {
		return ErrName
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return ErrName
		}
	}
	return nil
}
