package session_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

// spec 22
func TestCookie22_TooLarge(t *testing.T) {
	for _, kind := range []string{cookie, gcookie} {
		t.Run(kind, func(t *testing.T) {
			m := &session.Manager{Store: newStore(t, kind)}
			var size int
			var saved error
			c := client{h: m.Wrap(mux{"/": func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
				_ = name.Set(s, strings.Repeat("x", size))
				saved = s.Save(r.Context())
			}})}
			largest := 0
			for size = 1; size < 4000; size++ {
				if size%7 != 0 && (size < 2800 || size > 3100) {
					continue
				}
				fresh := client{h: c.h}
				a := fresh.get("/")
				if a.StatusCode == 500 {
					want(t, "Save tells", errors.Is(saved, session.ErrTooLarge) || errors.Is(saved, session.ErrEncode), true)
					want(t, "cookies", len(a.Cookies()), 0)
					break
				}
				want(t, "Save", saved, nil)
				largest = len("__Host-session") + len(fresh.token())
			}
			if kind == cookie && (largest > 4096 || largest < 4090) {
				t.Errorf("the largest cookie has %d bytes", largest)
			}
			if largest > 4096 || size == 4000 {
				t.Errorf("a cookie of %d bytes", largest)
			}
		})
	}
}

// The spec's figure: three small values in 180 bytes of name and value.
func TestCookieIsSmall(t *testing.T) {
	m := &session.Manager{Store: session.NewCookieStore(newKeyring(t))}
	c := client{h: m.Wrap(mux{"/": func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
		_, _, _ = user.Set(s, "alice"), theme.Set(s, "dark"), visit.Set(s, 17)
	}})}
	c.get("/")
	n := len("__Host-session=") + len(c.token())
	t.Logf("%d bytes", n)
	if n > 180 {
		t.Errorf("%d bytes", n)
	}
}

// spec 23
func TestCookie23_Attributes(t *testing.T) {
	for _, test := range []struct {
		cookie     session.Cookie
		name, rest string
	}{
		{session.Cookie{}, "__Host-session", "Path=/; HttpOnly; Secure; SameSite=Lax"},
		{session.Cookie{Name: "id"}, "id", "Path=/; HttpOnly; Secure; SameSite=Lax"},
		{session.Cookie{Path: "/app"}, "__Secure-session", "Path=/app; HttpOnly; Secure; SameSite=Lax"},
		{session.Cookie{Domain: "example.com"}, "__Secure-session", "Path=/; Domain=example.com; HttpOnly; Secure; SameSite=Lax"},
		{session.Cookie{SameSite: http.SameSiteStrictMode}, "__Host-session", "Path=/; HttpOnly; Secure; SameSite=Strict"},
		{session.Cookie{SameSite: http.SameSiteNoneMode}, "__Host-session", "Path=/; HttpOnly; Secure; SameSite=None"},
		{session.Cookie{Partitioned: true}, "__Host-session", "Path=/; HttpOnly; Secure; SameSite=Lax; Partitioned"},
		{session.Cookie{MaxAge: time.Hour}, "__Host-session", "Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=3600"},
		{session.Cookie{MaxAge: 400 * 24 * time.Hour}, "__Host-session", "Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=43199"},
		{session.Cookie{InsecureCookie: true}, "session", "Path=/; HttpOnly; SameSite=Lax"},
		{session.Cookie{InsecureCookie: true, Path: "/app"}, "session", "Path=/app; HttpOnly; SameSite=Lax"},
	} {
		for _, kind := range allKinds {
			m := &session.Manager{Store: newStore(t, kind), Cookie: test.cookie}
			line := (&client{h: m.Wrap(mux{"/": fill})}).get("/").Header.Get("Set-Cookie")
			line = strings.Replace(line, "Max-Age=43200", "Max-Age=43199", 1) // the second may just have passed
			first, rest, _ := strings.Cut(line, "; ")
			gotName, _, _ := strings.Cut(first, "=")
			want(t, kind+" name", gotName, test.name)
			want(t, kind+" attributes", rest, test.rest)
		}
	}
}

