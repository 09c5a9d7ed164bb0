package bench_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/surcoat/surcoat/bench/credential"
	"github.com/surcoat/surcoat/middleware/auth"
)

// surcoatBasic is a Guard with the Basic scheme and its defaults: argon2id, and a
// right password remembered for a minute.
func surcoatBasic(tb testing.TB) http.Handler {
	accounts := &auth.Accounts{Users: &auth.MemoryUsers{}}
	if _, err := accounts.Create(context.Background(), credential.Name, credential.Password); err != nil {
		tb.Fatal(err)
	}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}}
	return guard.Wrap(okHandler{})
}
