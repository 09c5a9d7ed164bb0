package middleware_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestREADME builds the first program in the README, as a newcomer would paste it, and what
// sends the difference, as the end of a main with a mux.
func TestREADME(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "```go\n")
	program, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("README.md has no Go program")
	}
	_, rest, found = strings.Cut(rest, "**Send the difference.**")
	_, rest, _ = strings.Cut(rest, "```go\n")
	difference, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("README.md does not show how to send the difference")
	}
	difference = `package main

import (
	"log"
	"net/http"
	"os"
	"path"

	"github.com/surcoat/surcoat/middleware/gzip"
)

func main() {
	mux := http.NewServeMux()
` + difference + "}\n"
	if _, err := parser.ParseFile(token.NewFileSet(), "README.md", program, 0); err != nil {
		t.Fatal(err)
	}

	dir := t.TempDir()
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	mod := fmt.Sprintf("module newcomer\n\ngo 1.26.0\n\nrequire github.com/surcoat/surcoat v0.0.0\n\nreplace github.com/surcoat/surcoat => %s\n", root)
	for name, content := range map[string]string{"main.go": program, "difference/main.go": difference, "go.mod": mod, "go.sum": string(sum)} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"build", "-mod=mod", "./..."}, {"vet", "-mod=mod", "./..."}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", args[0], err, out)
		}
	}
}
