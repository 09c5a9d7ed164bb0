package auth_test

import (
	"fmt"
	"net/http"

	"github.com/surcoat/surcoat/middleware/auth"
)

// From answers no for a stranger; a handler that goes on with the zero Identity treats all
// strangers as one user with an empty name. Ask for ok, or put Require outside.
func ExampleFrom_incorrect() {
	notes := map[string]string{"": "left by another stranger"}
	read := func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.From(r.Context()) // ok is dropped
		fmt.Fprintln(w, notes[id.Subject])
	}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: exampleAccounts()}}, Optional: true}
	visit(guard.Wrap(http.HandlerFunc(read)), "/", "", "")
	// Output: left by another stranger
}
