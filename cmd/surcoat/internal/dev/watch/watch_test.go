package watch_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/watch"
)

// tree is a folder with a watcher that has looked at it.
type tree struct {
	t       *testing.T
	dir     string
	watcher *watch.Watcher
	sources watch.Sources
	changes []string
}

var goFiles = watch.Kind{Name: "go", Want: func(name string) bool { return strings.HasSuffix(name, ".go") }}

func newTree(t *testing.T, kind watch.Kind, files ...string) *tree {
	tr := &tree{t: t, dir: t.TempDir()}
	for _, f := range files {
		tr.write(f, "as it was")
	}
	tr.watcher = watch.New(func(paths []string) { tr.changes = append(tr.changes, paths...) })
	tr.watch(watch.Sources{Trees: []watch.Tree{{Root: tr.dir, Kind: kind}}})
	return tr
}

// watch looks at s, of which nothing is new.
func (tr *tree) watch(s watch.Sources) {
	tr.sources = s
	tr.look()
}

// look looks whatever it costs, unlike Check.
func (tr *tree) look() []string {
	tr.changes = nil
	tr.watcher.Watch(tr.sources, time.Now().Add(time.Hour))
	return tr.changes
}

func (tr *tree) path(name string) string { return filepath.Join(tr.dir, filepath.FromSlash(name)) }

func (tr *tree) write(name, content string) {
	tr.t.Helper()
	if err := os.MkdirAll(filepath.Dir(tr.path(name)), 0o700); err != nil {
		tr.t.Fatal(err)
	}
	if err := os.WriteFile(tr.path(name), []byte(content), 0o600); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr *tree) must(err error) {
	tr.t.Helper()
	if err != nil {
		tr.t.Fatal(err)
	}
}

// want looks, and checks what has changed.
func (tr *tree) want(what string, names ...string) {
	tr.t.Helper()
	var got []string
	for _, path := range tr.look() {
		rel, err := filepath.Rel(tr.dir, path)
		tr.must(err)
		got = append(got, filepath.ToSlash(rel))
	}
	slices.Sort(got)
	if !slices.Equal(got, names) {
		tr.t.Errorf("%s: %q have changed, want %q", what, got, names)
	}
}

func TestChanges(t *testing.T) {
	tr := newTree(t, goFiles, "main.go", "README", "shop/cart.go", "shop/old/old.go")
	tr.want("nothing")
	tr.write("main.go", "another text")
	tr.want("written", "main.go")
	tr.write("main.go", "another TEXT")
	tr.want("written with the same length", "main.go")
	tr.must(os.Rename(tr.path("main.go"), tr.path("main.go~")))
	tr.write("main.go", "another Text")
	tr.want("saved as vim does", "main.go")
	tr.write(".main.go.tmp", "one more text")
	tr.must(os.Rename(tr.path(".main.go.tmp"), tr.path("main.go")))
	tr.want("saved by renaming", "main.go")
	tr.write("README", "not a source")
	tr.want("something else")
	tr.write("shop/till.go", "")
	tr.want("new", "shop/till.go")
	tr.write("new/deep/in.go", "")
	tr.want("new folders", "new/deep/in.go")
	tr.must(os.Rename(tr.path("new"), tr.path("newer")))
	tr.want("folder renamed", "new/deep/in.go", "newer/deep/in.go")
	tr.must(os.RemoveAll(tr.path("shop")))
	tr.want("folder deleted", "shop/cart.go", "shop/old/old.go", "shop/till.go")
	tr.must(os.Chtimes(tr.path("main.go"), time.Now(), time.Now()))
	tr.want("touched", "main.go")
	tr.want("nothing more")
}

func TestSymlinks(t *testing.T) {
	tr := newTree(t, goFiles, "main.go")
	elsewhere := newTree(t, goFiles, "a/a.go", "b/b.go")
	if err := os.Symlink(elsewhere.path("a"), tr.path("linked")); err != nil {
		t.Skip(err)
	}
	tr.must(os.Symlink(tr.dir, tr.path("loop")))
	tr.must(os.Symlink(filepath.Dir(tr.dir), tr.path("up"))) // where elsewhere is as well
	tr.must(os.Symlink(elsewhere.path("b/b.go"), tr.path("b.go")))
	outside, err := filepath.Rel(tr.dir, elsewhere.path("a/a.go"))
	tr.must(err)
	tr.want("links", filepath.ToSlash(outside), "b.go")
	elsewhere.write("a/a.go", "another text")
	tr.want("behind a linked folder", filepath.ToSlash(outside))
	elsewhere.write("b/b.go", "another text")
	tr.want("behind a linked file", "b.go")
	tr.must(os.Remove(tr.path("b.go")))
	tr.must(os.Symlink(elsewhere.path("a/a.go"), tr.path("b.go")))
	tr.want("link changed", "b.go")
}