// spec 23, 25
func TestCookie23_ImpossibleFieldsPanic(t *testing.T) {
	next := http.NotFoundHandler()
	for field, m := range map[string]*session.Manager{
		"Cookie.Name: browsers refuse __Host- with a Domain": {Cookie: session.Cookie{Name: "__Host-s", Domain: "example.com"}},
		"Cookie.Name: browsers refuse __Host-":               {Cookie: session.Cookie{Name: "__HOST-s", Path: "/app"}},
		"Cookie.Name: browsers refuse __Host- with":          {Cookie: session.Cookie{Name: "__Host-s", InsecureCookie: true}},
		"Cookie.Name: browsers refuse __Secure-":             {Cookie: session.Cookie{Name: "__secure-s", InsecureCookie: true}},
		"Cookie.SameSite: browsers refuse None":              {Cookie: session.Cookie{SameSite: http.SameSiteNoneMode, InsecureCookie: true}},
		"Cookie.SameSite: not":                               {Cookie: session.Cookie{SameSite: http.SameSiteDefaultMode}},
		"Cookie.SameSite: not Lax":                           {Cookie: session.Cookie{SameSite: 9}},
		"Cookie.Partitioned":                                 {Cookie: session.Cookie{Partitioned: true, InsecureCookie: true}},
		"Cookie.MaxAge: not between":                         {Cookie: session.Cookie{MaxAge: 400*24*time.Hour + 1}},
		"Cookie.MaxAge":                                      {Cookie: session.Cookie{MaxAge: -1}},
		"Cookie.MaxAge: less than a second":                  {Cookie: session.Cookie{MaxAge: 1}},
		"Cookie: http: invalid Cookie.Name":                  {Cookie: session.Cookie{Name: "a b"}},
		"Cookie: http: invalid Cookie.Domain":                {Cookie: session.Cookie{Domain: "a b"}},
		"Cookie: http: invalid byte":                         {Cookie: session.Cookie{Path: "/a;b"}},
		"Cookie.Path":                                        {Cookie: session.Cookie{Path: "app"}},
		"IdleTimeout":                                        {IdleTimeout: -1},
		"IdleTimeout: less than a second":                    {IdleTimeout: 30},
		"Lifetime":                                           {Lifetime: -1},
		"RotateEvery":                                        {RotateEvery: 1},
		"Grace":                                              {Grace: -1},
		"Require: the Store cannot merge":                    {Require: session.Merge, Store: newStore(t, cookie)},
		"Require: the Store cannot merge the":                {Require: session.Merge, Store: newStore(t, gfiles)},
	} {
		t.Run(field, func(t *testing.T) {
			for range 2 { // not the first time only
				wantPanic(t, "session: Manager."+field, func() { m.Wrap(next) })
			}
		})
	}
	wantPanic(t, "session: Manager.Wrap: next is nil", func() { new(session.Manager).Wrap(nil) })
	wantPanic(t, "session: NewServerStore: the backend is nil", func() { session.NewServerStore(nil) })
	wantPanic(t, "session: NewCookieStore: the keyring is nil", func() { session.NewCookieStore(nil) })
	(&session.Manager{Require: session.Merge | session.Revoke}).Wrap(next)
	(&session.Manager{Require: session.Revoke, Store: newStore(t, cookie)}).Wrap(next)
}

func wantPanic(t *testing.T, prefix string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if got := fmt.Sprint(recover()); !strings.HasPrefix(got, prefix) {
			t.Errorf("panic: %q, want %q", got, prefix)
		}
	}()
	f()
}

// spec 24: nothing but the field turns Secure off or on.
func TestCookie24_SecureIsNotInferred(t *testing.T) {
	for _, insecure := range []bool{false, true} {
		m := &session.Manager{Cookie: session.Cookie{InsecureCookie: insecure}}
		h := m.Wrap(mux{"/": fill})
		for _, change := range []func(*http.Request){
			func(*http.Request) {},
			func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "http") },
			func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "https") },
			func(r *http.Request) { r.Header.Set("Forwarded", "proto=http") },
			func(r *http.Request) { r.TLS = &tls.ConnectionState{} },
			func(r *http.Request) { r.Host = "localhost:8080" },
		} {
			r := httptest.NewRequest("GET", "/", nil)
			change(r)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			want(t, "Secure", strings.Contains(w.Header().Get("Set-Cookie"), "; Secure"), !insecure)
		}
	}
}

