package bench_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/justinas/alice"
	"github.com/klauspost/compress/gzhttp"
	"github.com/urfave/negroni/v3"

	"github.com/surcoat/surcoat/bench/fixtures"
	"github.com/surcoat/surcoat/bench/harness"
)

// A stack turns a panic into an error page, compresses, has a session, and lets only those pass
// who are signed in; inside is a handler that looks up the user and their theme and answers 1.5 KB of JSON.
// The user's record is looked up for every request, as surcoat's does to notice that an account was
// disabled or its password changed.

// BenchmarkStack is the case that counts: the whole stack, without and with compression.
func BenchmarkStack(b *testing.B) {
	benchmarkStack(b, "", fixtures.Alike)
	benchmarkStack(b, "gzip", fixtures.Alike)
}

// BenchmarkStackVaried is the same with a body that keeps the encoder busy for longer.
func BenchmarkStackVaried(b *testing.B) {
	benchmarkStack(b, "gzip", fixtures.Varied)
}

func benchmarkStack(b *testing.B, coding string, body []byte) {
	name, w := stackWork(coding, body)
	b.Run(name, func(b *testing.B) { harness.Compare(b, w, stacks(body)...) })
}

func stackWork(coding string, body []byte) (name string, w harness.Work) {
	name, w = "coding=identity", harness.Work{Request: harness.Get("/")}
	if coding != "" {
		name, w = "coding="+coding, harness.Work{Request: harness.Get("/", "Accept-Encoding", coding)}
	}
	w.SignIn, w.Refused, w.Check = true, true, harness.WantBody(coding, fixtures.JSON, body)
	return name, w
}

func stacks(body []byte) []harness.Rival {
	p := fixtures.NewPage(fixtures.JSON, body)
	return []harness.Rival{
		{Lib: "surcoat", Build: func(tb testing.TB) http.Handler { return surcoatStack(tb, cookieStore(tb), p) }},
		{Lib: "surcoat-memory", Build: func(tb testing.TB) http.Handler { return surcoatStack(tb, nil, p) }},
		{Lib: "usual", Build: func(tb testing.TB) http.Handler { return usualStack(tb, newSCS(tb), p) }},
		{Lib: "gorilla", Build: func(tb testing.TB) http.Handler { return usualStack(tb, newGorilla(tb), p) }},
		{Lib: "chi", Build: func(tb testing.TB) http.Handler { return chiStack(tb, p) }},
		{Lib: "negroni", Build: func(tb testing.TB) http.Handler { return negroniStack(tb, p) }},
		{Lib: "limit", Build: func(tb testing.TB) http.Handler { return newLimit(tb, p) }},
	}
}

// usualStack is what many Go sites of this kind are made of: alice, chi's Recoverer, gzhttp,
// and scs or gorilla/sessions.
func usualStack(tb testing.TB, k keeper, p fixtures.Page) http.Handler {
	return alice.New(middleware.Recoverer, gzhttpLayer(tb), k.layer, newUsers().require(k)).Then(newMember(k, p))
}

// chiStack is chi's router with its own compressor, and scs.
func chiStack(tb testing.TB, p fixtures.Page) http.Handler {
	k := newSCS(tb)
	mux := chi.NewRouter()
	mux.Use(middleware.Recoverer, middleware.Compress(5), k.layer, newUsers().require(k))
	mux.Mount("/", newMember(k, p))
	return mux
}

// negroniStack is negroni with its Recovery, gzhttp and scs.
func negroniStack(tb testing.TB, p fixtures.Page) http.Handler {
	k := newSCS(tb)
	n := negroni.New(negroni.NewRecovery())
	n.UseHandler(alice.New(gzhttpLayer(tb), k.layer, newUsers().require(k)).Then(newMember(k, p)))
	return n
}

func gzhttpLayer(tb testing.TB) func(http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper()
	if err != nil {
		tb.Fatal(err)
	}
	return func(next http.Handler) http.Handler { return wrap(next) }
}

// account is a user's record.
type account struct {
	name     string
	disabled bool
}

type users map[string]account

func newUsers() users {
	return users{subject: {name: subject}, "grace@example.org": {name: "grace@example.org"}}
}

type accountKey struct{}

// require is the check that sites write for themselves around such a session: who is in it, does
// the account still stand; the answer goes into the request's context.
func (us users) require(k keeper) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/login" {
				next.ServeHTTP(w, r)
				return
			}
			name, _, _ := k.read(r)
			user, ok := us[name]
			if !ok || user.disabled {
				http.Error(w, "not signed in", http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), accountKey{}, user)))
		})
	}
}

// newMember is the application: it answers p, and only to the right user with the right theme.
func newMember(k keeper, p fixtures.Page) http.Handler {
	return sessionSite{k, func(w http.ResponseWriter, r *http.Request) {
		user, _ := r.Context().Value(accountKey{}).(account)
		if _, look, _ := k.read(r); user.name != subject || look != theme {
			http.Error(w, "the session was not read", http.StatusInternalServerError)
			return
		}
		p.ServeHTTP(w, r)
	}}
}
