package page_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/surcoat/surcoat/examples/wiki/page"
)

// Lists of a wiki with a thousand pages, asked for again: what the catalogue is for.
func BenchmarkLists(b *testing.B) {
	dir := b.TempDir()
	s := open(b, dir)
	hourAgo := time.Now().Add(-time.Hour)
	for i := range 1000 {
		if _, err := s.Save(b.Context(), page.Draft{Title: page.Title(fmt.Sprint("Page ", i)), Text: "text", Author: "anna"}); err != nil {
			b.Fatal(err)
		}
		if err := os.Chtimes(filepath.Join(dir, "pages", fmt.Sprint("page_", i)), hourAgo, hourAgo); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("Pages", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Pages(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Recent", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Recent(100); err != nil {
				b.Fatal(err)
			}
		}
	})
}
