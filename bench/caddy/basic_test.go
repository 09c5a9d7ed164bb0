package caddy_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/caddyauth"
	"golang.org/x/crypto/bcrypt"

	"github.com/surcoat/surcoat/bench/credential"
	"github.com/surcoat/surcoat/bench/harness"
)

// BenchmarkBasicCached is basic_auth with bcrypt at its default cost and the cache of
// passwords that were compared, which its documentation offers.
func BenchmarkBasicCached(b *testing.B) {
	credential.Cached(b, harness.Rival{Lib: "caddy", Build: func(tb testing.TB) http.Handler {
		hash, err := bcrypt.GenerateFromPassword([]byte(credential.Password), 14)
		if err != nil {
			tb.Fatal(err)
		}
		config, err := json.Marshal(map[string]any{
			"accounts":   []map[string]string{{"username": credential.Name, "password": string(hash)}},
			"hash_cache": map[string]any{},
		})
		if err != nil {
			tb.Fatal(err)
		}
		ctx, cancel := caddy.NewContext(caddy.Context{Context: tb.Context()})
		tb.Cleanup(cancel)
		own := &caddyauth.HTTPBasicAuth{}
		if err := json.Unmarshal(config, own); err != nil {
			tb.Fatal(err)
		}
		if err := own.Provision(ctx); err != nil {
			tb.Fatal(err)
		}
		return basic{own}
	}})
}

// basic lets through whom the provider knows, as Caddy's Authentication does.
type basic struct{ provider *caddyauth.HTTPBasicAuth }

func (h basic) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, ok, err := h.provider.Authenticate(w, r)
	if err != nil || !ok {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	credential.Application{}.ServeHTTP(w, r)
}
