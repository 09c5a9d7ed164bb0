package auth_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
)

func signedIn(t testing.TB, guard *auth.Guard, id auth.Identity) {
	t.Helper()
	if err := guard.Login(nil, request("POST", "/login"), id); err != nil {
		t.Fatal(err)
	}
}

// The session is read when somebody first asks, once.
func TestSessionIsReadLate(t *testing.T) {
	for _, tt := range []struct {
		name     string
		optional bool
		asks     int
		reads    int
	}{
		{"optional, nobody asks", true, 0, 0},
		{"optional, asked", true, 1, 1},
		{"optional, asked again", true, 3, 1},
		{"required, nobody asks", false, 0, 1},
		{"required, asked", false, 3, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := &state{}
			guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: st.from}}, Optional: tt.optional}
			signedIn(t, guard, auth.Identity{Subject: "ada"})
			st.reads = 0
			h := guard.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				for range tt.asks {
					if id, ok := auth.From(r.Context()); !ok || id.Subject != "ada" || auth.Err(r.Context()) != nil {
						t.Errorf("From = %+v, %v; Err = %v", id, ok, auth.Err(r.Context()))
					}
				}
			}))
			answer(h, request("GET", "/"))
			if st.reads != tt.reads {
				t.Errorf("%d reads, want %d", st.reads, tt.reads)
			}
		})
	}
}

// A header scheme has spoken before the handler runs, and the session is not read then.
func TestHeaderSchemesSpeakAtOnce(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse")
	st := &state{}
	guard := &auth.Guard{Optional: true, Schemes: []auth.Scheme{&auth.Session{From: st.from}, &auth.Basic{Accounts: accounts}}}
	if w := answer(guard.Wrap(who{}), request("GET", "/", "Authorization", basic("ada:correct horse"))); w.Body.String() != "ada" || st.reads != 0 {
		t.Errorf("%s, %d reads", w.Body, st.reads)
	}
}

func TestIdentity(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse", "admin")
	st := &state{}
	var got auth.Identity
	see := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got, _ = auth.From(r.Context()) })
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: st.from}, &auth.Basic{Accounts: accounts}}}

	answer(guard.Wrap(see), request("GET", "/", "Authorization", basic("ada:correct horse")))
	if s := fmt.Sprintf("%v %v %v %v %v", got.Subject, got.Roles, got.Methods, got.Ambient, got.Scheme); s != "ada [admin] [pwd] true Basic" || time.Since(got.Time) > time.Minute {
		t.Errorf("Basic: %s at %v", s, got.Time)
	}

	in := auth.Identity{
		Subject: "ada lovelace 1%", Roles: []string{"a b", "c"}, Scopes: []string{"read"}, Methods: []string{"pwd", "o,t p"},
		Claims: map[string]any{"email": "ada@example.org"}, Time: time.Unix(1e9, 0),
	}
	signedIn(t, guard, in)
	answer(guard.Wrap(see), request("GET", "/"))
	if s := fmt.Sprintf("%q %q %q %q %v %v %v %v", got.Subject, got.Roles, got.Scopes, got.Methods, got.Claims, got.Time.Unix(), got.Ambient, got.Scheme); s !=
		`"ada lovelace 1%" ["a b" "c"] ["read"] ["pwd" "o,t p"] map[email:ada@example.org] 1000000000 true Session` {
		t.Errorf("Session: %s", s)
	}
}

// What a session holds may be of another version, or of somebody who can write there.
func FuzzSessionValue(f *testing.F) {
	f.Add("1 1000000000 0 pwd ada")
	f.Add(`1 1000000000 7 pwd,otp a+b {"r":["admin"]}`)
	f.Add("2 x")
	f.Fuzz(func(t *testing.T, value string) {
		st := &state{values: map[string]string{"auth.login": value}}
		scheme := &auth.Session{From: st.from}
		id, err := scheme.Authenticate(nil, request("GET", "/"))
		switch {
		case err == nil && (id.Subject == "" || !id.Ambient || id.Scheme != "Session"):
			t.Errorf("%q: %+v", value, id)
		case err != nil && err != auth.ErrNone:
			t.Errorf("%q: %v", value, err)
		}
	})
}

