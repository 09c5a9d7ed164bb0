package auth_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
)

// tokenSite is accounts with the user ada, and a guard that takes tokens.
func tokenSite(t *testing.T) (*auth.Accounts, *auth.Guard) {
	accounts, _ := newCounted(t, "ada", "correct horse", "author")
	return accounts, &auth.Guard{Schemes: []auth.Scheme{&auth.Bearer{Accounts: accounts}}}
}

func newToken(t *testing.T, a *auth.Accounts, name string, scopes ...string) (string, auth.Secret) {
	t.Helper()
	token, s, err := a.NewToken(t.Context(), name, "script", time.Time{}, scopes...)
	if err != nil {
		t.Fatal(err)
	}
	return token, s
}

func bearer(token string) *http.Request { return request("GET", "/", "Authorization", "Bearer "+token) }

func TestBearer(t *testing.T) {
	accounts, guard := tokenSite(t)
	token, _ := newToken(t, accounts, "ada")
	h := guard.Wrap(who{})
	for _, tt := range []struct {
		field  string
		status int
		want   string // body, or challenge
	}{
		{"Bearer " + token, 200, "ada"},
		{"bearer " + token, 200, "ada"},
		{"BEARER   " + token + " ", 200, "ada"},
		{"", 401, `Bearer realm="site"`},
		{"Basic YTpi", 401, `Bearer realm="site"`},
		{"Bearer", 401, `Bearer realm="site", error="invalid_token"`},
		{"Bearer x", 401, `Bearer realm="site", error="invalid_token"`},
		{"Bearer " + token[:len(token)-1], 401, `Bearer realm="site", error="invalid_token"`},
		{"Bearer " + token + " " + token, 401, `Bearer realm="site", error="invalid_token"`},
		{"Bearer " + strings.ToUpper(token), 401, `Bearer realm="site", error="invalid_token"`},
		{"Bearer " + strings.Repeat("a", 1<<20), 401, `Bearer realm="site", error="invalid_token"`},
		{"Bearer a\x00b", 401, `Bearer realm="site", error="invalid_token"`},
	} {
		r := request("GET", "/")
		if tt.field != "" {
			r.Header.Set("Authorization", tt.field)
		}
		w := answer(h, r)
		got := w.Body.String()
		if w.Code != 200 {
			got = strings.Join(w.Header().Values("WWW-Authenticate"), "; ")
		}
		if w.Code != tt.status || got != tt.want {
			t.Errorf("%.60s: %d %s, want %d %s", tt.field, w.Code, got, tt.status, tt.want)
		}
	}
}

// Scanners recognise a token by its prefix and its checksum, and nothing else for one.
func TestTokenForm(t *testing.T) {
	accounts, _ := tokenSite(t)
	token, s := newToken(t, accounts, "ada")
	if prefix, ok := auth.CheckToken(token); !ok || prefix != "surcoat" {
		t.Errorf("%s: %q %v", token, prefix, ok)
	}
	if strings.Trim(strings.TrimPrefix(token, "surcoat_"), "abcdefghijklmnopqrstuvwxyz234567") != "" {
		t.Errorf("%s is not one word", token)
	}
	accounts.TokenPrefix = "wiki_pat"
	token, s2 := newToken(t, accounts, "ada")
	if prefix, ok := auth.CheckToken(token); !ok || prefix != "wiki_pat" {
		t.Errorf("%s: %q %v", token, prefix, ok)
	}
	if s.ID == s2.ID || s.Hash == s2.Hash {
		t.Errorf("two tokens share something: %v, %v", s, s2)
	}
	for i := range token {
		changed := []byte(token)
		changed[i] ^= 1
		if _, ok := auth.CheckToken(string(changed)); ok {
			t.Errorf("%s, changed at %d, still has the right checksum", token, i)
		}
	}
	for _, prefix := range []string{"Wiki", "_wiki", "wi ki", "wiki-x", strings.Repeat("a", 65)} {
		accounts.TokenPrefix = prefix
		if _, _, err := accounts.NewToken(t.Context(), "ada", "", time.Time{}); err == nil || !strings.HasPrefix(err.Error(), "auth: Accounts.TokenPrefix ") {
			t.Errorf("prefix %q: %v", prefix, err)
		}
	}
}