// spec 25: the cookie of a session that ends soon is not kept for longer.
func TestCookie25_MaxAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &session.Manager{IdleTimeout: 10 * time.Hour, Lifetime: 24 * time.Hour, Cookie: session.Cookie{MaxAge: 12 * time.Hour}}
		c := client{h: m.Wrap(mux{"/fill": fill, "/show": show})}
		want(t, "first", maxAge(c.get("/fill")), 12*3600)
		token := c.token()
		time.Sleep(9 * time.Hour)
		want(t, "later", maxAge(c.get("/show")), 12*3600) // or the browser would forget a session in use
		time.Sleep(7 * time.Hour)
		want(t, "near the end", maxAge(c.get("/show")), 8*3600)
		want(t, "token", c.token(), token)
	})
}

// spec 25: a browser that is to keep the cookie for a time is given it again while the
// session is in use, also when every use is a change.
func TestCookie25_MaxAgeIsRenewed(t *testing.T) {
	for _, kind := range allKinds {
		synctest.Test(t, func(t *testing.T) {
			m := &session.Manager{Store: newStore(t, kind), IdleTimeout: time.Hour, Cookie: session.Cookie{MaxAge: time.Hour}}
			c := client{h: m.Wrap(mux{"/": increment})}
			c.get("/")
			last := time.Now()
			for range 600 {
				time.Sleep(time.Minute)
				if a := c.get("/"); maxAge(a) > 0 {
					last = time.Now()
				}
				if age := time.Since(last); age > 3*time.Minute {
					t.Fatalf("%s: the cookie is %v old", kind, age)
				}
			}
		})
	}
}

func maxAge(a answer) int {
	for _, c := range a.Cookies() {
		return c.MaxAge
	}
	return 0
}

// A stale cookie of our name, left from another Path or Domain, does not lock anybody
// out, and many of them cost little.
func TestSeveralCookiesOfOneName(t *testing.T) {
	for _, kind := range []string{memory, cookie} {
		m := &session.Manager{Store: newStore(t, kind)}
		c := client{h: m.Wrap(mux{"/fill": fill, "/show": show})}
		c.get("/fill")
		good := "__Host-session=" + c.token()
		for _, test := range []struct{ header, body string }{
			{"__Host-session=stale; " + good, "first"},
			{"x=y;__Host-session=a ;  __Host-session=b; " + good + " ; z", "first"},
			{`__Host-session="` + c.token() + `"`, "first"},
			{"__Host-sessions=a; x__Host-session=b; __Host-session; =; ;;", ""},
			{strings.Repeat("__Host-session=stale; ", 1000) + good, ""},
			{strings.Repeat("x", 1<<20) + "; " + good, "first"},
		} {
			r := httptest.NewRequest("GET", "/show", nil)
			r.Header.Set("Cookie", test.header)
			w := httptest.NewRecorder()
			c.h.ServeHTTP(w, r)
			body, _ := io.ReadAll(w.Result().Body)
			want(t, fmt.Sprintf("%s: %.60q", kind, test.header), string(body), test.body)
			if set := w.Result().Header.Get("Set-Cookie"); test.body != "" && set != "" {
				t.Errorf("%s: %.60q: the cookie that is good is replaced: %s", kind, test.header, set)
			}
		}
		r := httptest.NewRequest("GET", "/show", nil)
		r.Header["Cookie"] = []string{"a=b", good} // as HTTP/2 may split it
		w := httptest.NewRecorder()
		c.h.ServeHTTP(w, r)
		want(t, "several lines", w.Body.String(), "first")
	}
}

// FuzzCookieHeader compares the scan with net/http's parser, which is stricter about
// what a value may hold.
func FuzzCookieHeader(f *testing.F) {
	f.Add("a=b; session=v; c")
	f.Add(`session="v"`)
	f.Add("session=;session=x")
	m := &session.Manager{Store: session.NewCookieStore(newKeyring(f)), Cookie: session.Cookie{InsecureCookie: true}}
	h := m.Wrap(mux{"/": fill, "/show": show})
	c := client{h: h}
	c.get("/")
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest("GET", "/show", nil)
		r.Header["Cookie"] = []string{header, "session=" + c.token()}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		others := (&http.Request{Header: http.Header{"Cookie": {header}}}).CookiesNamed("session")
		if len(others) == 0 && !strings.Contains(header, "session") {
			want(t, "body", w.Body.String(), "first")
		}
		want(t, "status", w.Code, 200)
	})
}
