//go:build dev

package source_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/source"
)

func TestPaths(t *testing.T) {
	absolute := filepath.Join(t.TempDir(), "x.go")
	f := source.Files{Paths: map[string]string{
		"/src": "/home/ada/shop", "/src/vendor/": "/home/ada/vendor", "shop.example/shop": "/home/ada/shop",
		"github.com/Ada/lib@v1.2.0": "/home/ada/lib", "/nowhere": "",
	}}
	for _, tt := range []struct{ in, want string }{
		{"/src/cart/a.go", "/home/ada/shop/cart/a.go"},
		{"/src/vendor/b.go", "/home/ada/vendor/b.go"},
		{"/srcs/a.go", "/srcs/a.go"},
		{absolute, absolute},
		{"shop.example/shop/a.go", "/home/ada/shop/a.go"}, // -trimpath
		{"shop.example/shopping/a.go", "shop.example/shopping/a.go"},
		{"github.com/Ada/lib@v1.2.0/a.go", "/home/ada/lib/a.go"},
		{"/nowhere/a.go", "/nowhere/a.go"},
		{"nowhere.example/a.go", "nowhere.example/a.go"},
		{"nowhere.example/lib@v1.0.0/a.go", "nowhere.example/lib@v1.0.0/a.go"},
		{"", ""},
	} {
		if got := f.Find(tt.in); got != filepath.FromSlash(tt.want) {
			t.Errorf("%s is at %s, not %s", tt.in, got, tt.want)
		}
	}
}

// Windows' own separator may stand in Paths, as the compiler writes slashes there too.
func TestPathsOfWindows(t *testing.T) {
	if filepath.Separator != '\\' {
		t.Skip("paths of Windows")
	}
	f := source.Files{Paths: map[string]string{`C:\src\`: `D:\shop`}}
	if got := f.Find("C:/src/cart/a.go"); got != `D:\shop\cart\a.go` {
		t.Errorf("it is at %s", got)
	}
}

// A binary that was built elsewhere, without -trimpath, has its module cache and Go elsewhere.
func TestFolderOfAnotherMachine(t *testing.T) {
	cache := t.TempDir()
	here := filepath.Join(cache, "example.com", "!lib@v1.2.0", "sub", "a.go")
	if err := os.MkdirAll(filepath.Dir(here), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(here, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"GOMODCACHE": cache}
	for _, tt := range []struct{ in, want string }{
		{"/builder/go/pkg/mod/example.com/!lib@v1.2.0/sub/a.go", here},
		{"/builder/go/pkg/mod/example.com/!lib@v1.3.0/sub/a.go", ""},
		{"example.com/Lib@v1.2.0/sub/a.go", here},
		{"example.com/Lib@v1.2.0", ""}, // no file
		{filepath.ToSlash(here), here},
		{"@", ""},
		{"", ""},
	} {
		if got := source.FindIn(tt.in, nil, env); got != tt.want {
			t.Errorf("%s is at %q, not %q", tt.in, got, tt.want)
		}
	}
}
