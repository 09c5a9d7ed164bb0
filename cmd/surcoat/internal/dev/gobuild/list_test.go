package gobuild_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/gobuild"
)

// module writes a module's files into a folder of its own, which becomes the current one.
func module(t *testing.T, files map[string]string) (*gobuild.Toolchain, string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tools := find(t, dir)
	dir, err := filepath.EvalSymlinks(dir) // as the go command names it
	if err != nil {
		t.Fatal(err)
	}
	return tools, dir
}

const (
	goMod = "module example.com/shop/v2\n\ngo 1.26\n"
	hello = "package main\n\nfunc main() { println(\"hello\") }\n"
)

func TestList(t *testing.T) {
	tools, dir := module(t, map[string]string{
		"go.mod": goMod, "main.go": "package main\n\nimport (\n\t_ \"embed\"\n\n\t_ \"example.com/shop/v2/cart\"\n)\n\n//go:embed all:static *.txt\nvar s string\n\nfunc main() { oops\n",
		"cart/cart.go": "package cart\n", "unused/unused.go": "package unused\n", "cmd/till/till.go": hello, "cmd/till/other.go": "//go:build one\n\npackage other\n", "static/a.css": "", "b.txt": "",
	})
	target, err := tools.List(t.Context(), gobuild.Options{}, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	var dirs []string
	for _, p := range target.Packages {
		dirs = append(dirs, p.Dir)
	}
	slices.Sort(dirs)
	if want := []string{dir, filepath.Join(dir, "cart")}; !slices.Equal(dirs, want) || target.Name != "shop" {
		t.Errorf("%s of %q, want %q", target.Name, dirs, want)
	}
	if len(target.Modules) != 1 || target.Modules[0].File != filepath.Join(dir, "go.mod") {
		t.Errorf("modules %+v", target.Modules)
	}
	if !target.Has(filepath.Join(dir, "cart", "cart.go")) || target.Has(filepath.Join(filepath.Dir(dir), "x.go")) {
		t.Error("what is under development is mistaken")
	}
	for args, name := range map[string]string{"./cmd/till": "till", "cmd/till/till.go": "till", "example.com/shop/v2/cmd/till": "till"} {
		target, err := tools.List(t.Context(), gobuild.Options{}, []string{args})
		if err != nil || target.Name != name {
			t.Errorf("%s: %+v, %v", args, target, err)
		}
	}
}

func TestListRefuses(t *testing.T) {
	tools, _ := module(t, map[string]string{"go.mod": goMod, "a/a.go": "package a\n", "b/b.txt": "", "c/c_test.go": "package c\n", "d/d.go": "//go:build never\n\npackage main\n"})
	for args, want := range map[string]string{
		"./a": "only a package main", "./b": "b", "./c": "c", "./none": "none", "./d": "d", "example.com/none": "example.com/none", "./...": "packages", "-x": "-x",
	} {
		if target, err := tools.List(t.Context(), gobuild.Options{}, []string{args}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v", args, target, err)
		}
	}
}

func TestBuild(t *testing.T) {
	tools, dir := module(t, map[string]string{"go.mod": goMod, "main.go": hello})
	target, err := tools.List(t.Context(), gobuild.Options{}, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	exe, err := tools.Build(t.Context(), gobuild.Options{}, target, out, "")
	if err != nil || !strings.HasPrefix(filepath.Base(exe), "shop") || filepath.Dir(exe) != out {
		t.Fatal(exe, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\n\nfunc main() { oops }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var failure *gobuild.Failure
	if _, err := tools.Build(t.Context(), gobuild.Options{}, target, out, ""); !errors.As(err, &failure) {
		t.Fatal(err)
	}
	if !strings.Contains(failure.Output, "main.go:3:15: ") || failure.Command != "go build -tags=dev '-gcflags=example.com/shop/v2/...=-N -l' ." {
		t.Errorf("%q said %q", failure.Command, failure.Output)
	}
	if _, err := os.Stat(filepath.Join(dir, "shop")); err == nil {
		t.Error("a program was left in the module")
	}
}
