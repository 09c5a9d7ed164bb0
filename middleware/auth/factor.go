package auth

import (
	"context"
	"slices"
	"time"

	"github.com/surcoat/surcoat/middleware/auth/totp"
)

// How a second factor is named in [Identity.Methods] (RFC 8176).
const (
	otpMethod = "otp" // a code, of an app or of paper
	mfaMethod = "mfa" // more than one factor
)

// recoveryCodes is how many codes a user gets for when the app is lost.
const recoveryCodes = 10

// HasFactor reports whether the user has a second factor.
func (u User) HasFactor() bool {
	return slices.ContainsFunc(u.Secrets, func(s Secret) bool { return s.Kind == TOTPSecret })
}

// RecoveryCodes returns how many recovery codes the user has left.
func (u User) RecoveryCodes() (n int) {
	for i := range u.Secrets {
		if u.Secrets[i].Kind == RecoverySecret {
			n++
		}
	}
	return n
}

// SetFactor makes an authenticator app the second factor of a user, in the place of one they
// had, and returns their recovery codes, which nobody can show again. code is what the app
// shows, by which they prove that it has the key; [ErrRefused] says that it does not.
//
// Devices on which the user stays signed in are remembered no longer: a password was enough
// for that until now.
func (a *Accounts) SetFactor(ctx context.Context, name string, key totp.Key, code string) (recovery []string, err error) {
	return a.setFactor(ctx, name, key, code, func(*User) bool { return true })
}

// setFactor is SetFactor for a user who, as they are then, may.
func (a *Accounts) setFactor(ctx context.Context, name string, key totp.Key, code string, may func(*User) bool) (recovery []string, err error) {
	now := time.Now()
	step, ok := key.Verify(code, now, 0)
	if !ok {
		return nil, ErrRefused
	}
	_, err = a.update(ctx, name, func(u *User) error {
		if !may(u) {
			return ErrRefused
		}
		u.dropFactor()
		u.drop(func(s *Secret) bool { return s.Kind == RememberSecret })
		u.add(Secret{Kind: TOTPSecret, ID: newID(), Hash: key.Base32(), Created: now, Step: step}, now)
		recovery = u.newRecovery(now)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return recovery, nil
}

// NewRecoveryCodes gives a user new recovery codes; the old ones are void.
func (a *Accounts) NewRecoveryCodes(ctx context.Context, name string) (recovery []string, err error) {
	_, err = a.change(ctx, name, func(u *User) { recovery = u.newRecovery(time.Now()) })
	return recovery, err
}

// RemoveFactor takes the second factor from a user: when they ask for it, having proved
// themselves anew, or an administrator for one who has lost app and codes.
func (a *Accounts) RemoveFactor(ctx context.Context, name string) error {
	_, err := a.change(ctx, name, (*User).dropFactor)
	return err
}

func (u *User) dropFactor() {
	u.drop(func(s *Secret) bool { return s.Kind == TOTPSecret || s.Kind == RecoverySecret })
}

func (u *User) newRecovery(now time.Time) []string {
	u.drop(func(s *Secret) bool { return s.Kind == RecoverySecret })
	codes := totp.NewRecoveryCodes(recoveryCodes)
	for _, code := range codes {
		u.add(Secret{Kind: RecoverySecret, ID: newID(), Hash: totp.RecoveryHash(code), Created: now}, now)
	}
	return codes
}

// VerifyFactor takes a code of a user's second factor: one that the app shows, or a recovery
// code, each good once, also where two requests bring it at once. [ErrRefused] says that it
// is not right, or that the user has no second factor or may not sign in.
//
// Six digits can be guessed: count the tries, as [Pages] does.
func (a *Accounts) VerifyFactor(ctx context.Context, name, code string) (User, error) {
	now := time.Now()
	recovery := totp.RecoveryHash(code)
	return a.update(ctx, name, func(u *User) error {
		if u.Disabled || !u.HasFactor() {
			return ErrRefused
		}
		if i := u.find(RecoverySecret, recovery, now); i >= 0 {
			u.Secrets = slices.Delete(u.Secrets, i, i+1)
			return nil
		}
		i := slices.IndexFunc(u.Secrets, func(s Secret) bool { return s.Kind == TOTPSecret })
		key, err := totp.ParseKey(u.Secrets[i].Hash)
		if err != nil {
			return ErrRefused
		}
		step, ok := key.Verify(code, now, u.Secrets[i].Step)
		if !ok {
			return ErrRefused
		}
		u.Secrets[i].Step, u.Secrets[i].Used = step, now
		return nil
	})
}
