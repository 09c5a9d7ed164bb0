package auth_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/password"
	"github.com/surcoat/surcoat/middleware/auth/totp"
)

// spec 9: every wrong answer costs what a wrong password costs.
func TestVerifyCostsTheSame(t *testing.T) {
	accounts, count := newCounted(t, "ada", "correct horse")
	ctx := t.Context()
	for _, u := range []auth.User{
		{Name: "disabled", Hash: hashOf(t, accounts, "correct horse"), Disabled: true},
		{Name: "passwordless"},
		{Name: "damaged", Hash: "$argon2id$v=19$m=4294967296,t=1,p=1$c29tZXNhbHQ$"},
		{Name: "bcrypt", Hash: bcryptOf(t, strings.Repeat("x", 72))},
	} {
		if err := accounts.Users.Create(ctx, u); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ name, user, pass string }{
		{"wrong", "ada", "incorrect horse"},
		{"unknown", "grace", "correct horse"},
		{"a name no store need be asked for", "a\x00da", "correct horse"},
		{"disabled, right", "disabled", "correct horse"},
		{"disabled, wrong", "disabled", "incorrect horse"},
		{"passwordless", "passwordless", "correct horse"},
		{"passwordless, empty", "passwordless", ""},
		{"damaged", "damaged", "correct horse"},
		{"over-long", "ada", strings.Repeat("x", 1025)},
		{"over-long for bcrypt", "bcrypt", strings.Repeat("x", 73)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			count.reset()
			if _, err := accounts.Verify(ctx, tt.user, tt.pass); err != auth.ErrRefused {
				t.Errorf("Verify = %v, want ErrRefused and nothing more", err)
			}
			if n := count.all.Load(); n != 1 {
				t.Errorf("%d operations, want 1", n)
			}
		})
	}
}

