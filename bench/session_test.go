package bench_test

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/alexedwards/scs/v2"
	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"github.com/surcoat/surcoat/bench/harness"
)

// Every library keeps the same three values in a session: who is signed in, the
// theme they chose and how often they came.
const (
	subject = "ada@example.org"
	theme   = "dark"
	visits  = 41
)

// A keeper is a session library, as far as the session cases need it.
type keeper interface {
	// layer is what the library puts around handlers.
	layer(http.Handler) http.Handler
	// signIn stores the three values.
	signIn(w http.ResponseWriter, r *http.Request) error
	read(r *http.Request) (subject, theme string, visits int)
	setVisits(w http.ResponseWriter, r *http.Request, n int) error
}

type keeperRival struct {
	lib  string
	make func(testing.TB) keeper
}

var keepers = []keeperRival{
	{"surcoat", newSurcoatCookie},
	{"surcoat-memory", newSurcoatMemory},
	{"scs", newSCS},
	{"gorilla", newGorilla},
}

// scsKeeper is alexedwards/scs as its README sets it up, with the in-memory store.
type scsKeeper struct{ *scs.SessionManager }

func newSCS(testing.TB) keeper { return scsKeeper{scs.New()} }

func (k scsKeeper) layer(next http.Handler) http.Handler { return k.LoadAndSave(next) }

func (k scsKeeper) signIn(_ http.ResponseWriter, r *http.Request) error {
	if err := k.RenewToken(r.Context()); err != nil {
		return err
	}
	k.Put(r.Context(), "subject", subject)
	k.Put(r.Context(), "theme", theme)
	k.Put(r.Context(), "visits", visits)
	return nil
}

func (k scsKeeper) read(r *http.Request) (string, string, int) {
	ctx := r.Context()
	return k.GetString(ctx, "subject"), k.GetString(ctx, "theme"), k.GetInt(ctx, "visits")
}

func (k scsKeeper) setVisits(_ http.ResponseWriter, r *http.Request, n int) error {
	k.Put(r.Context(), "visits", n)
	return nil
}

// gorillaKeeper is gorilla/sessions with its CookieStore, authenticated and encrypted.
// It has no layer, so that an untouched session costs nothing: handlers ask the store.
type gorillaKeeper struct{ store *sessions.CookieStore }

func newGorilla(testing.TB) keeper {
	store := sessions.NewCookieStore(securecookie.GenerateRandomKey(32), securecookie.GenerateRandomKey(32))
	store.Options.HttpOnly, store.Options.Secure, store.Options.SameSite = true, true, http.SameSiteLaxMode
	return gorillaKeeper{store}
}

func (k gorillaKeeper) layer(next http.Handler) http.Handler { return next }

func (k gorillaKeeper) signIn(w http.ResponseWriter, r *http.Request) error {
	s, err := k.store.Get(r, "session")
	if err != nil {
		return err
	}
	s.Values["subject"], s.Values["theme"], s.Values["visits"] = subject, theme, visits
	return s.Save(r, w)
}

func (k gorillaKeeper) read(r *http.Request) (string, string, int) {
	s, err := k.store.Get(r, "session")
	if err != nil {
		return "", "", 0
	}
	subject, _ := s.Values["subject"].(string)
	theme, _ := s.Values["theme"].(string)
	visits, _ := s.Values["visits"].(int)
	return subject, theme, visits
}

func (k gorillaKeeper) setVisits(w http.ResponseWriter, r *http.Request, n int) error {
	s, err := k.store.Get(r, "session")
	if err != nil {
		return err
	}
	s.Values["visits"] = n
	return s.Save(r, w)
}

// sessionSite signs in at /login and is used at /.
type sessionSite struct {
	keeper
	use http.HandlerFunc
}

func (s sessionSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/login" {
		if err := s.signIn(w, r); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
		return
	}
	s.use(w, r)
}

func benchmarkSessions(b *testing.B, check func(harness.Response) error, use func(keeper) http.HandlerFunc) {
	w := harness.Work{Request: harness.Get("/"), SignIn: true, Check: check}
	harness.Compare(b, w, rivalKeepers(use)...)
}

