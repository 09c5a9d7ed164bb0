package dev

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/gobuild"
	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/watch"
)

// TestSources changes files one by one and sees which count.
func TestSources(t *testing.T) {
	dir := t.TempDir()
	d := &developer{
		Config: Config{Watch: []string{"config.yaml", "locales"}, Ignore: []string{"views/generated"}},
		here:   dir,
		tools:  &gobuild.Toolchain{GOWORK: filepath.Join(dir, "go.work"), GOMOD: os.DevNull},
		target: &gobuild.Target{
			Modules:  []gobuild.Module{{Path: "example.com/shop", Dir: dir, File: filepath.Join(dir, "go.mod")}},
			Packages: []gobuild.Package{{Dir: dir, Embed: []string{"all:static", "*.txt", "mail/*/body.md", "logo.png"}}, {Dir: filepath.Join(dir, "cart")}},
		},
	}
	const counts, onlyFailed, no = 2, 1, 0
	files := map[string]int{
		"go.mod": counts, "go.sum": counts, "go.work": counts, "go.work.sum": counts, "vendor/modules.txt": counts,
		"main.go": counts, "asm_amd64.s": counts, "main_test.go": no, ".main.go.swp": no, "_old.go": no, "README.md": no, "shop.db": no,
		"cart/cart.go": counts, "cart/cart.h": counts, "other/other.go": onlyFailed, "other/page.html": counts,
		"views/page.html": counts, "views/generated/x.html": no, "node_modules/x/x.html": no, ".git/x.html": no, "testdata/x.html": no,
		"static/a.css": counts, "static/deep/.hidden": counts, "a.txt": counts, "b.txt": counts, "mail/en/body.md": counts, "mail/de/body.md": counts, "mail/de/head.md": no, "logo.png": counts,
		"config.yaml": counts, "locales/en/x.json": counts,
	}
	write := func(name string) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(time.Now().String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name := range files {
		if name != "b.txt" && name != "cart/cart.h" { // which come later
			write(name)
		}
	}
	for _, failed := range []bool{false, true} {
		var changed []string
		w := watch.New(func(paths []string) { changed = append(changed, paths...) })
		sources, future := d.sources(failed), time.Now().Add(time.Hour)
		w.Watch(sources, future)
		for name, weight := range files {
			changed = nil
			write(name)
			w.Watch(sources, future.Add(-2*time.Hour)) // also what is new
			want := weight == counts || weight == onlyFailed && failed
			if got := slices.Contains(changed, filepath.Join(dir, filepath.FromSlash(name))); got != want || len(changed) > 1 {
				t.Errorf("failed %t: %s counts %t, want %t; changed are %q", failed, name, got, want, changed)
			}
		}
	}
}