// A leaked store is no use: what it holds of a token is not the token.
func TestTokenIsStoredHashed(t *testing.T) {
	accounts, guard := tokenSite(t)
	token, s := newToken(t, accounts, "ada")
	u, _ := accounts.Users.Lookup(t.Context(), "ada")
	for _, kept := range u.Secrets {
		if strings.Contains(token, kept.Hash) || strings.Contains(kept.Hash, token) || kept.ID != s.ID {
			t.Errorf("kept: %+v", kept)
		}
	}
	if w := answer(guard.Wrap(who{}), bearer(s.Hash)); w.Code != 401 {
		t.Errorf("the hash as a token: %d", w.Code)
	}
}

// What is taken away is gone at the next request.
func TestTokenEnds(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, a *auth.Accounts, s auth.Secret){
		"revoked": func(t *testing.T, a *auth.Accounts, s auth.Secret) {
			if err := a.RevokeToken(t.Context(), "ada", s.ID); err != nil {
				t.Error(err)
			}
		},
		"user disabled": func(t *testing.T, a *auth.Accounts, _ auth.Secret) {
			_ = a.Users.Update(t.Context(), "ada", func(u *auth.User) error { u.Disabled = true; return nil })
		},
		"user deleted": func(_ *testing.T, a *auth.Accounts, _ auth.Secret) { a.Users.(*auth.MemoryUsers).Delete("ada") },
	} {
		t.Run(name, func(t *testing.T) {
			accounts, guard := tokenSite(t)
			token, s := newToken(t, accounts, "ada")
			other, _ := newToken(t, accounts, "ada")
			h := guard.Wrap(who{})
			if w := answer(h, bearer(token)); w.Code != 200 {
				t.Errorf("before: %d", w.Code)
			}
			end(t, accounts, s)
			if w := answer(h, bearer(token)); w.Code != 401 {
				t.Errorf("after: %d", w.Code)
			}
			if w := answer(h, bearer(other)); (w.Code == 200) != (name == "revoked") {
				t.Errorf("another: %d", w.Code)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		accounts, guard := tokenSite(t)
		token, _, err := accounts.NewToken(t.Context(), "ada", "", time.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		h := guard.Wrap(who{})
		time.Sleep(time.Hour - 1)
		if w := answer(h, bearer(token)); w.Code != 200 {
			t.Errorf("before it expires: %d", w.Code)
		}
		time.Sleep(time.Nanosecond)
		if w := answer(h, bearer(token)); w.Code != 401 {
			t.Errorf("expired: %d", w.Code)
		}
		if _, _, err := accounts.NewToken(t.Context(), "ada", "", time.Now()); err == nil {
			t.Error("one that has expired is made")
		}
	})
}

func TestTokensAreListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accounts, guard := tokenSite(t)
		began := time.Now()
		_, first := newToken(t, accounts, "ada", "pages:read", "pages:write")
		token, _ := newToken(t, accounts, "ada")
		time.Sleep(time.Minute)
		h := guard.Wrap(who{})
		answer(h, bearer(token))
		used := time.Now()
		time.Sleep(59 * time.Minute)
		answer(h, bearer(token)) // within the hour: not recorded
		list, err := accounts.Tokens(t.Context(), "ada")
		if err != nil || len(list) != 2 {
			t.Fatal(list, err)
		}
		if s := list[0]; s.ID != first.ID || s.Label != "script" || !slices.Equal(s.Scopes, []string{"pages:read", "pages:write"}) || !s.Created.Equal(began) || !s.Used.IsZero() {
			t.Errorf("the first: %+v", s)
		}
		if s := list[1]; !s.Used.Equal(used) {
			t.Errorf("the second was used at %v, want %v", s.Used, used)
		}
		time.Sleep(time.Minute)
		answer(h, bearer(token))
		if list, _ = accounts.Tokens(t.Context(), "ada"); !list[1].Used.Equal(time.Now()) {
			t.Errorf("after the hour: %v", list[1].Used)
		}
	})
	accounts, _ := tokenSite(t)
	if _, err := accounts.Tokens(t.Context(), "bob"); !errors.Is(err, auth.ErrNoUser) {
		t.Errorf("of nobody: %v", err)
	}
	if _, _, err := accounts.NewToken(t.Context(), "bob", "", time.Time{}); !errors.Is(err, auth.ErrNoUser) {
		t.Errorf("for nobody: %v", err)
	}
	for _, scope := range []string{"", "a b", `a"b`, "é"} {
		if _, _, err := accounts.NewToken(t.Context(), "ada", "", time.Time{}, scope); err == nil {
			t.Errorf("scope %q is taken", scope)
		}
	}
	for range 105 {
		newToken(t, accounts, "ada")
	}
	if list, _ := accounts.Tokens(t.Context(), "ada"); len(list) != 100 {
		t.Errorf("%d tokens", len(list))
	}
}

