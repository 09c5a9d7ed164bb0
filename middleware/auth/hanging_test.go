package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
)

// hanging is a store that answers nothing while it hangs, and heeds its contexts.
type hanging struct {
	auth.Users
	hangs bool
}

func (h *hanging) wait(ctx context.Context) error {
	if !h.hangs {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

func (h *hanging) Lookup(ctx context.Context, name string) (auth.User, error) {
	if err := h.wait(ctx); err != nil {
		return auth.User{}, err
	}
	return h.Users.Lookup(ctx, name)
}

func (h *hanging) Update(ctx context.Context, name string, change func(*auth.User) error) error {
	if err := h.wait(ctx); err != nil {
		return err
	}
	return h.Users.Update(ctx, name, change)
}

// A user store that hangs or fails is one clear 503 for each scheme, soon enough, and nothing
// of it is remembered: when it is back, so is everybody.
func TestUsersHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accounts, count := newCounted(t, "ada", "correct horse")
		token, _, err := accounts.NewToken(t.Context(), "ada", "", time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		users := &hanging{Users: accounts.Users}
		accounts.Users = users
		st := &state{}
		signedIn := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: st.from, Users: users}}}
		if err := signedIn.Login(nil, request("POST", "/"), auth.Identity{Subject: "ada"}); err != nil {
			t.Fatal(err)
		}
		schemes := map[string]struct {
			guard *auth.Guard
			field string
		}{
			"Basic":   {&auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}}, basic("ada:correct horse")},
			"Bearer":  {&auth.Guard{Schemes: []auth.Scheme{&auth.Bearer{Accounts: accounts}}}, "Bearer " + token},
			"Session": {signedIn, ""},
			"ProxyHeader": {&auth.Guard{Schemes: []auth.Scheme{&auth.ProxyHeader{
				Field: "X-User", Trusted: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Users: users,
			}}}, ""},
		}
		for name, scheme := range schemes {
			h := scheme.guard.Wrap(who{})
			ask := func() *httptest.ResponseRecorder {
				r := request("GET", "/", "X-User", "ada")
				if scheme.field != "" {
					r.Header.Set("Authorization", scheme.field)
				}
				return answer(h, r)
			}
			users.hangs = true
			count.reset()
			began := time.Now()
			w := ask()
			if took := time.Since(began); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || took != 5*time.Second {
				t.Errorf("%s: %d after %v, Retry-After %q", name, w.Code, took, w.Header().Get("Retry-After"))
			}
			if n := count.all.Load(); n != 0 {
				t.Errorf("%s: %d hashes for nothing", name, n)
			}
			users.hangs = false
			if w := ask(); w.Code != 200 || w.Body.String() != "ada" {
				t.Errorf("%s, when it is back: %d %s", name, w.Code, w.Body)
			}
		}
	})
}

// What lists a user's tokens and devices says so in the same way.
func TestListsWhereUsersHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accounts := newAccounts(t)
		accounts.Users = &hanging{Users: accounts.Users, hangs: true}
		if _, err := accounts.Tokens(t.Context(), "ada"); !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("tokens: %v", err)
		}
		remember := &auth.Remember{Accounts: accounts}
		if _, err := remember.Devices(t.Context(), "ada"); !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("devices: %v", err)
		}
	})
}