func hashOf(t testing.TB, accounts *auth.Accounts, pass string) string {
	t.Helper()
	h, err := accounts.Hasher.Hash(t.Context(), pass)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func bcryptOf(t testing.TB, pass string) string {
	t.Helper()
	h, err := bcrypt.GenerateFromPassword([]byte(pass), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(h)
}

// watched counts a store's calls, and fails them where it is told to.
type watched struct {
	auth.Users
	lookups, updates     atomic.Int64
	lookupErr, updateErr error
}

func (s *watched) Lookup(ctx context.Context, name string) (auth.User, error) {
	s.lookups.Add(1)
	if s.lookupErr != nil {
		return auth.User{}, s.lookupErr
	}
	return s.Users.Lookup(ctx, name)
}

func (s *watched) Update(ctx context.Context, name string, change func(*auth.User) error) error {
	s.updates.Add(1)
	if s.updateErr != nil {
		return s.updateErr
	}
	return s.Users.Update(ctx, name, change)
}

// spec 14: a right password with old parameters signs in, and is hashed anew once.
func TestRehashOnLogin(t *testing.T) {
	for _, fail := range []error{nil, errStore} {
		accounts := newAccounts(t)
		store := &watched{Users: accounts.Users, updateErr: fail}
		accounts.Users = store
		old := bcryptOf(t, "correct horse")
		_ = store.Create(t.Context(), auth.User{Name: "ada", Hash: old, Generation: 7})

		if _, err := accounts.Verify(t.Context(), "ada", "wrong"); err != auth.ErrRefused || store.updates.Load() != 0 {
			t.Errorf("a wrong password: %v, %d updates", err, store.updates.Load())
		}
		u, err := accounts.Verify(t.Context(), "ada", "correct horse")
		if err != nil || store.updates.Load() != 1 {
			t.Fatalf("Verify = %v, %d updates; want nil, 1", err, store.updates.Load())
		}
		kept, _ := store.Lookup(t.Context(), "ada")
		if u.Hash != kept.Hash || kept.Generation != 7 || (kept.Hash == old) != (fail != nil) {
			t.Errorf("stored %+v, returned %+v", kept, u)
		}
		if fail != nil {
			continue
		}
		if _, err := accounts.Verify(t.Context(), "ada", "correct horse"); err != nil || store.updates.Load() != 1 {
			t.Errorf("again: %v, %d updates; want nil, 1", err, store.updates.Load())
		}
	}
}

// A store that takes its time to keep a better hash holds up nobody else.
func TestRehashHoldsNoWorker(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse")
	accounts.Hasher = &password.Hasher{Memory: 8, Time: 2, InsecureCost: true, Workers: 1, Queue: -1}
	accounts.Users = &slow{accounts.Users, func() {
		if _, err := accounts.Verify(t.Context(), "grace", "wrong"); err != auth.ErrRefused {
			t.Errorf("meanwhile: %v, want ErrRefused", err)
		}
	}}
	if _, err := accounts.Verify(t.Context(), "ada", "correct horse"); err != nil {
		t.Error(err)
	}
}

// slow is a store during whose updates something else happens.
type slow struct {
	auth.Users
	meanwhile func()
}

func (s *slow) Update(ctx context.Context, name string, change func(*auth.User) error) error {
	s.meanwhile()
	return s.Users.Update(ctx, name, change)
}

// A rehash must not undo a password that was changed while it ran.
func TestRehashNeverOverwritesAChange(t *testing.T) {
	accounts := newAccounts(t)
	users := accounts.Users
	_ = users.Create(t.Context(), auth.User{Name: "ada", Hash: bcryptOf(t, "correct horse")})
	accounts.Hasher.Observe = func(op password.Operation) {
		if op.Algorithm == "bcrypt" {
			_ = users.Update(t.Context(), "ada", func(u *auth.User) error { u.Hash = "changed"; return nil })
		}
	}
	if _, err := accounts.Verify(t.Context(), "ada", "correct horse"); err != nil {
		t.Fatal(err)
	}
	if u, _ := users.Lookup(t.Context(), "ada"); u.Hash != "changed" {
		t.Errorf("hash %q: the rehash overwrote a change", u.Hash)
	}
}

// spec 16, and what else can be wrong with a new account.
func TestCreate(t *testing.T) {
	accounts, count := newCounted(t, "ada", "correct horse")
	accounts.Policy = password.Policy{} // for passwords alone
	for _, tt := range []struct {
		name, user, pass string
		want             error
	}{
		{"taken", "ada", "tigers like tea and cake", auth.ErrUserExists},
		{"short", "grace", "tigers like te", password.ErrTooShort},
		{"over 1 KiB", "grace", strings.Repeat("tigers like tea ", 65), password.ErrTooLong},
		{"the name", "gracehopper", "gracehopper1906", password.ErrGuessable},
		{"no name", "", "tigers like tea and cake", auth.ErrName},
		{"a colon", "gr:ace", "tigers like tea and cake", auth.ErrName},
		{"a control", "gr\nace", "tigers like tea and cake", auth.ErrName},
		{"an invisible letter", "gr\u200bace", "tigers like tea and cake", auth.ErrName},
		{"outer blank", " grace", "tigers like tea and cake", auth.ErrName},
		{"not UTF-8", "gr\xffce", "tigers like tea and cake", auth.ErrName},
		{"long name", strings.Repeat("x", 257), "tigers like tea and cake", auth.ErrName},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := accounts.Create(t.Context(), tt.user, tt.pass); !errors.Is(err, tt.want) {
				t.Errorf("Create = %v, want %v", err, tt.want)
			}
		})
	}
	if n := count.all.Load(); n != 0 {
		t.Errorf("%d operations for accounts that were not created", n)
	}
	u, err := accounts.Create(t.Context(), "Grace Hopper", strings.Repeat("tea & cake", 7), "editor")
	if err != nil || len(u.Roles) != 1 {
		t.Errorf("a password of 70 characters: %v, %+v", err, u)
	}
}

// A list of blocked passwords that cannot be asked is no reason to take one, and no
// fault of the client's.
func TestCreateWhileListIsDown(t *testing.T) {
	accounts := newAccounts(t)
	accounts.Policy.Blocked = func(context.Context, string) (bool, error) { return false, errStore }
	if _, err := accounts.Create(t.Context(), "grace", "tigers like tea"); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("Create = %v, want ErrUnavailable", err)
	}
}

