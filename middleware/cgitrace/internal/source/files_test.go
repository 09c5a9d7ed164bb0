//go:build dev

package source_test

import (
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