func TestRequire(t *testing.T) {
	accounts, count := newCounted(t, "ada", "correct horse", "editor")
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts, CacheFor: -1}}, Optional: true}
	mux := http.NewServeMux()
	mux.Handle("/open", who{})
	mux.Handle("/signed-in", guard.Require()(who{}))
	mux.Handle("/editor", guard.Require(auth.Role("editor"))(who{}))
	mux.Handle("/admin", guard.Require(auth.Role("admin"))(who{}))
	mux.Handle("/both", guard.Require(auth.Role("editor"))(guard.Require(auth.Role("admin"))(who{})))
	for name, h := range map[string]http.Handler{"inside the guard": guard.Wrap(mux), "alone": mux} {
		for _, tt := range []struct {
			path         string
			signedIn     bool
			status, cost int
		}{
			{"/open", false, 200, 0},
			{"/signed-in", false, 401, 0},
			{"/signed-in", true, 200, 1},
			{"/editor", false, 401, 0},
			{"/editor", true, 200, 1},
			{"/admin", true, 403, 1},
			{"/both", true, 403, 1}, // the outer's finding is used again
		} {
			t.Run(name+tt.path, func(t *testing.T) {
				count.reset()
				r := request("GET", tt.path)
				if tt.signedIn {
					r.SetBasicAuth("ada", "correct horse")
				}
				w := answer(h, r)
				if n := int(count.all.Load()); w.Code != tt.status || n != tt.cost {
					t.Errorf("%d with %d operations, want %d with %d", w.Code, n, tt.status, tt.cost)
				}
			})
		}
	}
}

// Guard.Rules hold for every route that requires somebody, once.
func TestGuardRules(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse", "editor")
	asked := 0
	rule := func(_ *http.Request, id auth.Identity) error {
		asked++
		if id.Subject != "ada" {
			return auth.ErrForbidden
		}
		return nil
	}
	for _, optional := range []bool{false, true} {
		guard := &auth.Guard{
			Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}, Rules: []auth.Rule{rule}, Optional: optional,
		}
		for _, h := range []http.Handler{
			guard.Wrap(guard.Require(auth.Role("editor"))(who{})),
			guard.Require(auth.Role("editor"))(who{}),
		} {
			asked = 0
			w := answer(h, request("GET", "/", "Authorization", basic("ada:correct horse")))
			if w.Code != 200 || asked != 1 {
				t.Errorf("optional %v: %d, asked %d times", optional, w.Code, asked)
			}
		}
	}
}

