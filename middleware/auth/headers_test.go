package auth_test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth"
)

func basic(credential string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(credential))
}

// spec 1: no credential.
func TestChallenge(t *testing.T) {
	accounts, count := newCounted(t, "ada", "correct horse")
	st := &state{}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: st.from}, &auth.Basic{Accounts: accounts, Realm: "wiki"}}}
	onServers(t, guard.Wrap(who{}), func(t *testing.T, c *http.Client, url string) {
		resp, _ := send(t, c, outgoing(t, "GET", url))
		want := []string{`Cookie realm="session"`, `Basic realm="wiki", charset="UTF-8"`}
		if got := resp.Header.Values("WWW-Authenticate"); resp.StatusCode != 401 || !slices.Equal(got, want) {
			t.Errorf("%d %q, want 401 %q", resp.StatusCode, got, want)
		}
		if got := resp.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control %q", got)
		}
	})
	if count.all.Load() != 0 {
		t.Errorf("%d hash operations", count.all.Load())
	}
}

// spec 2, 4: what counts as a credential, and what is answered to one that is wrong.
func TestBasicCredentials(t *testing.T) {
	accounts, count := newCounted(t, "test", "123£")
	accounts.Throttle = lenient()
	for name, pass := range map[string]string{"ada": "a:b:", "café": "correct horse"} {
		if _, err := accounts.Create(t.Context(), name, pass+strings.Repeat("x", 8)); err != nil {
			t.Fatal(err)
		}
	}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}}
	long := strings.Repeat("x", 1024)
	tests := []struct {
		name, field string
		status      int
		who         string
		hashes      int64
	}{
		{"RFC 7617's example", "Basic dGVzdDoxMjPCow==", 200, "test", 1},
		{"lower case", "basic dGVzdDoxMjPCow==", 200, "test", 1},
		{"upper case", "BASIC dGVzdDoxMjPCow==", 200, "test", 1},
		{"two spaces", "Basic  dGVzdDoxMjPCow==", 200, "test", 1},
		{"no padding", "Basic dGVzdDoxMjPCow", 200, "test", 1},
		{"a password with colons", basic("ada:a:b:xxxxxxxx"), 200, "ada", 1},
		{"a name beyond ASCII", basic("café:correct horsexxxxxxxx"), 200, "café", 1},
		{"wrong password", basic("test:123"), 401, "", 1},
		{"unknown", basic("nobody:123£"), 401, "", 1},
		{"empty password", basic("test:"), 401, "", 1},
		{"empty name", basic(":123£"), 401, "", 1},
		{"not UTF-8", basic("test:123\xa3"), 401, "", 1},
		{"name not UTF-8", basic("\xff:123"), 401, "", 1},
		{"name of 1 KiB", basic(long + ":123"), 401, "", 1},
		{"password over 1 KiB", basic("test:" + long + "x"), 401, "", 1},
		{"bad base64", "Basic dGVzd?", 401, "", 0},
		{"base64url", "Basic dGVz_DoxMjPCow==", 401, "", 0},
		{"no colon", basic("test"), 401, "", 0},
		{"NUL in the name", basic("te\x00st:123£"), 401, "", 0},
		{"NUL in the password", basic("test:123£\x00"), 401, "", 0},
		{"nothing after the scheme", "Basic", 401, "", 0},
		{"blanks after the scheme", "Basic  ", 401, "", 0},
		{"1 MiB", basic("test:" + strings.Repeat(long, 768)), 401, "", 0},
		{"another scheme", "Digest username=test", 401, "", 0},
		{"a scheme that begins alike", "Basics dGVzdDoxMjPCow==", 401, "", 0},
		{"an empty field", "", 401, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}} // an empty cache
			count.reset()
			w := answer(guard.Wrap(who{}), request("GET", "/", "Authorization", tt.field))
			if w.Code != tt.status || tt.who != "" && w.Body.String() != tt.who {
				t.Errorf("%d %q, want %d %q", w.Code, w.Body, tt.status, tt.who)
			}
			if n := count.all.Load(); n != tt.hashes {
				t.Errorf("%d hash operations, want %d", n, tt.hashes)
			}
			if w.Code == 401 && w.Header().Get("WWW-Authenticate") == "" {
				t.Error("401 without a challenge")
			}
		})
	}
	t.Run("two fields", func(t *testing.T) {
		right := basic("test:123£")
		if w := answer(guard.Wrap(who{}), request("GET", "/", "Authorization", right, "Authorization", right)); w.Code != 400 {
			t.Errorf("%d, want 400", w.Code)
		}
	})
	t.Run("on servers", func(t *testing.T) {
		onServers(t, guard.Wrap(who{}), func(t *testing.T, c *http.Client, url string) {
			for _, tt := range tests {
				if tt.name == "1 MiB" {
					continue // net/http's own limit is 1 MiB for all fields together
				}
				resp, body := send(t, c, outgoing(t, "GET", url, "Authorization", tt.field))
				if resp.StatusCode != tt.status || tt.who != "" && body != tt.who {
					t.Errorf("%s: %d %q, want %d %q", tt.name, resp.StatusCode, body, tt.status, tt.who)
				}
			}
		})
	})
}

