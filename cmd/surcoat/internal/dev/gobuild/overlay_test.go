package gobuild_test

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
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

// find returns the toolchain for the module in dir, which becomes the current folder.
func find(t *testing.T, dir string) *gobuild.Toolchain {
	t.Helper()
	t.Setenv("GOWORK", "off")
	t.Setenv("GOFLAGS", "-buildvcs=false")
	t.Chdir(dir)
	tools, err := gobuild.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return tools
}

// TestOverlay has a program listen at addresses that it shall not have.
func TestOverlay(t *testing.T) {
	t.Run("installed", func(t *testing.T) { testOverlay(t, find(t, t.TempDir())) })
	t.Run("downloaded", func(t *testing.T) {
		t.Setenv("GOMODCACHE", filepath.Dir(find(t, t.TempDir()).GOROOT)) // as if
		testOverlay(t, find(t, t.TempDir()))
	})
}

func testOverlay(t *testing.T, tools *gobuild.Toolchain) {
	work := t.TempDir()
	overlay, err := tools.WriteOverlay(work)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"main.go": listener, "go.mod": "module example.com/listener\n\ngo 1.26\n"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	target, err := tools.List(t.Context(), gobuild.Options{}, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	exe, err := tools.Build(t.Context(), gobuild.Options{}, target, work, overlay)
	if err != nil {
		t.Fatal(err)
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
	overlay, err := find(t, t.TempDir()).WriteOverlay(t.TempDir())
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
		"taken":      {GOROOT: find(t, t.TempDir()).GOROOT, Flags: gobuild.Flags{"-overlay=mine.json"}},
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
