package auth_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth"
)

// Who guesses, and from where, is told; what they guessed is not, nor a name that is nobody's:
// it may be a password in the wrong field.
func TestEvents(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse")
	var got []string
	accounts.Events = func(_ context.Context, e auth.Event) {
		got = append(got, fmt.Sprintf("%s %s %q %s", e.Use, e.Kind, e.User, e.Client))
	}
	h := (&auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}}).Wrap(who{})
	ask := func(credential string) {
		r := request("GET", "/", "Authorization", basic(credential))
		r.RemoteAddr = "203.0.113.7:1"
		answer(h, r)
	}
	ask("ada:correct horse")
	if got != nil {
		t.Errorf("a right password: %q", got)
	}
	ask("ada:wrong")
	ask("hunter2:wrong")
	for range 5 {
		ask("ada:wrong again")
	}
	want := []string{`password refused "ada" 203.0.113.7`, `password refused "" 203.0.113.7`}
	if len(got) != 7 || got[0] != want[0] || got[1] != want[1] || got[6] != `password limited "ada" 203.0.113.7` {
		t.Errorf("%q", got)
	}
}

func TestEventsAreLogged(t *testing.T) {
	accounts, _ := newCounted(t, "ada", "correct horse")
	var log strings.Builder
	accounts.Logger = slog.New(slog.NewTextHandler(&log, nil))
	h := (&auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}}).Wrap(who{})
	answer(h, request("GET", "/", "Authorization", basic("ada:hunter2")))
	answer(h, request("GET", "/", "Authorization", basic("hunter2:x")))
	if got := log.String(); strings.Count(got, "level=INFO msg=\"auth: password refused\"") != 2 ||
		!strings.Contains(got, "user=ada client=192.0.2.1") || strings.Contains(got, "hunter2") {
		t.Errorf("log: %s", got)
	}
}

// Addresses from which many guesses come, for a program that shuts them out.
func ExampleEvent() {
	accounts := &auth.Accounts{
		Users: &auth.MemoryUsers{},
		Events: func(ctx context.Context, e auth.Event) {
			if e.Kind == auth.EventLimited {
				slog.WarnContext(ctx, "too many guesses", "user", e.User, "client", e.Client)
			}
		},
	}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}}
	http.Handle("/private/", guard.Wrap(http.NotFoundHandler()))
	// Output:
}