// rivalKeepers are the libraries, each serving what use makes.
func rivalKeepers(use func(keeper) http.HandlerFunc) (rivals []harness.Rival) {
	for _, k := range keepers {
		rivals = append(rivals, harness.Rival{Lib: k.lib, Build: func(tb testing.TB) http.Handler {
			k := k.make(tb)
			return k.layer(sessionSite{k, use(k)})
		}})
	}
	return rivals
}

// BenchmarkSessionUntouched: the visitor has a session and the handler does not ask for it.
func BenchmarkSessionUntouched(b *testing.B) {
	benchmarkSessions(b, harness.WantBody("", "", ok), func(keeper) http.HandlerFunc { return okHandler{}.ServeHTTP })
}

// BenchmarkSessionRead: the handler reads the three values.
func BenchmarkSessionRead(b *testing.B) {
	benchmarkSessions(b, harness.WantBody("", "", ok), func(k keeper) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if who, look, n := k.read(r); who != subject || look != theme || n != visits {
				http.Error(w, fmt.Sprintf("the session holds %q, %q, %d", who, look, n), http.StatusInternalServerError)
				return
			}
			_, _ = w.Write(ok)
		}
	})
}

// BenchmarkSessionWrite: the handler reads the three values and writes one back.
func BenchmarkSessionWrite(b *testing.B) {
	check := func(res harness.Response) error {
		n, err := strconv.Atoi(string(res.Body))
		if err != nil || n <= visits {
			return fmt.Errorf("status %d, body %q, want a number above %d", res.Status, res.Body, visits)
		}
		return nil
	}
	benchmarkSessions(b, check, func(k keeper) http.HandlerFunc {
		var body []byte
		return func(w http.ResponseWriter, r *http.Request) {
			who, look, n := k.read(r)
			if who != subject || look != theme {
				http.Error(w, fmt.Sprintf("the session holds %q, %q, %d", who, look, n), http.StatusInternalServerError)
				return
			}
			if err := k.setVisits(w, r, n+1); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			body = strconv.AppendInt(body[:0], int64(n+1), 10)
			_, _ = w.Write(body)
		}
	})
}

// BenchmarkSessionParallel: sixteen visitors at once for each processor read their three
// values, and write one of them in one request of twenty.
func BenchmarkSessionParallel(b *testing.B) {
	crowd := harness.Crowd{
		Work:     harness.Work{Request: harness.Get("/"), SignIn: true, Check: harness.WantBody("", "", ok)},
		Visitors: 16, Rare: harness.Get("/write"), OneIn: 20,
	}
	crowd.Compare(b, rivalKeepers(func(k keeper) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			who, look, n := k.read(r)
			if who != subject || look != theme {
				http.Error(w, fmt.Sprintf("the session holds %q, %q, %d", who, look, n), http.StatusInternalServerError)
				return
			}
			if r.URL.Path == "/write" {
				if err := k.setVisits(w, r, n+1); err != nil {
					http.Error(w, err.Error(), http.StatusInternalServerError)
					return
				}
			}
			_, _ = w.Write(ok)
		}
	})...)
}

// TestKeepers shows that what one request writes the next one reads, with the cookies
// as a browser would carry them.
func TestKeepers(t *testing.T) {
	for _, kr := range keepers {
		t.Run(kr.lib, func(t *testing.T) {
			k := kr.make(t)
			h := k.layer(sessionSite{k, func(w http.ResponseWriter, r *http.Request) {
				_, _, n := k.read(r)
				if err := k.setVisits(w, r, n+1); err != nil {
					t.Error(err)
				}
				fmt.Fprint(w, n)
			}})
			r := harness.Work{Request: harness.Get("/"), SignIn: true}.Prepare(t, h)
			for want := visits; want < visits+3; want++ {
				res := harness.Visit(h, r)
				if got := string(res.Body); got != strconv.Itoa(want) {
					t.Fatalf("visits = %s, want %d", got, want)
				}
				if cookies := (&http.Response{Header: res.Header}).Cookies(); len(cookies) > 0 {
					r.Header.Del("Cookie")
					for _, c := range cookies {
						r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
					}
				}
			}
		})
	}
}