// spec 3: a realm is a quoted-string (RFC 9110 §5.6.4), or refused.
func TestRealm(t *testing.T) {
	for _, tt := range []struct{ realm, want string }{
		{"", `Basic realm="site", charset="UTF-8"`},
		{"wiki", `Basic realm="wiki", charset="UTF-8"`},
		{`a "b" é`, `Basic realm="a \"b\" é", charset="UTF-8"`},
		{`C:\site`, `Basic realm="C:\\site", charset="UTF-8"`},
		{"a\r\nSet-Cookie: x=y", ""},
		{"tab\there", ""},
		{"nul\x00", ""},
		{"\xe9", ""},
	} {
		t.Run(tt.realm, func(t *testing.T) {
			guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: newAccounts(t), Realm: tt.realm}}}
			if tt.want == "" {
				panics(t, "auth: Basic.Realm", func() { guard.Wrap(who{}) })
				return
			}
			onServers(t, guard.Wrap(who{}), func(t *testing.T, c *http.Client, url string) {
				resp, _ := send(t, c, outgoing(t, "GET", url))
				if got := resp.Header.Get("WWW-Authenticate"); got != tt.want {
					t.Errorf("challenge %s, want %s", got, tt.want)
				}
			})
		})
	}
}

// spec 6: a refused credential never falls through to the next scheme, whatever their order.
func TestRefusedDoesNotFallThrough(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse")
	st := &state{}
	session, header := &auth.Session{From: st.from}, &auth.Basic{Accounts: accounts}
	for _, schemes := range [][]auth.Scheme{{session, header}, {header, session}} {
		for _, optional := range []bool{false, true} {
			guard := &auth.Guard{Schemes: schemes, Optional: optional}
			if err := guard.Login(nil, request("POST", "/"), auth.Identity{Subject: "grace"}); err != nil {
				t.Fatal(err)
			}
			h := guard.Wrap(who{})
			if w := answer(h, request("GET", "/", "Authorization", basic("ada:wrong"))); w.Code != 401 {
				t.Errorf("wrong password and a valid session: %d, want 401", w.Code)
			}
			if w := answer(h, request("GET", "/", "Authorization", basic("ada:correct horse"))); w.Body.String() != "ada" {
				t.Errorf("right password and another's session: %s, want ada", w.Body)
			}
			if w := answer(h, request("GET", "/", "Authorization", "Negotiate abc")); w.Body.String() != "grace" {
				t.Errorf("a scheme nobody knows, and a valid session: %s, want grace", w.Body)
			}
		}
	}
}

// spec 6: an expired session counts as absent.
func TestExpiredSessionIsAbsent(t *testing.T) {
	st := &state{}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: st.from}}, Optional: true}
	if w := answer(guard.Wrap(who{}), request("GET", "/")); w.Code != 200 || w.Body.String() != "nobody" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// tokens is a scheme like Bearer, that puts its error into its challenge.
type tokens struct{}

func (tokens) Authenticate(_ http.ResponseWriter, r *http.Request) (auth.Identity, error) {
	switch field := r.Header.Get("Authorization"); {
	case field == "Bearer right":
		return auth.Identity{Subject: "robot"}, nil
	case strings.HasPrefix(field, "Bearer"):
		return auth.Identity{}, auth.ErrRefused
	}
	return auth.Identity{}, auth.ErrNone
}

func (tokens) Challenge(h http.Header, err error) {
	if err == auth.ErrNone {
		h.Add("WWW-Authenticate", "Bearer")
	} else {
		h.Add("WWW-Authenticate", `Bearer error="invalid_token"`)
	}
}

// spec 7: errors carry their scheme.
func TestErrorsCarryTheirScheme(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse")
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}, tokens{}}}
	for _, tt := range []struct{ field, want string }{
		{basic("ada:wrong"), "Bearer"},
		{"Bearer wrong", `Bearer error="invalid_token"`},
		{"Digest x", "Bearer"},
	} {
		w := answer(guard.Wrap(who{}), request("GET", "/", "Authorization", tt.field))
		got := w.Header().Values("WWW-Authenticate")
		if want := []string{`Basic realm="site", charset="UTF-8"`, tt.want}; w.Code != 401 || !slices.Equal(got, want) {
			t.Errorf("%s: %d %q, want %q", tt.field, w.Code, got, want)
		}
	}
}

