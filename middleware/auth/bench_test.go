package auth_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth"
)

// discard is the cheapest response there is.
type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

type nothing struct{}

func (nothing) ServeHTTP(http.ResponseWriter, *http.Request) {}

type whoami struct{}

func (whoami) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	if _, ok := auth.From(r.Context()); !ok {
		panic("nobody")
	}
}

// BenchmarkBasicCached includes looking up the user and a rule (spec: at most 500 ns and
// 3 allocations).
func BenchmarkBasicCached(b *testing.B) {
	for _, n := range []int{8, 24} {
		b.Run(fmt.Sprint("password=", n), func(b *testing.B) {
			accounts := newAccounts(b)
			pass := "correct horse battery staple"[:n]
			hash, err := accounts.Hasher.Hash(b.Context(), pass)
			if err != nil {
				b.Fatal(err)
			}
			_ = accounts.Users.Create(b.Context(), auth.User{Name: "ada", Hash: hash, Roles: []string{"admin"}})
			guard := &auth.Guard{
				Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts, Realm: "site"}},
				Rules:   []auth.Rule{auth.Role("admin")},
			}
			h := guard.Wrap(whoami{})
			r := httptest.NewRequest("GET", "/", nil)
			r.SetBasicAuth("ada", pass)
			serve(b, h, r)
		})
	}
}

func BenchmarkSession(b *testing.B) {
	accounts := newAccounts(b)
	_ = accounts.Users.Create(b.Context(), auth.User{Name: "ada", Roles: []string{"admin"}})
	for _, users := range []auth.Users{nil, accounts.Users} {
		st := &state{}
		guard := &auth.Guard{Optional: true, Schemes: []auth.Scheme{&auth.Session{Users: users, From: st.from}}}
		r := httptest.NewRequest("GET", "/", nil)
		if err := guard.Login(nil, r, auth.Identity{Subject: "ada", Methods: []string{"pwd"}}); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("read/users=%t", users != nil), func(b *testing.B) { serve(b, guard.Wrap(whoami{}), r) })
		b.Run(fmt.Sprintf("untouched/users=%t", users != nil), func(b *testing.B) { serve(b, guard.Wrap(nothing{}), r) })
	}
}

func serve(b *testing.B, h http.Handler, r *http.Request) {
	b.Helper()
	w := discard{http.Header{}}
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, nil))
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}
