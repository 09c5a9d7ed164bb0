package page_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/examples/wiki/page"
)

// What one process has found out about many pages the next one need not, and believes no more
// of it than the folder says.
func TestCatalogFile(t *testing.T) {
	folder, err := disk.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := page.NewStore(folder)
	const many = 150
	old := time.Now().Add(-time.Hour)
	for i := range many {
		if _, err := s.Save(t.Context(), page.Draft{Title: page.Title(fmt.Sprintf("Page %03d", i)), Text: "x", Author: "Anna"}); err != nil {
			t.Fatal(err)
		}
	}
	dirs, err := filepath.Glob(folder.Path("pages", "*"))
	if err != nil || len(dirs) != many {
		t.Fatalf("%d folders, %v", len(dirs), err)
	}
	for _, dir := range dirs {
		if err := os.Chtimes(dir, old, old); err != nil {
			t.Fatal(err)
		}
	}
	list := func() []page.Revision {
		t.Helper()
		all, err := page.NewStore(folder).Pages() // of another process
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	want := list()
	if _, err := os.Stat(folder.Path("catalog")); err != nil || len(want) != many {
		t.Fatalf("%d pages, %v", len(want), err)
	}
	// It is used: nobody looks into a folder that has not changed.
	first := filepath.Join(dirs[0], "000001.md")
	content, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(first, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := list(); !reflect.DeepEqual(got, want) {
		t.Error("another process has another list")
	}
	if err := os.WriteFile(first, content, 0o600); err != nil {
		t.Fatal(err)
	}
	// A page that was changed meanwhile, one that is new and one that is gone are noticed.
	if _, err := s.Save(t.Context(), page.Draft{Title: "Page 005", Base: 1, Text: "changed", Author: "Ben"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(t.Context(), page.Draft{Title: "Another", Text: "new", Author: "Ben"}); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dirs[9]); err != nil {
		t.Fatal(err)
	}
	got := list()
	if len(got) != many || got[0].Title != "Another" || got[6].Author != "Ben" || got[6].Number != 2 || got[10].Title != "Page 010" {
		t.Errorf("%d pages, %+v", len(got), got[:11])
	}
	for _, damaged := range [][]byte{nil, []byte("damaged"), make([]byte, 1000)} {
		if err := os.WriteFile(folder.Path("catalog"), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if again := list(); !reflect.DeepEqual(again, got) {
			t.Errorf("with a damaged file there is another list")
		}
	}
	if left, err := os.ReadDir(folder.Path("tmp")); err != nil || len(left) != 0 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}