// spec 8: people are sent to sign in, programs are told.
func TestPeopleAndPrograms(t *testing.T) {
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	st := &state{}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: st.from}}, LoginPath: "/login"}
	onServers(t, guard.Wrap(who{}), func(t *testing.T, c *http.Client, url string) {
		for _, tt := range []struct {
			name, method, path string
			header             []string
			status             int
			want               string // Location, or Content-Type
		}{
			{"navigation", "GET", "/a/b?c=d&e=%20f", []string{"Accept", browser, "Sec-Fetch-Mode", "navigate"}, 303, "/login?next=%2Fa%2Fb%3Fc%3Dd%26e%3D%2520f"},
			{"older browser", "GET", "/a", []string{"Accept", browser}, 303, "/login?next=%2Fa"},
			{"to the start page", "GET", "/", []string{"Accept", browser}, 303, "/login"},
			{"HEAD", "HEAD", "/a", []string{"Accept", browser}, 303, "/login?next=%2Fa"},
			{"to a path that hides a host", "GET", "//evil.example/", []string{"Accept", browser}, 303, "/login"},
			{"a form", "POST", "/save", []string{"Accept", browser, "Referer", url + "/edit?page=x", "Sec-Fetch-Mode", "navigate"}, 303, "/login?next=%2Fedit%3Fpage%3Dx"},
			{"a form from elsewhere", "POST", "/save", []string{"Accept", browser, "Referer", "https://evil.example/edit", "Sec-Fetch-Mode", "navigate"}, 303, "/login"},
			{"a form without referrer", "POST", "/save", []string{"Accept", browser, "Sec-Fetch-Mode", "navigate"}, 303, "/login"},
			{"fetch for JSON", "GET", "/a", []string{"Accept", "application/json", "Sec-Fetch-Mode", "cors"}, 401, "application/problem+json"},
			{"fetch for HTML", "GET", "/a", []string{"Accept", "text/html", "Sec-Fetch-Mode", "same-origin"}, 401, "text/html; charset=utf-8"},
			{"a program", "GET", "/a", []string{"Accept", "application/json"}, 401, "application/problem+json"},
			{"a program that would take both", "GET", "/a", []string{"Accept", "application/json, text/html;q=0.5"}, 401, "application/problem+json"},
			{"curl", "GET", "/a", []string{"Accept", "*/*"}, 401, "text/plain; charset=utf-8"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				resp, body := send(t, c, outgoing(t, tt.method, url+tt.path, tt.header...))
				got := resp.Header.Get("Location")
				if resp.StatusCode == 401 {
					got = resp.Header.Get("Content-Type")
				}
				if resp.StatusCode != tt.status || got != tt.want {
					t.Errorf("%d %s, want %d %s", resp.StatusCode, got, tt.status, tt.want)
				}
				if cc := resp.Header.Get("Cache-Control"); cc != "no-store" {
					t.Errorf("Cache-Control %q", cc)
				}
				if tt.want == "application/problem+json" && !strings.Contains(body, `"status":401`) {
					t.Errorf("body %s", body)
				}
			})
		}
	})
}

// A guard whose only scheme has no challenge cannot answer 401 (RFC 9110 §15.5.2).
func TestNoChallenge(t *testing.T) {
	guard := &auth.Guard{Schemes: []auth.Scheme{silent{}}}
	if w := answer(guard.Wrap(who{}), request("GET", "/")); w.Code != 403 {
		t.Errorf("%d, want 403", w.Code)
	}
}

type silent struct{}

func (silent) Authenticate(http.ResponseWriter, *http.Request) (auth.Identity, error) {
	return auth.Identity{}, auth.ErrNone
}

func panics(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		if got, _ := recover().(string); !strings.HasPrefix(got, want) {
			t.Errorf("panic %q, want %q", got, want)
		}
	}()
	f()
}

func FuzzAuthorization(f *testing.F) {
	accounts := newAccounts(f)
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}}
	h := guard.Wrap(who{})
	f.Add("Basic dGVzdDoxMjPCow==")
	f.Add("basic")
	f.Add("Basic \x00")
	f.Fuzz(func(t *testing.T, field string) {
		r := request("GET", "/")
		r.Header["Authorization"] = []string{field}
		// So many guesses from one address are held up, too.
		if w := answer(h, r); w.Code != 401 && w.Code != 429 {
			t.Errorf("%q: %d, want 401", field, w.Code)
		}
	})
}
