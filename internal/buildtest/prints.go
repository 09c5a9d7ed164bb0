// Package buildtest builds programs of the testdata folders, for tests of what must not
// depend on how a program was built.
package buildtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Prints builds the program in dir, by itself and with symbol tables left out, paths
// trimmed or optimisation off, and fails t where one of the binaries does not print want.
// The program's module has the name of its folder and uses surcoat as it is in this tree.
func Prints(t *testing.T, dir, want string) {
	t.Helper()
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	mod := fmt.Sprintf("module %s\n\ngo 1.26.0\n\nrequire github.com/surcoat/surcoat v0.0.0\n\nreplace github.com/surcoat/surcoat => %s\n",
		filepath.Base(dir), root(t))
	if err := os.WriteFile(filepath.Join(copied, "go.mod"), []byte(mod), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, flags := range [][]string{nil, {"-ldflags=-s -w", "-trimpath"}, {"-gcflags=-l -N"}} {
		exe := filepath.Join(copied, "program.exe")
		build := exec.Command("go", append(append([]string{"build", "-o", exe}, flags...), ".")...)
		build.Dir = copied
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

// root returns the folder of the module that is under test.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if up := filepath.Dir(dir); up != dir {
			dir = up
			continue
		}
		t.Fatal("buildtest: no go.mod above the test's folder")
	}
}