func TestRules(t *testing.T) {
	yes := func(*http.Request, auth.Identity) error { return nil }
	no := func(*http.Request, auth.Identity) error { return auth.ErrForbidden }
	down := func(*http.Request, auth.Identity) error { return fmt.Errorf("%w: rules", auth.ErrUnavailable) }
	odd := func(*http.Request, auth.Identity) error { return errors.New("odd") }
	again := func(*http.Request, auth.Identity) error { return &auth.StepUp{MaxAge: time.Minute} }
	for _, tt := range []struct {
		name string
		rule auth.Rule
		want string // "": nil
	}{
		{"All()", auth.All(), ""},
		{"All(yes, yes)", auth.All(yes, yes), ""},
		{"All(yes, no)", auth.All(yes, no, again), "auth: forbidden"},
		{"Any(no, yes)", auth.Any(no, yes), ""},
		{"Any(no, no)", auth.Any(no, no), "auth: forbidden"},
		{"Any(no, again, odd)", auth.Any(no, again, odd), "auth: a sign-in within the last 1m0s is needed"},
		{"Any(odd, again)", auth.Any(odd, again), "auth: a sign-in within the last 1m0s is needed"},
		{"Any(no, down, odd)", auth.Any(no, down, odd), "auth: cannot check credentials now: rules"},
		{"Role, has", auth.Role("a"), ""},
		{"Role, has not", auth.Role("c"), "auth: forbidden"},
		{"Recent", auth.Recent(time.Hour), ""},
		{"Recent, too old", auth.Recent(time.Minute), "auth: a sign-in within the last 1m0s is needed"},
	} {
		got := ""
		if err := tt.rule(nil, auth.Identity{Roles: []string{"a", "b"}, Time: time.Now().Add(-30 * time.Minute)}); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	panics(t, "auth: Any", func() { auth.Any() })
	panics(t, "auth: Role", func() { auth.Role("") })
	panics(t, "auth: Recent", func() { auth.Recent(0) })
}

// What a rule's No looks like from outside.
func TestRuleAnswers(t *testing.T) {
	st := &state{}
	for _, tt := range []struct {
		name, accept string
		rule         auth.Rule
		status       int
		location     string
	}{
		{"forbidden", "text/html", auth.Role("x"), 403, ""},
		{"another error", "text/html", func(*http.Request, auth.Identity) error { return errors.New("secret") }, 403, ""},
		{"down", "text/html", func(*http.Request, auth.Identity) error { return auth.ErrUnavailable }, 503, ""},
		{"step-up, person", "text/html", auth.Recent(time.Minute), 303, "/login?next=%2Fa"},
		{"step-up, program", "application/json", auth.Recent(time.Minute), 401, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: st.from}}, LoginPath: "/login", Rules: []auth.Rule{tt.rule}}
			signedIn(t, guard, auth.Identity{Subject: "ada", Time: time.Now().Add(-time.Hour)})
			w := answer(guard.Wrap(who{}), request("GET", "/a", "Accept", tt.accept))
			if w.Code != tt.status || w.Header().Get("Location") != tt.location || strings.Contains(w.Body.String(), "secret") {
				t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
			}
			if (w.Code == 401) != (w.Header().Get("WWW-Authenticate") != "") {
				t.Errorf("%d with challenge %q", w.Code, w.Header().Get("WWW-Authenticate"))
			}
		})
	}
}

// A session that cannot be read is not an absent one.
func TestSessionDown(t *testing.T) {
	st := &state{}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: st.from}}, LoginPath: "/login"}
	signedIn(t, guard, auth.Identity{Subject: "ada"})
	st.fail = errStore
	w := answer(guard.Wrap(who{}), request("GET", "/", "Accept", "text/html"))
	if w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("required: %d %v, want 503 with Retry-After", w.Code, w.Header())
	}
	optional := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: st.from}}, Optional: true}
	answer(optional.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, ok := auth.From(r.Context()); ok || !errors.Is(auth.Err(r.Context()), auth.ErrUnavailable) {
			t.Errorf("optional: %v, Err = %v", ok, auth.Err(r.Context()))
		}
	})), request("GET", "/"))
}

// A wrong order of layers shows at the first request, closed, with the remedy in the log only.
func TestWrongOrder(t *testing.T) {
	nowhere := func(context.Context) auth.State { return nil }
	for _, optional := range []bool{false, true} {
		guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: nowhere}}, Optional: optional}
		log := logged(t, func() {
			w := answer(guard.Wrap(who{}), request("GET", "/"))
			if w.Code != 500 || strings.Contains(w.Body.String(), "session.Manager") {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
		if !strings.Contains(log, "put session.Manager.Wrap outside auth.Guard.Wrap") {
			t.Errorf("log %s", log)
		}
	}
	if auth.Err(t.Context()) == nil {
		t.Error("Err outside every guard is nil")
	}
}

// The login page cannot be behind what sends people to it.
func TestLoginPathBehindTheGuard(t *testing.T) {
	st := &state{}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: st.from}}, LoginPath: "/login"}
	log := logged(t, func() {
		if w := answer(guard.Wrap(who{}), request("GET", "/login?next=%2F", "Accept", "text/html")); w.Code != 500 {
			t.Errorf("%d, want 500", w.Code)
		}
	})
	if !strings.Contains(log, "Guard.LoginPath is itself behind the Guard") {
		t.Errorf("log %s", log)
	}
}