func TestStoreDown(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse")
	accounts.Users = &watched{Users: accounts.Users, lookupErr: errStore, updateErr: errStore}
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"Verify":      func() error { _, err := accounts.Verify(ctx, "ada", "correct horse"); return err },
		"Create":      func() error { _, err := accounts.Create(ctx, "grace", "correct horse"); return err },
		"SetPassword": func() error { _, err := accounts.SetPassword(ctx, "ada", "tigers like tea"); return err },
		"Revoke":      func() error { return accounts.Revoke(ctx, "ada") },
	} {
		if err := call(); !errors.Is(err, auth.ErrUnavailable) || !errors.Is(err, errStore) {
			t.Errorf("%s = %v, want ErrUnavailable and its cause", name, err)
		}
	}
}

// One name, wanted by many at a time, is one account.
func TestCreateRace(t *testing.T) {
	accounts := newAccounts(t)
	var made, taken atomic.Int64
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			switch _, err := accounts.Create(t.Context(), "ada", "tigers like tea"); {
			case err == nil:
				made.Add(1)
			case errors.Is(err, auth.ErrUserExists):
				taken.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 || taken.Load() != 19 {
		t.Errorf("made %d, taken %d", made.Load(), taken.Load())
	}
}

// Accounts that were not set up say so, and do not panic, whatever would ask their store.
func TestAccountsWithoutUsers(t *testing.T) {
	ctx, key := t.Context(), totp.NewKey()
	for name, call := range map[string]func(*auth.Accounts) error{
		"Verify":      func(a *auth.Accounts) error { _, err := a.Verify(ctx, "ada", "x"); return err },
		"Attempt":     func(a *auth.Accounts) error { _, err := a.Attempt(request("GET", "/"), "ada", ""); return err },
		"Create":      func(a *auth.Accounts) error { _, err := a.Create(ctx, "ada", "correct horse"); return err },
		"SetPassword": func(a *auth.Accounts) error { _, err := a.SetPassword(ctx, "ada", "correct horse"); return err },
		"Revoke":      func(a *auth.Accounts) error { return a.Revoke(ctx, "ada") },
		"NewToken":    func(a *auth.Accounts) error { _, _, err := a.NewToken(ctx, "ada", "", time.Time{}); return err },
		"Tokens":      func(a *auth.Accounts) error { _, err := a.Tokens(ctx, "ada"); return err },
		"RevokeToken": func(a *auth.Accounts) error { return a.RevokeToken(ctx, "ada", "x") },
		"SetFactor": func(a *auth.Accounts) error {
			_, err := a.SetFactor(ctx, "ada", key, key.Code(totp.Step(time.Now())))
			return err
		},
		"VerifyFactor":     func(a *auth.Accounts) error { _, err := a.VerifyFactor(ctx, "ada", "x"); return err },
		"NewRecoveryCodes": func(a *auth.Accounts) error { _, err := a.NewRecoveryCodes(ctx, "ada"); return err },
		"RemoveFactor":     func(a *auth.Accounts) error { return a.RemoveFactor(ctx, "ada") },
		"SetEmail":         func(a *auth.Accounts) error { _, err := a.SetEmail(ctx, "ada", "ada@example.org"); return err },
		"CanConfirm":       func(a *auth.Accounts) error { _, err := a.CanConfirm(ctx, "x"); return err },
		"BeginReset":       func(a *auth.Accounts) error { _, _, err := a.BeginReset(ctx, "ada"); return err },
		"NewReset":         func(a *auth.Accounts) error { _, err := a.NewReset(ctx, "ada"); return err },
		"CanReset":         func(a *auth.Accounts) error { _, err := a.CanReset(ctx, "x"); return err },
		"Reset":            func(a *auth.Accounts) error { _, err := a.Reset(ctx, "x", "correct horse"); return err },
		"Devices":          func(a *auth.Accounts) error { _, err := (&auth.Remember{Accounts: a}).Devices(ctx, "ada"); return err },
		"Forget":           func(a *auth.Accounts) error { return (&auth.Remember{Accounts: a}).Forget(ctx, "ada", "x") },
	} {
		if err := call(&auth.Accounts{}); err == nil || !strings.HasPrefix(err.Error(), "auth: Accounts.Users is nil; ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
