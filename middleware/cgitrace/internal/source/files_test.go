//go:build dev

package source_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/source"
)

func TestFind(t *testing.T) {
	dir := t.TempDir()
	here := filepath.Join(dir, "!ada", "lib@v1.2.0", "a.go")
	os.MkdirAll(filepath.Dir(here), 0o755)
	os.WriteFile(here, nil, 0o600)
	t.Setenv("GOMODCACHE", dir)
	absolute := filepath.Join(dir, "x.go")
	f := source.Files{Paths: map[string]string{"/src": "/home/ada/shop", "/src/vendor/": "/home/ada/vendor", "shop.example/shop": "/home/ada/shop"}}
	for _, tt := range []struct{ in, want string }{
		{"/src/cart/a.go", filepath.FromSlash("/home/ada/shop/cart/a.go")},
		{"/src/vendor/b.go", filepath.FromSlash("/home/ada/vendor/b.go")},
		{"/srcs/a.go", "/srcs/a.go"},
		{absolute, absolute},
		{"shop.example/shop/a.go", filepath.FromSlash("/home/ada/shop/a.go")}, // -trimpath, mapped
		{"Ada/lib@v1.2.0/a.go", here},                                         // -trimpath, from the module cache
		{"nowhere.example/a.go", "nowhere.example/a.go"},
	} {
		if got := f.Find(tt.in); got != tt.want {
			t.Errorf("%s is at %s, not %s", tt.in, got, tt.want)
		}
	}
}
