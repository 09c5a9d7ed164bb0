package htpasswd_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/htpasswd"
)

func ExampleFile() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	config := htpasswd.Config{Users: filepath.Join(dir, "site.htpasswd"), Groups: filepath.Join(dir, "site.groups")}
	_ = os.WriteFile(config.Users, []byte("ada:$2y$04$1B0G2DOuiWXPzOTaDFsPLeoaCNwEgP2QGihjzvIMv6RjV8h8mALxS\n"), 0o600)
	_ = os.WriteFile(config.Groups, []byte("editors: ada\n"), 0o600)

	users, err := htpasswd.Open(config)
	if err != nil {
		log.Fatal(err)
	}
	guard := &auth.Guard{
		Schemes: []auth.Scheme{&auth.Basic{Accounts: &auth.Accounts{Users: users}}},
		Rules:   []auth.Rule{auth.Role("editors")},
	}
	h := guard.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.From(r.Context())
		fmt.Println(id.Subject, id.Roles)
	}))

	r := httptest.NewRequest("GET", "/", nil)
	r.SetBasicAuth("ada", "hunter2hunter2")
	h.ServeHTTP(httptest.NewRecorder(), r)
	// Output: ada [editors]
}

// A command that adds a user. Its hash is bcrypt's where Apache or nginx read the file too.
func ExampleSet() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "site.htpasswd")
	fmt.Println(htpasswd.Set(path, "ada", "$2y$04$1B0G2DOuiWXPzOTaDFsPLeoaCNwEgP2QGihjzvIMv6RjV8h8mALxS"))
	fmt.Println(htpasswd.Delete(path, "ada"))
	fmt.Println(htpasswd.Delete(path, "ada") != nil)
	// Output:
	// <nil>
	// <nil>
	// true
}
