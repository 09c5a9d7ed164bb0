package middlewaretest_test

import (
	"net/http"
	"testing"

	"github.com/surcoat/surcoat/middleware/middlewaretest"
)

// nosniff is a layer that wraps nothing: what it adds it adds before.
func nosniff(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// guard lets nobody in without a token.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer sesame" {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// In a test: func TestConformance(t *testing.T) { … }
func ExampleRun() {
	var t *testing.T
	middlewaretest.Run(t, nosniff)
}

// A layer that lets only some requests through is given such ones.
func ExampleSuite() {
	var t *testing.T
	middlewaretest.Suite{
		Prepare: func(r *http.Request) { r.Header.Set("Authorization", "Bearer sesame") },
	}.Run(t, guard)
}

func TestExamples(t *testing.T) {
	t.Run("nosniff", func(t *testing.T) { middlewaretest.Run(t, nosniff) })
	t.Run("guard", func(t *testing.T) {
		middlewaretest.Suite{Prepare: func(r *http.Request) { r.Header.Set("Authorization", "Bearer sesame") }}.Run(t, guard)
	})
}
