package auth_test

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/password"
	"github.com/surcoat/surcoat/middleware/session"
)

// hello greets whoever it is.
func hello(w http.ResponseWriter, r *http.Request) {
	if id, ok := auth.From(r.Context()); ok {
		fmt.Fprintln(w, "Hello,", id.Subject)
		return
	}
	fmt.Fprintln(w, "Hello, stranger")
}

// visit prints what a request is answered with.
func visit(h http.Handler, path, name, pass string) {
	r := httptest.NewRequest("GET", path, nil)
	if name != "" {
		r.SetBasicAuth(name, pass)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		fmt.Println(w.Code, http.StatusText(w.Code))
		return
	}
	fmt.Print(w.Body)
}

// exampleAccounts has one user. Its hashes are quick, for the example's sake.
func exampleAccounts() *auth.Accounts {
	accounts := &auth.Accounts{
		Users:  &auth.MemoryUsers{},
		Hasher: &password.Hasher{Memory: 64, Time: 1, InsecureCost: true},
	}
	_, err := accounts.Create(context.Background(), "ada", "correct horse battery", "editor")
	if err != nil {
		panic(err)
	}
	return accounts
}

// Everybody must say who they are.
func ExampleGuard() {
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: exampleAccounts()}}}
	h := guard.Wrap(http.HandlerFunc(hello))
	visit(h, "/", "", "")
	visit(h, "/", "ada", "wrong")
	visit(h, "/", "ada", "correct horse battery")
	// Output:
	// 401 Unauthorized
	// 401 Unauthorized
	// Hello, ada
}

// Everybody may read, some may write.
func ExampleGuard_Require() {
	guard := &auth.Guard{
		Schemes:  []auth.Scheme{&auth.Basic{Accounts: exampleAccounts()}},
		Optional: true,
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", hello)
	mux.Handle("/edit", guard.Require(auth.Role("editor"))(http.HandlerFunc(hello)))
	mux.Handle("/admin", guard.Require(auth.Role("admin"), auth.Recent(5*time.Minute))(http.HandlerFunc(hello)))
	h := guard.Wrap(mux)
	visit(h, "/", "", "")
	visit(h, "/edit", "", "")
	visit(h, "/edit", "ada", "correct horse battery")
	visit(h, "/admin", "ada", "correct horse battery")
	// Output:
	// Hello, stranger
	// 401 Unauthorized
	// Hello, ada
	// 403 Forbidden
}

// A site with pages to sign in, out and up. With middleware.Stack the From is not needed.
func ExamplePages() {
	sessions := &session.Manager{}
	accounts := exampleAccounts()
	guard := &auth.Guard{
		Schemes: []auth.Scheme{&auth.Session{
			Users: accounts.Users,
			From: func(ctx context.Context) auth.State {
				if s := session.From(ctx); s != nil {
					return s
				}
				return nil // not a nil *session.Session, which as a State is not nil
			},
		}},
		Optional:  true,
		LoginPath: "/login",
	}
	pages := &auth.Pages{Guard: guard, Accounts: accounts, SignUpPath: "/signup"}
	mux := http.NewServeMux()
	mux.HandleFunc("/", hello)
	mux.Handle("/login", pages.Login())
	mux.Handle("/logout", pages.Logout())
	mux.Handle("/signup", pages.SignUp())
	mux.Handle("/edit", guard.Require(auth.Role("editor"))(http.HandlerFunc(hello)))
	h := sessions.Wrap(guard.Wrap(mux))

	r := httptest.NewRequest("GET", "/edit", nil)
	r.Header.Set("Accept", "text/html") // a person
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Header().Get("Location"))
	// Output: 303 /login?next=%2Fedit
}