func TestPassedOver(t *testing.T) {
	passed := []string{
		"node_modules/x/x.go", "vendor/y/y.go", "testdata/z.go", ".git/hook.go", "_old/old.go", "other/other.go", "ignored/i.go",
	}
	tr := newTree(t, goFiles, append(passed, "main.go", "other/go.mod", "in/in.go")...)
	tr.watch(watch.Sources{
		Files:  []string{tr.path("to-come.yaml")},
		Trees:  []watch.Tree{{Root: tr.dir, Kind: goFiles}, {Root: tr.path("ignored"), Kind: goFiles}},
		Ignore: []string{tr.path("ignored")},
	})
	for _, f := range passed {
		tr.write(f, "another text")
	}
	tr.want("what is passed over")
	tr.write("to-come.yaml", "a: b")
	tr.write("in/in.go", "another text")
	tr.want("the rest", "in/in.go", "to-come.yaml")

	flat := newTree(t, watch.Kind{Name: "flat", Want: goFiles.Want, Flat: true}, "main.go", "in/in.go")
	flat.write("in/in.go", "another text")
	flat.want("below a flat tree")

	all := newTree(t, watch.Kind{Name: "all", Any: true}, append(passed, "other/go.mod")...)
	all.write(".git/hook.go", "another text")
	all.want("where nothing is passed over", ".git/hook.go")
}

// TestMoreSources checks that no change is lost when other files are to be watched.
func TestMoreSources(t *testing.T) {
	tr := newTree(t, goFiles, "main.go", "old.css", "new.css")
	begun := time.Now()
	then := begun.Add(-time.Minute)
	tr.must(os.Chtimes(tr.path("old.css"), then, then))
	tr.must(os.Chtimes(tr.path("new.css"), begun.Add(time.Second), begun.Add(time.Second)))
	tr.write("main.go", "another text") // unseen until now
	tr.watcher.Watch(watch.Sources{Trees: []watch.Tree{{Root: tr.dir, Kind: watch.Kind{Name: "all"}}}}, begun)
	want := []string{tr.path("main.go"), tr.path("new.css")}
	slices.Sort(tr.changes)
	if !slices.Equal(tr.changes, want) {
		t.Errorf("%q, want %q", tr.changes, want)
	}
}

// TestCheckout changes hundreds of files one after the other.
func TestCheckout(t *testing.T) {
	var files []string
	for i := range 500 {
		files = append(files, fmt.Sprintf("p%d/f%d.go", i%20, i))
	}
	tr := newTree(t, goFiles, files...)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, f := range files {
			tr.write(f, "another branch")
		}
	}()
	tr.watcher.Settle(t.Context())
	<-done
	tr.watcher.Settle(t.Context())
	tr.want("all of them have been seen")
}

// TestCheck checks that what was written before a call is seen by it.
func TestCheck(t *testing.T) {
	tr := newTree(t, goFiles, "main.go")
	for i := range 100 {
		tr.changes = nil
		tr.write("main.go", strings.Repeat("x", i))
		tr.watcher.Check()
		if len(tr.changes) != 1 {
			t.Fatalf("after edit %d: %q", i, tr.changes)
		}
	}
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	changes := make(chan []string, 1)
	w := watch.New(func(paths []string) { changes <- paths })
	w.Watch(watch.Sources{Trees: []watch.Tree{{Root: dir, Kind: goFiles}}}, time.Now())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.Run(ctx)
	}()
	name := filepath.Join(dir, "main.go")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-changes:
		if !slices.Equal(got, []string{name}) {
			t.Errorf("%q", got)
		}
	case <-time.After(30 * time.Second):
		t.Error("nobody looked")
	}
	cancel()
	<-done
}

func BenchmarkLook(b *testing.B) {
	dir := b.TempDir()
	for i := range 1000 {
		sub := filepath.Join(dir, fmt.Sprint("p", i%50))
		_ = os.MkdirAll(sub, 0o700)
		if err := os.WriteFile(filepath.Join(sub, fmt.Sprint(i, ".go")), nil, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	w := watch.New(func([]string) {})
	s := watch.Sources{Trees: []watch.Tree{{Root: dir, Kind: goFiles}}}
	b.ReportAllocs()
	for b.Loop() {
		w.Watch(s, time.Now()) // two looks
	}
}
