package people

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/surcoat/surcoat/middleware/auth"
)

// Admin is the role of those who look after the accounts of others.
const Admin = "admin"

var (
	// ErrNoAdmin says that whoever wants to change an account is no administrator.
	ErrNoAdmin = errors.New("people: not an administrator")

	// ErrOneself says that an administrator wants to change their own account.
	ErrOneself = errors.New("people: administrators do not change their own account")

	// ErrHasAdmin says that there is a first administrator already.
	ErrHasAdmin = errors.New("people: there is an administrator")
)

// Govern lets the administrator by change the account of somebody else: it is Update, and in
// the same step makes sure that by is an administrator who may sign in. Of two who take
// the role from each other at once, one is too late.
//
// So there always is an administrator, without a count of them: nobody but another can
// take the role, or the account, from one.
func (s *Store) Govern(ctx context.Context, by, name string, change func(*auth.User) error) error {
	unlock, err := s.folder.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	mine, ok := key(by)
	if !ok {
		return ErrNoAdmin
	}
	rec, err := s.read(mine)
	switch {
	case errors.Is(err, auth.ErrNoUser):
		return ErrNoAdmin
	case err != nil:
		return err
	case rec.Disabled || !slices.Contains(rec.Roles, Admin):
		return ErrNoAdmin
	}
	if theirs, _ := key(name); theirs == mine {
		return ErrOneself
	}
	return s.change(name, change)
}

// founderFile names the first administrator. From when it is there the role is given by those
// who have it.
const founderFile = "administrator"

// HasAdmin reports whether there is, or was, an administrator.
func (s *Store) HasAdmin() (bool, error) {
	_, err := os.Stat(s.folder.Path(founderFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Found makes the account of that name the first administrator. Where there is one it returns
// [ErrHasAdmin].
func (s *Store) Found(ctx context.Context, name string) error {
	return s.appoint(ctx, name, true)
}

// Appoint makes the account of that name an administrator, however many there are: for
// whoever has the machine.
func (s *Store) Appoint(ctx context.Context, name string) error {
	return s.appoint(ctx, name, false)
}

func (s *Store) appoint(ctx context.Context, name string, first bool) error {
	unlock, err := s.folder.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	has, err := s.HasAdmin()
	switch {
	case err != nil:
		return fmt.Errorf("people: %w", err)
	case has && first:
		return ErrHasAdmin
	}
	if err := s.change(name, Promote); err != nil || has {
		return err
	}
	return s.folder.Write([]byte(name+"\n"), founderFile)
}

// Promote gives a user the role, for Govern.
func Promote(u *auth.User) error {
	if !slices.Contains(u.Roles, Admin) {
		u.Roles = append(slices.Clone(u.Roles), Admin)
	}
	return nil
}

// Demote takes the role from a user, for Govern.
func Demote(u *auth.User) error {
	u.Roles = slices.DeleteFunc(slices.Clone(u.Roles), func(role string) bool { return role == Admin })
	return nil
}