// A form in one's own layout.
func ExamplePages_render() {
	layout := template.Must(template.New("").Parse(`<title>{{.Site}}</title>
<form method="post"><input type="hidden" name="next" value="{{.Form.Next}}">…</form>
`))
	pages := &auth.Pages{
		Guard:    &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: (&state{}).from}}},
		Accounts: exampleAccounts(),
		Render: func(w io.Writer, _ *http.Request, f auth.Form) error {
			return layout.Execute(w, struct {
				Site string
				Form auth.Form
			}{"My site", f})
		},
	}
	visit(pages.Login(), "/login?next=/notes", "", "")
	// Output:
	// <title>My site</title>
	// <form method="post"><input type="hidden" name="next" value="/notes">…</form>
}

// A rule of one's own: people may change what is theirs.
func ExampleRule() {
	own := func(r *http.Request, id auth.Identity) error {
		if r.PathValue("user") == id.Subject {
			return nil
		}
		return auth.ErrForbidden
	}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: exampleAccounts()}}}
	mux := http.NewServeMux()
	mux.Handle("/users/{user}", guard.Require(auth.Any(auth.Role("admin"), own))(http.HandlerFunc(hello)))
	visit(mux, "/users/ada", "ada", "correct horse battery")
	visit(mux, "/users/grace", "ada", "correct horse battery")
	// Output:
	// Hello, ada
	// 403 Forbidden
}

// apiKey is a scheme of one's own.
type apiKey map[string]string

// Authenticate implements auth.Scheme.
func (k apiKey) Authenticate(_ http.ResponseWriter, r *http.Request) (auth.Identity, error) {
	key := r.Header.Get("X-Api-Key")
	if key == "" {
		return auth.Identity{}, auth.ErrNone // the next scheme's turn
	}
	subject, ok := k[key]
	if !ok {
		return auth.Identity{}, auth.ErrRefused
	}
	return auth.Identity{Subject: subject, Scheme: "APIKey", Time: time.Now()}, nil
}

func ExampleScheme() {
	guard := &auth.Guard{Schemes: []auth.Scheme{
		apiKey{"s3cret": "robot"},
		&auth.Basic{Accounts: exampleAccounts()},
	}}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-Api-Key", "s3cret")
	w := httptest.NewRecorder()
	guard.Wrap(http.HandlerFunc(hello)).ServeHTTP(w, r)
	fmt.Print(w.Body)
	// Output: Hello, robot
}

func ExampleAccounts() {
	ctx := context.Background()
	accounts := exampleAccounts()
	_, err := accounts.Create(ctx, "grace", "too short")
	fmt.Println(errors.Is(err, password.ErrTooShort))
	_, err = accounts.Verify(ctx, "ada", "wrong")
	fmt.Println(err)
	_, err = accounts.Verify(ctx, "nobody", "wrong")
	fmt.Println(err)
	before, _ := accounts.Users.Lookup(ctx, "ada")
	u, err := accounts.SetPassword(ctx, "ada", "tigers like blue tea") // ends her sessions
	fmt.Println(u.Generation-before.Generation, err)
	// Output:
	// true
	// auth: credential refused
	// auth: credential refused
	// 1 <nil>
}

// Basic asks for a name and a password in a browser's own window, and of programs. The
// costly hash runs once for a credential, not once for a request.
func ExampleBasic() {
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: exampleAccounts(), Realm: "library"}}}
	h := guard.Wrap(http.HandlerFunc(hello))

	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Header().Get("WWW-Authenticate"))
	visit(h, "/", "ada", "correct horse battery")
	// Output:
	// Basic realm="library", charset="UTF-8"
	// Hello, ada
}

// MemoryUsers stands in for a database in tests. What Update changes, the next
// request sees.
func ExampleMemoryUsers() {
	ctx := context.Background()
	users := &auth.MemoryUsers{}
	_ = users.Create(ctx, auth.User{Name: "ada", Roles: []string{"editor"}})
	_ = users.Update(ctx, "ada", func(u *auth.User) error {
		u.Roles = append(u.Roles, "admin")
		return nil
	})
	ada, err := users.Lookup(ctx, "ada")
	fmt.Println(ada.Roles, err)
	_, err = users.Lookup(ctx, "eve")
	fmt.Println(errors.Is(err, auth.ErrNoUser))
	// Output:
	// [editor admin] <nil>
	// true
}