// The identity of a token: its user's present roles, its scopes, and the time it is from.
func TestBearerIdentity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accounts, guard := tokenSite(t)
		token, _ := newToken(t, accounts, "ada", "pages:read")
		began := time.Now()
		time.Sleep(time.Hour)
		_ = accounts.Users.Update(t.Context(), "ada", func(u *auth.User) error { u.Roles = []string{"admin"}; return nil })
		var id auth.Identity
		answer(guard.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { id, _ = auth.From(r.Context()) })), bearer(token))
		if id.Subject != "ada" || id.Scheme != "Bearer" || id.Ambient || !id.Time.Equal(began) ||
			!slices.Equal(id.Roles, []string{"admin"}) || !slices.Equal(id.Scopes, []string{"pages:read"}) {
			t.Errorf("%+v", id)
		}
	})
}

// spec 29: programs are told what is missing (RFC 6750 §3.1, RFC 9470 §3).
func TestBearerIsToldWhatIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accounts, guard := tokenSite(t)
		read, _ := newToken(t, accounts, "ada", "pages:read")
		all, _ := newToken(t, accounts, "ada")
		write := guard.Require(auth.Scope("pages:write"))(who{})
		recent := guard.Require(auth.Recent(5 * time.Minute))(who{})
		time.Sleep(time.Hour)
		for _, tt := range []struct {
			name   string
			h      http.Handler
			token  string
			status int
			want   string
		}{
			{"scope", write, read, 403, `Bearer realm="site", error="insufficient_scope", scope="pages:write"`},
			{"no limits", write, all, 200, ""},
			{"recent", recent, all, 401, `Bearer realm="site", error="insufficient_user_authentication", max_age="300"`},
		} {
			w := answer(tt.h, bearer(tt.token))
			if got := w.Header().Get("WWW-Authenticate"); w.Code != tt.status || got != tt.want {
				t.Errorf("%s: %d %s, want %d %s", tt.name, w.Code, got, tt.status, tt.want)
			}
		}
	})
	panics(t, `auth: Scope: "" is no scope`, func() { auth.Scope("") })
}

// spec 24: a token is no credential that browsers send by themselves.
func TestBearerFromOtherSites(t *testing.T) {
	accounts, guard := tokenSite(t)
	token, _ := newToken(t, accounts, "ada")
	r := request("POST", "/", "Authorization", "Bearer "+token, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")
	if w := answer(guard.Wrap(who{}), r); w.Code != 200 {
		t.Errorf("%d", w.Code)
	}
}

// Tokens of others' form are asked about elsewhere.
func TestBearerVerify(t *testing.T) {
	accounts, _ := tokenSite(t)
	ours, _ := newToken(t, accounts, "ada")
	down := errors.New("no answer")
	verify := func(_ context.Context, token string) (auth.Identity, error) {
		switch token {
		case "eyJ.abc.def":
			return auth.Identity{Subject: "robot", Scopes: []string{"x"}}, nil
		case "down":
			return auth.Identity{}, errors.Join(auth.ErrUnavailable, down)
		case "nobody":
			return auth.Identity{}, nil
		}
		return auth.Identity{}, auth.ErrRefused
	}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Bearer{Accounts: accounts, Verify: verify}}}
	for token, want := range map[string]int{ours: 200, "eyJ.abc.def": 200, "other": 401, "down": 503, "nobody": 401, ours[:20]: 401} {
		if w := answer(guard.Wrap(who{}), bearer(token)); w.Code != want {
			t.Errorf("%s: %d, want %d", token, w.Code, want)
		}
	}
	panics(t, "auth: Bearer.Accounts and Bearer.Verify are nil", func() { (&auth.Guard{Schemes: []auth.Scheme{&auth.Bearer{}}}).Wrap(who{}) })
	panics(t, "auth: Bearer.Realm: ", func() {
		(&auth.Guard{Schemes: []auth.Scheme{&auth.Bearer{Verify: verify, Realm: "\n"}}}).Wrap(who{})
	})
}

