package lint_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/surcoat/surcoat/middleware/lint"
	"github.com/surcoat/surcoat/middleware/middlewaretest"
)

// TestConformance: lint is a layer itself.
func TestConformance(t *testing.T) {
	middlewaretest.Run(t, (&lint.Handler{Report: func(lint.Fault) {}}).Wrap)
}

// TestTrimpath builds a program with faults in the ways people build for production: the
// lines named must not depend on them.
func TestTrimpath(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/faulty")); err != nil {
		t.Fatal(err)
	}
	mod := fmt.Sprintf("module faulty\n\ngo 1.26.0\n\nrequire github.com/surcoat/surcoat v0.0.0\n\nreplace github.com/surcoat/surcoat => %s\n", root)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o600); err != nil {
		t.Fatal(err)
	}
	var want string
	for _, w := range wantedFaults(t, "testdata/faulty/main.go") {
		want += fmt.Sprintf("main.go:%d %s\n", w.line, w.rule)
	}
	for _, flags := range [][]string{nil, {"-ldflags=-s -w", "-trimpath"}, {"-gcflags=-l -N"}} {
		exe := filepath.Join(dir, "faulty.exe")
		build := exec.Command("go", append(append([]string{"build", "-o", exe}, flags...), ".")...)
		build.Dir = dir
		build.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("go build %v: %v\n%s", flags, err, out)
		}
		got, err := exec.Command(exe).Output()
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("built with %q:\n%s\nwant\n%s", flags, got, want)
		}
	}
}