func TestMisconfiguration(t *testing.T) {
	session := func() *auth.Session { return &auth.Session{From: (&state{}).from} }
	for _, tt := range []struct {
		want  string
		guard *auth.Guard
	}{
		{"auth: Guard.Schemes is empty", &auth.Guard{}},
		{"auth: Guard.Schemes[1] is nil", &auth.Guard{Schemes: []auth.Scheme{session(), nil}}},
		{"auth: Guard.Schemes has two Session schemes", &auth.Guard{Schemes: []auth.Scheme{session(), session()}}},
		{"auth: Guard.Rules[0] is nil", &auth.Guard{Schemes: []auth.Scheme{session()}, Rules: []auth.Rule{nil}}},
		{"auth: Guard.LoginPath", &auth.Guard{Schemes: []auth.Scheme{session()}, LoginPath: "https://example.org/login"}},
		{"auth: Guard.LoginPath", &auth.Guard{Schemes: []auth.Scheme{session()}, LoginPath: "login"}},
		{"auth: Guard.Home", &auth.Guard{Schemes: []auth.Scheme{session()}, Home: "//example.org"}},
		{"auth: Session.From is nil", &auth.Guard{Schemes: []auth.Scheme{&auth.Session{}}}},
		{"auth: Basic.Accounts is nil", &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{}}}},
		{"auth: Accounts.Users is nil", &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: &auth.Accounts{}}}}},
		{"auth: Basic.CacheSize", &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: newAccounts(t), CacheSize: -1}}}},
	} {
		panics(t, tt.want, func() { tt.guard.Wrap(who{}) })
	}
	guard := &auth.Guard{Schemes: []auth.Scheme{session()}}
	panics(t, "auth: Guard.Wrap: next is nil", func() { guard.Wrap(nil) })
	panics(t, "auth: Guard.Require: next is nil", func() { guard.Require()(nil) })
	panics(t, "auth: Guard.Require: rule 1 is nil", func() { guard.Require(auth.Role("a"), nil) })
}

// Routes are made before middleware.Stack has given the session scheme its From.
func TestRequireBeforeWiring(t *testing.T) {
	session := &auth.Session{}
	guard := &auth.Guard{Schemes: []auth.Scheme{session}}
	h := guard.Require()(who{})
	if w := answer(h, request("GET", "/")); w.Code != 500 {
		t.Errorf("unwired: %d, want 500", w.Code)
	}
	session.From = (&state{}).from
	if w := answer(guard.Wrap(h), request("GET", "/")); w.Code != 401 {
		t.Errorf("wired: %d, want 401", w.Code)
	}
}

// spec 28: the option.
func TestStripAuthorization(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse")
	for _, strip := range []bool{false, true} {
		guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}, StripAuthorization: strip}
		h := guard.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, found := r.Header["Authorization"]
			_, _ = io.WriteString(w, fmt.Sprint(!found, r.Header.Get("X-Other")))
		}))
		r := request("GET", "/", "Authorization", basic("ada:correct horse"), "X-Other", "kept")
		if w := answer(h, r); w.Body.String() != fmt.Sprint(strip, "kept") {
			t.Errorf("StripAuthorization %v: %s", strip, w.Body)
		}
		if r.Header.Get("Authorization") == "" {
			t.Error("taken from the outer layers' request too")
		}
	}
}

// The limit that the stack counts on.
func TestAllocations(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse", "admin")
	st := &state{}
	guard := &auth.Guard{
		Schemes: []auth.Scheme{&auth.Session{From: st.from, Users: accounts.Users}, &auth.Basic{Accounts: accounts}},
		Rules:   []auth.Rule{auth.Role("admin")},
	}
	signedIn(t, guard, auth.Identity{Subject: "ada", Methods: []string{"pwd"}})
	h := guard.Wrap(nothing{})
	for name, r := range map[string]*http.Request{
		"session":      request("GET", "/"),
		"cached Basic": request("GET", "/", "Authorization", basic("ada:correct horse")),
	} {
		w := httptest.NewRecorder()
		if n := testing.AllocsPerRun(100, func() { h.ServeHTTP(w, r) }); n > 3 {
			t.Errorf("%s: %v allocations, want at most 3", name, n)
		}
	}
}
