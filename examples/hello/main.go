// Command hello is a handler in all four of surcoat's layers. Join at /signup, and it
// greets you by name and counts your visits.
//
//	go run ./examples/hello
package main

import (
	"fmt"
	"log"
	"net/http"

	"github.com/surcoat/surcoat/middleware"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/gzip"
	"github.com/surcoat/surcoat/middleware/session"
)

var visits = session.NewKey[int]("visits")

func hello(w http.ResponseWriter, r *http.Request) {
	name := "stranger"
	if id, ok := auth.From(r.Context()); ok {
		name = id.Subject
	}
	s := session.From(r.Context())
	n, _ := visits.Get(s)
	if err := visits.Set(s, n+1); err != nil {
		panic(err) // cgitrace answers for it
	}
	fmt.Fprintf(w, "Hello, %s! This is visit %d.\n", name, n+1)
}

func site() http.Handler {
	users := &auth.MemoryUsers{}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{Users: users}}, Optional: true, LoginPath: "/login"}
	forms := &auth.Pages{Guard: guard, Accounts: &auth.Accounts{Users: users}, SignUpPath: "/signup"}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", hello)
	mux.Handle("/login", forms.Login())
	mux.Handle("/logout", forms.Logout())
	mux.Handle("/signup", forms.SignUp())
	layers := middleware.Stack{Trace: &cgitrace.Page{}, Compress: &gzip.Compressor{}, Session: &session.Manager{}, Auth: guard}.Chain()
	return layers.Then(mux)
}

func main() {
	log.Println("hello is at http://localhost:8080/, and /signup makes it know your name")
	log.Fatal(http.ListenAndServe("localhost:8080", site()))
}
