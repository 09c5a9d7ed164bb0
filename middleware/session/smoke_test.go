package session_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/surcoat/surcoat/middleware/session"
)

var counter = session.NewKey[int]("n")

func TestSmoke(t *testing.T) {
	k, _ := session.ParseKeyring(session.GenerateKey())
	for name, m := range map[string]*session.Manager{"memory": {}, "cookie": {Store: session.NewCookieStore(k)}} {
		h := m.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := session.From(r.Context())
			if err := counter.Update(s, func(n int) int { return n + 1 }); err != nil {
				t.Error(err)
			}
			v, _ := s.Value("n")
			w.Write([]byte(v))
		}))
		r := httptest.NewRequest("GET", "/", nil)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		t.Log(name, w.Body, w.Header())
		r.Header.Set("Cookie", w.Header().Get("Set-Cookie"))
		w = httptest.NewRecorder()
		h.ServeHTTP(w, r)
		t.Log(name, w.Body, w.Header())
		if w.Body.String() != "2" {
			t.Error("lost")
		}
	}
}
