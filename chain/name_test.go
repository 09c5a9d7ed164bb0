package chain_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestString builds a program whose chains print themselves, in the ways people
// build for production: what String says must not depend on them.
func TestString(t *testing.T) {
	want := strings.Join([]string{
		"main.Pointer",
		"main.Pointer.Other",
		"main.Value",
		"main.Generic",
		"main.layer",
		"main.plain",
		"main.generic",
		lineOf(t, "here: maker"),
		lineOf(t, "here: global"),
		lineOf(t, "here: literal"),
		"gadget.New",
		"yaml.v3.Layer",
		"chain.Chain.Then",
		"chain.when",
		"",
		"main.Pointer → main.Value → main.plain",
	}, "\n") + "\n"

	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/names")); err != nil {
		t.Fatal(err)
	}
	mod := fmt.Sprintf("module names\n\ngo 1.26.0\n\nrequire github.com/surcoat/surcoat v0.0.0\n\nreplace github.com/surcoat/surcoat => %s\n", root)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, flags := range [][]string{nil, {"-ldflags=-s -w", "-trimpath"}, {"-gcflags=-l -N"}} {
		exe := filepath.Join(dir, "names.exe")
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

// lineOf returns where the program says mark, as String shows a function literal.
func lineOf(t *testing.T, mark string) string {
	source, err := os.ReadFile("testdata/names/main.go")
	if err != nil {
		t.Fatal(err)
	}
	before, _, found := strings.Cut(string(source), mark)
	if !found {
		t.Fatalf("the program does not say %q", mark)
	}
	return fmt.Sprintf("main.go:%d", strings.Count(before, "\n")+1)
}
