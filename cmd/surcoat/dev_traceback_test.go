package main_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDevTraceback has a handler that fails in a program that knows cgitrace: its guards
// take the requests for the developer's own, and its page has all variables.
func TestDevTraceback(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	d := &developed{t: t, dir: dir}
	d.write("go.mod", "module example.com/failing\n\ngo 1.26.0\n\nrequire github.com/surcoat/surcoat v0.0.0\n\nreplace github.com/surcoat/surcoat => "+filepath.ToSlash(root)+"\n")
	d.write("go.sum", read(t, filepath.Join(root, "go.sum")))
	d.write("main.go", `package main

import (
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

type user struct {
	name    string
	profile *struct{ address string }
}

func main() {
	page := &cgitrace.Page{}
	log.Fatal(http.ListenAndServe(os.Getenv("ADDR"), page.Wrap(http.HandlerFunc(handle))))
}

func handle(w http.ResponseWriter, r *http.Request) {
	owner := &user{name: "Ada"}
	fmt.Fprint(w, owner.profile.address)
}
`)
	tidy := exec.Command("go", "mod", "tidy")
	tidy.Dir = dir
	tidy.Env = append(os.Environ(), "GOWORK=off")
	if out, err := tidy.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	d = develop(t, dir, nil, "--ignore", root)
	resp, body := d.get("/", browser)
	for _, want := range []string{"owner", "Ada", "profile", "main.go", "nil pointer dereference"} {
		if resp.StatusCode != http.StatusInternalServerError || !strings.Contains(body, want) {
			t.Errorf("%d: the traceback has no %q:\n%s", resp.StatusCode, want, body)
		}
	}
}
