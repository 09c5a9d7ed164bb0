package session_test

import (
	"net/http"
	"testing"

	"github.com/surcoat/surcoat/middleware/session"
)

// sink is a response that costs nothing.
type sink struct{ h http.Header }

func (s sink) Header() http.Header         { return s.h }
func (s sink) Write(p []byte) (int, error) { return len(p), nil }
func (s sink) WriteHeader(int)             {}

var (
	user  = session.NewKey[string]("user")
	theme = session.NewKey[string]("theme")
	visit = session.NewKey[int]("visit")
)

func stores(tb testing.TB) map[string]*session.Manager {
	return map[string]*session.Manager{
		"cookie": {Store: session.NewCookieStore(newKeyring(tb))},
		"memory": {Store: session.NewServerStore(&session.Memory{})},
	}
}

func BenchmarkSessionUntouched(b *testing.B) {
	bench(b, func(*session.Session) {})
}

func BenchmarkSessionRead(b *testing.B) {
	bench(b, func(s *session.Session) {
		if v, ok := user.Get(s); !ok || v != "alice" {
			b.Fatal("not signed in")
		}
	})
}

func BenchmarkSessionWrite(b *testing.B) {
	bench(b, func(s *session.Session) {
		if _, ok := user.Get(s); !ok {
			b.Fatal("not signed in")
		}
		if err := visit.Update(s, func(n int) int { return n + 1 }); err != nil {
			b.Fatal(err)
		}
	})
}

// bench measures do on a session of three small values.
func bench(b *testing.B, do func(*session.Session)) {
	for name, m := range stores(b) {
		b.Run(name, func(b *testing.B) {
			c := client{h: m.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				s := session.From(r.Context())
				_, _, _ = user.Set(s, "alice"), theme.Set(s, "dark"), visit.Set(s, 1)
			}))}
			c.get("/")
			h := m.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				do(session.From(r.Context()))
			}))
			r := c.request("/")
			w := sink{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.h)
				h.ServeHTTP(w, r)
			}
		})
	}
}
