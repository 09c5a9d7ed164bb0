package bench_test

import (
	"net/http"
	"testing"

	abbot "github.com/abbot/go-http-auth"
	"github.com/go-chi/chi/v5/middleware"
)

const basicPassword = "correct horse battery staple"

// BenchmarkBasicCached sends the same Basic credential with each request. chi compares plain
// text, abbot an MD5 hash each time, as its documentation shows it; surcoat has checked
// an argon2id hash once.
func BenchmarkBasicCached(b *testing.B) {
	signed := func(password string) func() *http.Request {
		return func() *http.Request {
			r := get("/")()
			r.SetBasicAuth("ada", password)
			return r
		}
	}
	w := work{request: signed(basicPassword), wrong: signed("guess"), check: wantBody("", "", ok)}
	compare(b, w, basics...)
}

var basics = []rival{
	{"surcoat", surcoatBasic},
	{"chi", func(testing.TB) http.Handler {
		return middleware.BasicAuth("site", map[string]string{"ada": basicPassword})(okHandler{})
	}},
	{"abbot", func(testing.TB) http.Handler {
		hash := string(abbot.MD5Crypt([]byte(basicPassword), []byte("dlPL2MqE"), []byte("$1$")))
		a := abbot.NewBasicAuthenticator("site", func(user, _ string) string {
			if user == "ada" {
				return hash
			}
			return ""
		})
		return a.Wrap(func(w http.ResponseWriter, r *abbot.AuthenticatedRequest) {
			okHandler{}.ServeHTTP(w, &r.Request)
		})
	}},
}

// okHandler is the application where only a layer is of interest.
type okHandler struct{}

var ok = []byte("ok")

func (okHandler) ServeHTTP(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(ok) }
