package gobuild_test

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/gobuild"
)

const listener = `package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	for _, at := range os.Args[1:] {
		l, err := net.Listen("tcp", at)
		if err != nil {
			fmt.Println("failed")
			continue
		}
		fmt.Println(l.Addr())
		f, _ := l.(*net.TCPListener).File()
		copied, _ := net.FileListener(f)
		fmt.Println(copied.Addr())
	}
}
`

// TestOverlay has a program listen at addresses that it shall not have.
func TestOverlay(t *testing.T) {
	tools, err := gobuild.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	tools.Flags = nil
	overlay, err := tools.WriteOverlay(dir)
	if err != nil {
		t.Fatal(err)
	}
	main, exe := filepath.Join(dir, "main.go"), filepath.Join(dir, "main.exe")
	if err := os.WriteFile(main, []byte(listener), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-overlay", overlay, "-o", exe, main).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	one, two := free(t), free(t)
	for _, tt := range []struct {
		moved, at string
		want      string // what it says, and where it is
	}{
		{"8=" + one, "localhost:8", "127.0.0.1:8 " + one},
		{"8=" + one, ":8", "[::]:8 " + one},
		{"8=" + one, two, two + " " + two},
		{"8=" + one, "nonsense", "failed"},
		{"", two, two + " " + two},
		{"8", two, two + " " + two},
	} {
		cmd := exec.Command(exe, tt.at)
		cmd.Env = append(os.Environ(), gobuild.Moved+"="+tt.moved)
		out, err := cmd.CombinedOutput()
		if got := strings.Join(strings.Fields(string(out)), " "); err != nil || got != tt.want {
			t.Errorf("%s: %s is %s, %v; want %s", tt.moved, tt.at, got, err, tt.want)
		}
	}
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestOverlayLines checks that no line of package net moves.
func TestOverlayLines(t *testing.T) {
	tools := &gobuild.Toolchain{GOROOT: runtime.GOROOT()}
	dir := t.TempDir()
	overlay, err := tools.WriteOverlay(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Replace map[string]string }
	b, err := os.ReadFile(overlay)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &list); err != nil || len(list.Replace) != 2 {
		t.Fatalf("%s: %v", b, err)
	}
	for original, changed := range list.Replace {
		if filepath.Base(original) != "dial.go" {
			continue
		}
		was, err := os.ReadFile(original)
		if err != nil {
			t.Fatal(err)
		}
		is, err := os.ReadFile(changed)
		if err != nil {
			t.Fatal(err)
		}
		different := 0
		lines := strings.Split(string(is), "\n")
		for i, line := range strings.Split(string(was), "\n") {
			if lines[i] != line {
				different++
			}
		}
		if different != 1 {
			t.Errorf("%d lines differ", different)
		}
	}
}

func TestNoOverlay(t *testing.T) {
	for name, tools := range map[string]*gobuild.Toolchain{
		"taken":      {GOROOT: runtime.GOROOT(), Flags: gobuild.Flags{"-overlay=mine.json"}},
		"no sources": {GOROOT: t.TempDir()},
		"other Go":   {GOROOT: other(t, "package net\n\nfunc (lc ListenConfig) Listen(address string) {}\n")},
		"no Go":      {GOROOT: other(t, "nonsense")},
	} {
		if _, err := tools.WriteOverlay(t.TempDir()); err == nil || errors.Is(err, os.ErrExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// other is a GOROOT with another package net.
func other(t *testing.T, dial string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "src", "net"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "src", "net", "dial.go"), []byte(dial), 0o600); err != nil {
		t.Fatal(err)
	}
	return root
}
