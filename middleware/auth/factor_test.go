package auth_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/totp"
)

func codeNow(k totp.Key) string { return k.Code(totp.Step(time.Now())) }

// withFactor returns accounts in which ada has a second factor.
func withFactor(t *testing.T) (*auth.Accounts, totp.Key, []string) {
	t.Helper()
	accounts, _ := newCounted(t, "ada", "correct horse")
	key := totp.NewKey()
	recovery, err := accounts.SetFactor(t.Context(), "ada", key, codeNow(key))
	if err != nil {
		t.Fatal(err)
	}
	return accounts, key, recovery
}

func TestFactor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accounts, key, recovery := withFactor(t)
		ctx := t.Context()
		verify := func(code string) error { _, err := accounts.VerifyFactor(ctx, "ada", code); return err }
		if err := verify(codeNow(key)); !errors.Is(err, auth.ErrRefused) {
			t.Errorf("the code of the enrolment, again: %v", err)
		}
		time.Sleep(totp.Period)
		code := codeNow(key)
		if err := verify(code); err != nil {
			t.Errorf("a code: %v", err)
		}
		if err := verify(code); !errors.Is(err, auth.ErrRefused) {
			t.Errorf("again: %v", err)
		}
		if len(recovery) != 10 {
			t.Errorf("%d recovery codes", len(recovery))
		}
		if err := verify(strings.ToUpper(recovery[3])); err != nil {
			t.Errorf("a recovery code: %v", err)
		}
		if err := verify(recovery[3]); !errors.Is(err, auth.ErrRefused) {
			t.Errorf("again: %v", err)
		}
		u, _ := accounts.Users.Lookup(ctx, "ada")
		if n := u.RecoveryCodes(); n != 9 || !u.HasFactor() {
			t.Errorf("%d codes left, has factor %v", n, u.HasFactor())
		}
		for _, s := range u.Secrets {
			for _, code := range recovery {
				if strings.Contains(s.Hash, strings.ReplaceAll(code, "-", "")) {
					t.Error("the store holds a recovery code")
				}
			}
		}
		fresh, err := accounts.NewRecoveryCodes(ctx, "ada")
		if err != nil || len(fresh) != 10 {
			t.Errorf("new codes: %v %v", fresh, err)
		}
		if err := verify(recovery[4]); !errors.Is(err, auth.ErrRefused) {
			t.Errorf("an old recovery code: %v", err)
		}
		if err := accounts.RemoveFactor(ctx, "ada"); err != nil {
			t.Error(err)
		}
		time.Sleep(totp.Period)
		if err := verify(codeNow(key)); !errors.Is(err, auth.ErrRefused) {
			t.Errorf("without a factor: %v", err)
		}
		if u, _ := accounts.Users.Lookup(ctx, "ada"); u.HasFactor() || u.RecoveryCodes() != 0 {
			t.Error("something is left")
		}
	})
}

// Nobody gets a factor that their app does not have.
func TestFactorIsProved(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse")
	if _, err := accounts.SetFactor(t.Context(), "ada", totp.NewKey(), "000000"); !errors.Is(err, auth.ErrRefused) {
		t.Errorf("%v", err)
	}
	if u, _ := accounts.Users.Lookup(t.Context(), "ada"); u.HasFactor() {
		t.Error("set all the same")
	}
}

// A code that comes with two requests at once is good for one.
func TestFactorOnce(t *testing.T) {
	accounts, key, recovery := withFactor(t)
	for name, code := range map[string]string{"app": key.Code(totp.Step(time.Now()) + 1), "recovery": recovery[0]} {
		errs := make([]error, 16)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { _, errs[i] = accounts.VerifyFactor(t.Context(), "ada", code) })
		}
		wg.Wait()
		n := 0
		for _, err := range errs {
			if err == nil {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s: %d got in", name, n)
		}
	}
}

func TestFactorOfTheDisabled(t *testing.T) {
	accounts, key, _ := withFactor(t)
	_ = accounts.Users.Update(t.Context(), "ada", func(u *auth.User) error { u.Disabled = true; return nil })
	if _, err := accounts.VerifyFactor(t.Context(), "ada", key.Code(totp.Step(time.Now())+1)); !errors.Is(err, auth.ErrRefused) {
		t.Errorf("%v", err)
	}
	if _, err := accounts.VerifyFactor(t.Context(), "bob", "123456"); !errors.Is(err, auth.ErrRefused) {
		t.Errorf("nobody: %v", err)
	}
}

// The password alone opens nothing by Basic for whom it opens nothing at the login page.
func TestBasicIsNoWayPastTheFactor(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse")
	h := (&auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}}).Wrap(who{})
	ask := func() int { return answer(h, request("GET", "/", "Authorization", basic("ada:correct horse"))).Code }
	if status := ask(); status != 200 {
		t.Errorf("without a factor: %d", status)
	}
	key := totp.NewKey()
	if _, err := accounts.SetFactor(t.Context(), "ada", key, codeNow(key)); err != nil {
		t.Fatal(err)
	}
	if status := ask(); status != 401 {
		t.Errorf("remembered from before: %d", status)
	}
	h = (&auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}}).Wrap(who{})
	if status := ask(); status != 401 {
		t.Errorf("with a factor: %d", status)
	}
}
