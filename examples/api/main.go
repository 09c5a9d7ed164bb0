// Command api is a JSON API with tokens for programs and pages for their owners.
//
//	go run ./examples/api
//
// People sign up at /signup and make tokens at /tokens, each good for reading, for writing,
// or for both. Programs send one with every request. What cannot be undone, deleting all
// notes, takes a sign-in within the last five minutes: an older token is told so in
// WWW-Authenticate (RFC 9470), and a person is asked for the password again.
//
// Accounts and notes are in memory, and end with the program.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"log"
	"net/http"
	"time"

	"github.com/surcoat/surcoat/middleware"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/gzip"
	"github.com/surcoat/surcoat/middleware/session"
)

// The scopes that a token can be limited to.
const (
	read  = "notes:read"
	write = "notes:write"
)

func site(accounts *auth.Accounts) http.Handler {
	guard := &auth.Guard{
		Schemes:   []auth.Scheme{&auth.Session{Users: accounts.Users}, &auth.Bearer{Accounts: accounts, Realm: "notes"}},
		Optional:  true,
		LoginPath: "/login",
	}
	pages := &auth.Pages{
		Guard: guard, Accounts: accounts, SignUpPath: "/signup", CodePath: "/login/code", Site: "Notes",
		Scopes: []auth.ScopeText{{Name: read, Text: "Read your notes"}, {Name: write, Text: "Write notes, and delete them"}},
	}
	notes := &notes{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", home)
	mux.Handle("/login", pages.Login())
	mux.Handle("/login/code", pages.Code())
	mux.Handle("/logout", pages.Logout())
	mux.Handle("/signup", pages.SignUp())
	mux.Handle("/factor", pages.Factor())
	mux.Handle("/tokens", pages.Tokens())

	// Each route says what it asks for.
	mux.Handle("GET /api/notes", guard.Require(auth.Scope(read))(http.HandlerFunc(notes.list)))
	mux.Handle("POST /api/notes", guard.Require(auth.Scope(write))(http.HandlerFunc(notes.add)))
	mux.Handle("DELETE /api/notes", guard.Require(auth.Scope(write), auth.Recent(5*time.Minute))(http.HandlerFunc(notes.clear)))

	return middleware.Stack{Trace: &cgitrace.Page{}, Compress: &gzip.Compressor{}, Session: &session.Manager{}, Auth: guard}.Chain().Then(mux)
}

var page = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Notes</title>
<h1>Notes</h1>
{{if .}}<p>You are {{.}}. <a href="/tokens">Tokens for programs</a>, <a href="/factor">second factor</a>, <a href="/logout">sign out</a></p>
{{else}}<p><a href="/signup">Sign up</a> or <a href="/login">sign in</a>, and make a token for a program.</p>
{{end}}<pre>curl -H "Authorization: Bearer $TOKEN" http://localhost:8080/api/notes
curl -H "Authorization: Bearer $TOKEN" -d '{"text":"Buy milk"}' http://localhost:8080/api/notes
</pre>
`))

func home(w http.ResponseWriter, r *http.Request) {
	id, _ := auth.From(r.Context())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := page.Execute(w, id.Subject); err != nil {
		panic(err) // cgitrace answers for it
	}
}

// maxNote bounds a note with the JSON around it, in bytes.
const maxNote = 64 << 10

// decode reads a JSON body into v, and answers r itself where it cannot.
func decode(w http.ResponseWriter, r *http.Request, v any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxNote))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		return true
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		problem(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("A note has at most %d bytes.", maxNote))
	} else {
		problem(w, http.StatusBadRequest, `Send JSON like {"text":"Buy milk"}.`)
	}
	return false
}

// problem answers as RFC 9457 has it; the layers around answer theirs in the same way.
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "title": http.StatusText(status), "detail": detail})
}

func main() {
	accounts := &auth.Accounts{Users: &auth.MemoryUsers{}, TokenPrefix: "notes"}
	log.Println("the API is at http://localhost:8080/; sign up there, and make a token")
	log.Fatal(http.ListenAndServe("localhost:8080", site(accounts)))
}
