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
// sends the difference and what is said of gateways, as the end of a main with a mux.
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
	files := map[string]string{
		"main.go":            program,
		"difference/main.go": section(t, rest, "**Send the difference.**", "", "log", "net/http", "os", "path", "github.com/surcoat/surcoat/middleware/gzip"),
		"anywhere/main.go": section(t, rest, "**Run it anywhere.**", "site := chain.New()",
			"context", "log", "net/http", "os", "os/signal", "syscall", "github.com/surcoat/surcoat/chain", "github.com/surcoat/surcoat/gateway"),
		"anything/main.go": section(t, rest, "**Put anything behind it.**", "guard := &auth.Guard{}",
			"net/http", "github.com/surcoat/surcoat/gateway/cgi", "github.com/surcoat/surcoat/gateway/fcgi", "github.com/surcoat/surcoat/gateway/wsgi",
			"github.com/surcoat/surcoat/middleware/auth"),
	}
	if _, err := parser.ParseFile(token.NewFileSet(), "README.md", program, 0); err != nil {
		t.Fatal(err)
	}

	dir := t.TempDir()
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	mod := fmt.Sprintf("module newcomer\n\ngo 1.26.0\n\nrequire github.com/surcoat/surcoat v0.0.0\n\nreplace github.com/surcoat/surcoat => %s\n", root)
	files["go.mod"], files["go.sum"] = mod, string(sum)
	for name, content := range files {
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

// section is the first code behind a heading, as the end of a main with a mux.
func section(t *testing.T, readme, heading, before string, imports ...string) string {
	t.Helper()
	_, rest, found := strings.Cut(readme, heading)
	_, rest, _ = strings.Cut(rest, "```go\n")
	code, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatalf("README.md has no code behind %s", heading)
	}
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n")
	for _, path := range imports {
		fmt.Fprintf(&b, "\t%q\n", path)
	}
	fmt.Fprintf(&b, ")\n\nfunc main() {\n\tmux := http.NewServeMux()\n\t%s\n%s}\n", before, code)
	return b.String()
}