// An identity provider's token without scopes is not one without limits.
func TestBearerVerifyWithoutScopes(t *testing.T) {
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Bearer{Verify: func(_ context.Context, token string) (auth.Identity, error) {
		return auth.Identity{Subject: "robot", Scopes: strings.FieldsFunc(token, func(r rune) bool { return r == '.' })}, nil
	}}}}
	h := guard.Require(auth.Scope("write"))(who{})
	for token, want := range map[string]int{"write": 200, "read.write": 200, "read": 403, ".": 403} {
		if w := answer(h, bearer(token)); w.Code != want {
			t.Errorf("%s: %d, want %d", token, w.Code, want)
		}
	}
	if w := answer(guard.Wrap(who{}), bearer(".")); w.Code != 200 {
		t.Errorf("a route that asks for no scope: %d", w.Code)
	}
}

// A store that is down is 503, and nothing about it is remembered.
func TestBearerUsersDown(t *testing.T) {
	accounts, guard := tokenSite(t)
	token, _ := newToken(t, accounts, "ada")
	users := &failingUsers{Users: accounts.Users}
	accounts.Users = users
	h := guard.Wrap(who{})
	users.down = true
	w := answer(h, bearer(token))
	if w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("down: %d %q", w.Code, w.Header())
	}
	users.down = false
	if w := answer(h, bearer(token)); w.Code != 200 {
		t.Errorf("up again: %d", w.Code)
	}
}

func FuzzToken(f *testing.F) {
	accounts := newAccounts(f)
	if _, err := accounts.Create(f.Context(), "ada", "correct horse battery"); err != nil {
		f.Fatal(err)
	}
	token, _, err := accounts.NewToken(f.Context(), "ada", "", time.Time{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add("surcoat_aaaaaaaaaaaaaa")
	h := (&auth.Guard{Schemes: []auth.Scheme{&auth.Bearer{Accounts: accounts}}}).Wrap(who{})
	f.Fuzz(func(t *testing.T, s string) {
		prefix, ok := auth.CheckToken(s)
		if ok && !strings.HasPrefix(s, prefix+"_") {
			t.Errorf("%q has the prefix %q", s, prefix)
		}
		r := request("GET", "/")
		r.Header["Authorization"] = []string{"Bearer " + s}
		if w := answer(h, r); w.Code != 401 && strings.Trim(s, " ") != token {
			t.Errorf("%q: %d", s, w.Code)
		}
	})
}

// A limited token gets through no route that knows nothing of scopes, whatever its user may.
func TestLimitedTokenNeedsAScope(t *testing.T) {
	accounts, guard := tokenSite(t)
	limited, _ := newToken(t, accounts, "ada", "pages:read")
	all, _ := newToken(t, accounts, "ada")
	admin := guard.Require(auth.Role("author"))
	scope := guard.Require(auth.Any(auth.Scope("pages:write"), auth.Scope("pages:read")))
	for _, tt := range []struct {
		name    string
		h       http.Handler
		limited int
	}{
		{"a role", admin(who{}), 403},
		{"nothing", guard.Require()(who{}), 403},
		{"a scope", scope(who{}), 200},
		{"a scope outside", scope(admin(who{})), 200},
		{"a scope within Wrap", guard.Wrap(scope(admin(who{}))), 200},
		{"Wrap alone", guard.Wrap(who{}), 200},
		{"a scope that it lacks, or a role", guard.Require(auth.Any(auth.Scope("pages:write"), auth.Role("author")))(who{}), 403},
		{"a scope that the rules never came to", guard.Require(auth.Any(auth.Role("author"), auth.Scope("pages:read")))(who{}), 403},
	} {
		if w := answer(tt.h, bearer(all)); w.Code != 200 {
			t.Errorf("%s, no limits: %d", tt.name, w.Code)
		}
		if w := answer(tt.h, bearer(limited)); w.Code != tt.limited {
			t.Errorf("%s: %d %s, want %d", tt.name, w.Code, w.Header().Get("WWW-Authenticate"), tt.limited)
		}
	}
}
