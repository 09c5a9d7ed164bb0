// Package credential has the cases of authentication that several modules measure.
package credential

import (
	"net/http"
	"testing"

	"github.com/surcoat/surcoat/bench/harness"
)

// Name and Password are whose the credential is.
const (
	Name     = "ada"
	Password = "correct horse battery staple"
)

// Application answers "ok" to whoever gets through.
type Application struct{}

var ok = []byte("ok")

// ServeHTTP implements [http.Handler].
func (Application) ServeHTTP(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(ok) }

// Cached measures Basic authentication by libraries at the same credential with each
// request. A wrong one is refused by each.
func Cached(b *testing.B, rivals ...harness.Rival) {
	signed := func(password string) func() *http.Request {
		return func() *http.Request {
			r := harness.Get("/")()
			r.SetBasicAuth(Name, password)
			return r
		}
	}
	w := harness.Work{Request: signed(Password), Wrong: signed("guess"), Check: harness.WantBody("", "", ok)}
	harness.Compare(b, w, rivals...)
}
