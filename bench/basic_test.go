package bench_test

import (
	"net/http"
	"testing"

	abbot "github.com/abbot/go-http-auth"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/surcoat/surcoat/bench/credential"
	"github.com/surcoat/surcoat/bench/harness"
)

// BenchmarkBasicCached sends the same Basic credential with each request. chi compares plain
// text, abbot an MD5 hash each time, as its documentation shows it; surcoat has checked
// an argon2id hash once.
func BenchmarkBasicCached(b *testing.B) { credential.Cached(b, basics...) }

var basics = []harness.Rival{
	{Lib: "surcoat", Build: surcoatBasic},
	{Lib: "chi", Build: func(testing.TB) http.Handler {
		return middleware.BasicAuth("site", map[string]string{credential.Name: credential.Password})(okHandler{})
	}},
	{Lib: "abbot", Build: func(testing.TB) http.Handler {
		hash := string(abbot.MD5Crypt([]byte(credential.Password), []byte("dlPL2MqE"), []byte("$1$")))
		a := abbot.NewBasicAuthenticator("site", func(user, _ string) string {
			if user == credential.Name {
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
