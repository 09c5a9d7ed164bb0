package auth

import (
	"context"
	"errors"
	"time"
)

// How long links are good. They lie in mailboxes, so no longer than people need.
const (
	confirmFor = 24 * time.Hour
	resetFor   = 30 * time.Minute
)

// ErrEmail says that something is no address that mail can go to.
var ErrEmail = errors.New("auth: not an e-mail address")

// SetEmail gives a user an address, and returns a token for a link that is sent there: with
// [Accounts.Confirm] it proves that the user reads what goes to the address. Until then
// Confirmed is false. The token is good for a day. Links to choose another password, which went
// to the address before, end. The error may be [ErrEmail].
func (a *Accounts) SetEmail(ctx context.Context, name, email string) (token string, err error) {
	email, err = checkEmail(email)
	if err != nil {
		return "", err
	}
	now := time.Now()
	var h held
	_, err = a.change(ctx, name, func(u *User) {
		u.drop(func(s *Secret) bool { return s.Kind == ConfirmSecret || s.Kind == ResetSecret })
		u.Email, u.Confirmed = email, false
		h = u.issue(Secret{Kind: ConfirmSecret, Label: email, Expires: now.Add(confirmFor)}, now)
	})
	if err != nil {
		return "", err
	}
	return h.String(), nil
}

// Confirm takes a token of [Accounts.SetEmail]. [ErrRefused] says that it is no good: made
// up, used, expired, or of an address that the user has changed since.
func (a *Accounts) Confirm(ctx context.Context, token string) (User, error) {
	return a.redeem(ctx, ConfirmSecret, token, func(u *User, s Secret) error {
		if s.Label != u.Email {
			return ErrRefused
		}
		u.Confirmed = true
		return nil
	})
}

// CanConfirm reports whether a token of [Accounts.SetEmail] is still good, and whose it is. It
// stays good.
func (a *Accounts) CanConfirm(ctx context.Context, token string) (User, error) {
	u, s, err := a.redeemable(ctx, ConfirmSecret, token)
	if err == nil && s.Label != u.Email {
		return User{}, ErrRefused
	}
	return u, err
}

// BeginReset returns a token for a link by which a user who has lost the password chooses
// another, see [Accounts.Reset]. It is to be sent to the user's address and shown to nobody
// else. It is good for half an hour and once. [ErrRefused] says that there is no such user,
// that they are disabled, or that their address is not confirmed; whoever asked must not
// learn of it, in words or in time.
func (a *Accounts) BeginReset(ctx context.Context, name string) (token string, u User, err error) {
	return a.newReset(ctx, name, func(u *User) bool { return u.Email != "" && u.Confirmed })
}

// NewReset returns a token as [Accounts.BeginReset] does, for a link that an administrator
// hands over who knows whom it is for: no address is needed. [ErrRefused] says that there is no
// such user, or that they are disabled.
func (a *Accounts) NewReset(ctx context.Context, name string) (token string, err error) {
	token, _, err = a.newReset(ctx, name, func(*User) bool { return true })
	return token, err
}

// newReset gives a reset token to a user who, as they are then, may have one.
func (a *Accounts) newReset(ctx context.Context, name string, may func(*User) bool) (token string, u User, err error) {
	if err := a.check(); err != nil {
		return "", User{}, err
	}
	u, err = a.lookup(ctx, name)
	if err != nil {
		return "", User{}, err
	}
	if u.Disabled || !may(&u) { // what anybody can ask for must not be a write
		return "", User{}, ErrRefused
	}
	now := time.Now()
	var h held
	u, err = a.update(ctx, u.Name, func(u *User) error {
		if u.Disabled || !may(u) {
			return ErrRefused
		}
		h = u.issue(Secret{Kind: ResetSecret, Expires: now.Add(resetFor)}, now)
		return nil
	})
	if err != nil {
		return "", User{}, err
	}
	return h.String(), u, nil
}

// CanReset reports whether a token of [Accounts.BeginReset] is still good, and whose it is. It
// stays good.
func (a *Accounts) CanReset(ctx context.Context, token string) (User, error) {
	u, _, err := a.redeemable(ctx, ResetSecret, token)
	return u, err
}

// Reset takes a token of [Accounts.BeginReset] and gives its user another password, which
// ends all their sessions. [ErrRefused] says that the token is no good; other errors are
// those of [Accounts.SetPassword], and leave the token good.
func (a *Accounts) Reset(ctx context.Context, token, password string) (User, error) {
	u, err := a.CanReset(ctx, token) // strangers cost no hash
	if err != nil {
		return User{}, err
	}
	hash, err := a.hash(ctx, u.Name, password)
	if err != nil {
		return User{}, err
	}
	return a.redeem(ctx, ResetSecret, token, func(u *User, _ Secret) error {
		u.Hash = hash
		u.endSessions()
		return nil
	})
}
