package auth_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/password"
)

const another = "another horse altogether"

// confirmed returns accounts with ada, whose address is confirmed.
func confirmed(t *testing.T) (*auth.Accounts, *counter) {
	t.Helper()
	accounts, count := newCounted(t, "ada", "correct horse")
	token, err := accounts.SetEmail(t.Context(), "ada", "ada@example.org")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := accounts.Confirm(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	return accounts, count
}

func TestConfirm(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse")
	ctx := t.Context()
	first, err := accounts.SetEmail(ctx, "ada", " ada@example.org ")
	if err != nil {
		t.Fatal(err)
	}
	if u, _ := accounts.Users.Lookup(ctx, "ada"); u.Email != "ada@example.org" || u.Confirmed {
		t.Errorf("before: %q %v", u.Email, u.Confirmed)
	}
	second, _ := accounts.SetEmail(ctx, "ada", "ada@example.com")
	if _, err := accounts.Confirm(ctx, first); !errors.Is(err, auth.ErrRefused) {
		t.Errorf("of an address that was changed: %v", err)
	}
	if u, err := accounts.Confirm(ctx, second); err != nil || !u.Confirmed || u.Email != "ada@example.com" {
		t.Errorf("confirmed: %v %v", u, err)
	}
	if _, err := accounts.Confirm(ctx, second); !errors.Is(err, auth.ErrRefused) {
		t.Errorf("a second time: %v", err)
	}
	for _, bad := range []string{
		"", "ada", "ada@", "Ada <ada@example.org>", "ada@example.org\r\nBcc: all@example.org", "a b@example.org", strings.Repeat("a", 250) + "@example.org",
		"-oQ/tmp@example.org", "a\u0085b@example.org", "a\u2028b@example.org", "ada@[127.0.0.1]",
	} {
		if _, err := accounts.SetEmail(ctx, "ada", bad); !errors.Is(err, auth.ErrEmail) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// spec 31
func TestReset(t *testing.T) {
	accounts, count := confirmed(t)
	ctx := t.Context()
	token, u, err := accounts.BeginReset(ctx, "ada")
	if err != nil || u.Email != "ada@example.org" {
		t.Fatal(u, err)
	}
	for _, s := range u.Secrets {
		if strings.Contains(token, s.Hash) {
			t.Error("the store holds the token")
		}
	}
	generation := u.Generation
	if _, err := accounts.Reset(ctx, token, "short"); !errors.Is(err, password.ErrTooShort) {
		t.Errorf("a short password: %v", err)
	}
	if u, err := accounts.CanReset(ctx, token); err != nil || u.Name != "ada" {
		t.Errorf("still good: %v %v", u, err)
	}
	other, _, _ := accounts.BeginReset(ctx, "ada")
	if u, err = accounts.Reset(ctx, token, another); err != nil || u.Generation == generation {
		t.Errorf("reset: %v %v", u, err)
	}
	for name, token := range map[string]string{"used": token, "of before the change": other, "made up": other[:len(other)-1] + "A", "empty": "", "none": "x.y"} {
		count.reset()
		if _, err := accounts.Reset(ctx, token, another); !errors.Is(err, auth.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
		if n := count.all.Load(); n != 0 {
			t.Errorf("%s costs %d hashes", name, n)
		}
	}
	if _, err := accounts.Verify(ctx, "ada", another); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

// An administrator hands the link over.
func TestResetWithoutAnAddress(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse")
	token, err := accounts.NewReset(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := accounts.Reset(t.Context(), token, another); err != nil {
		t.Errorf("reset: %v", err)
	}
	_ = accounts.Users.Update(t.Context(), "ada", func(u *auth.User) error { u.Disabled = true; return nil })
	for _, name := range []string{"ada", "bob"} {
		if _, err := accounts.NewReset(t.Context(), name); !errors.Is(err, auth.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestResetIsForFewAndShort(t *testing.T) {
	for name, change := range map[string]func(*auth.User){
		"disabled":          func(u *auth.User) { u.Disabled = true },
		"not confirmed":     func(u *auth.User) { u.Confirmed = false },
		"without an adress": func(u *auth.User) { u.Email = "" },
	} {
		accounts, _ := confirmed(t)
		_ = accounts.Users.Update(t.Context(), "ada", func(u *auth.User) error { change(u); return nil })
		if _, _, err := accounts.BeginReset(t.Context(), "ada"); !errors.Is(err, auth.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	accounts, _ := confirmed(t)
	if _, _, err := accounts.BeginReset(t.Context(), "bob"); !errors.Is(err, auth.ErrRefused) {
		t.Errorf("nobody: %v", err)
	}
	synctest.Test(t, func(t *testing.T) {
		accounts, _ := confirmed(t)
		token, _, err := accounts.BeginReset(t.Context(), "ada")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Minute)
		if _, err := accounts.Reset(t.Context(), token, another); !errors.Is(err, auth.ErrRefused) {
			t.Errorf("after half an hour: %v", err)
		}
	})
}

// Two at once with one token: one of them sets the password.
func TestResetOnce(t *testing.T) {
	accounts, _ := confirmed(t)
	token, _, err := accounts.BeginReset(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { _, errs[i] = accounts.Reset(t.Context(), token, another+strings.Repeat("!", i)) })
	}
	wg.Wait()
	n := 0
	for _, err := range errs {
		if err == nil {
			n++
		} else if !errors.Is(err, auth.ErrRefused) {
			t.Error(err)
		}
	}
	if n != 1 {
		t.Errorf("%d set the password", n)
	}
}

// A change of the password makes links to reset it void.
func TestPasswordChangeEndsReset(t *testing.T) {
	accounts, _ := confirmed(t)
	token, _, _ := accounts.BeginReset(t.Context(), "ada")
	if _, err := accounts.SetPassword(t.Context(), "ada", another); err != nil {
		t.Fatal(err)
	}
	if _, err := accounts.CanReset(t.Context(), token); !errors.Is(err, auth.ErrRefused) {
		t.Errorf("%v", err)
	}
}

// A link in the mailbox of an address that the user has left, as it was never theirs maybe, is
// good for nothing.
func TestAddressChangeEndsReset(t *testing.T) {
	accounts, _ := confirmed(t)
	token, _, err := accounts.BeginReset(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := accounts.SetEmail(t.Context(), "ada", "new@example.org"); err != nil {
		t.Fatal(err)
	}
	if _, err := accounts.CanReset(t.Context(), token); !errors.Is(err, auth.ErrRefused) {
		t.Errorf("%v", err)
	}
}

// Nor is one that was asked for while the address changed.
func TestResetSeesTheAddressLate(t *testing.T) {
	accounts, _ := confirmed(t)
	before, _ := accounts.Users.Lookup(t.Context(), "ada")
	if _, err := accounts.SetEmail(t.Context(), "ada", "new@example.org"); err != nil {
		t.Fatal(err)
	}
	accounts.Users = &lagging{accounts.Users, &before}
	if _, u, err := accounts.BeginReset(t.Context(), "ada"); !errors.Is(err, auth.ErrRefused) {
		t.Errorf("a link for %s: %v", u.Email, err)
	}
}

// FuzzHeld is of what links and cookies carry.
func FuzzHeld(f *testing.F) {
	accounts := newAccounts(f)
	f.Add("YWRh.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := accounts.CanReset(t.Context(), token); !errors.Is(err, auth.ErrRefused) {
			t.Errorf("%q: %v", token, err)
		}
	})
}
