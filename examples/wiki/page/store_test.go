package page_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/examples/wiki/page"
)

func open(t testing.TB, dir string) *page.Store {
	t.Helper()
	folder, err := disk.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return page.NewStore(folder)
}

func save(t *testing.T, s *page.Store, title page.Title, base int, text string) page.Revision {
	t.Helper()
	r, err := s.Save(t.Context(), page.Draft{Title: title, Base: base, Text: text, Author: "anna"})
	if err != nil {
		t.Fatalf("save %q on %d: %v", title, base, err)
	}
	return r
}

func TestSaveAndRead(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if _, err := s.Latest("Home"); !errors.Is(err, page.ErrNoPage) {
		t.Errorf("a page that never was: %v", err)
	}
	save(t, s, "Home", 0, "one\r\ntwo\r\n\r\n")
	save(t, s, "home", 1, "three")

	s = open(t, dir) // another process
	p, err := s.Latest("HOME")
	if err != nil || p.Text != "three\n" || p.Number != 2 || p.Title != "home" || p.Author != "anna" {
		t.Errorf("latest: %+v, %v", p, err)
	}
	if p, err = s.At("Home", 1); err != nil || p.Text != "one\ntwo\n" {
		t.Errorf("revision 1: %+v, %v", p, err)
	}
	if _, err = s.At("Home", 3); !errors.Is(err, page.ErrNoPage) {
		t.Errorf("revision 3: %v", err)
	}
	h, err := s.History("Home")
	if err != nil || len(h) != 2 || h[0].Number != 2 || h[1].Number != 1 {
		t.Errorf("history: %+v, %v", h, err)
	}
}

func TestSaveRefuses(t *testing.T) {
	s := open(t, t.TempDir())
	for _, c := range []struct {
		text string
		want error
	}{
		{"a\xffb", page.ErrText},
		{strings.Repeat("x", page.LargestText), page.ErrTooLarge}, // with its final newline
		{" \n", page.ErrNoPage},
	} {
		if _, err := s.Save(t.Context(), page.Draft{Title: "A", Text: c.text}); !errors.Is(err, c.want) {
			t.Errorf("%.10q: %v, want %v", c.text, err, c.want)
		}
	}
	save(t, s, "A", 0, strings.Repeat("x", page.LargestText-1))
}

func TestConflict(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, "A", 0, "one\ntwo\nthree\nfour\nfive\n")
	save(t, s, "A", 1, "ONE\ntwo\nthree\nfour\nfive\n")

	var c *page.Conflict
	_, err := s.Save(t.Context(), page.Draft{Title: "A", Base: 1, Text: "one\ntwo\nthree\nfour\nFIVE\n", Author: "ben"})
	if !errors.As(err, &c) {
		t.Fatalf("no conflict: %v", err)
	}
	if c.Theirs.Number != 2 || c.Yours != "one\ntwo\nthree\nfour\nFIVE\n" || !c.Clean || c.Merged != "ONE\ntwo\nthree\nfour\nFIVE\n" {
		t.Errorf("%+v", c)
	}
	_, err = s.Save(t.Context(), page.Draft{Title: "A", Base: 1, Text: "eins\ntwo\nthree\nfour\nfive\n", Author: "ben"})
	if !errors.As(err, &c) || c.Clean || c.Merged != "" {
		t.Errorf("both changed line one: %+v, %v", c, err)
	}
	// A page that somebody else began meanwhile has no common base.
	_, err = s.Save(t.Context(), page.Draft{Title: "A", Base: 0, Text: "mine", Author: "ben"})
	if !errors.As(err, &c) || c.Clean {
		t.Errorf("begun twice: %+v, %v", c, err)
	}
	if h, _ := s.History("A"); len(h) != 2 {
		t.Errorf("a conflict wrote something: %+v", h)
	}
}

// A form that is sent twice is saved once.
func TestSaveTwice(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, "A", 0, "text")
	if r := save(t, s, "A", 0, "text"); r.Number != 1 {
		t.Errorf("saved as %d", r.Number)
	}
	if r := save(t, s, "A", 1, "text"); r.Number != 1 {
		t.Errorf("no change was saved as %d", r.Number)
	}
}

func TestRemoveAndBringBack(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, "A", 0, "text")
	save(t, s, "A", 1, "  \n")
	p, err := s.Latest("A")
	if err != nil || !p.Removed() || s.Exists("A") {
		t.Errorf("%+v, %v, exists %t", p, err, s.Exists("A"))
	}
	if all, _ := s.Pages(); len(all) != 0 {
		t.Errorf("still listed: %+v", all)
	}
	save(t, s, "A", 2, "text")
	if !s.Exists("a") {
		t.Error("not back")
	}
}

func TestRecentAndPages(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, "b", 0, "1")
	save(t, s, "A", 0, "1")
	save(t, s, "b", 1, "2")
	save(t, s, "b", 2, "3")
	recent, err := s.Recent(3)
	var got []string
	for _, r := range recent {
		got = append(got, fmt.Sprint(r.Title, r.Number))
	}
	if want := "[b3 b2 A1]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("recent: %v, %v; want %s", got, err, want)
	}
	pages, err := s.Pages()
	if err != nil || len(pages) != 2 || pages[0].Title != "A" || pages[1].Number != 3 {
		t.Errorf("pages: %+v, %v", pages, err)
	}
	save(t, s, "A", 1, "2") // right after: the folder's time may not have moved
	if pages, _ = s.Pages(); pages[0].Number != 2 {
		t.Errorf("a stale catalogue: %+v", pages[0])
	}
}

func TestDamageIsNoticed(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	save(t, s, "A", 0, "text")
	path := filepath.Join(dir, "pages", "a", "000001.md")
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, damaged := range [][]byte{nil, file[:10], file[:len(file)-1], append(file, 'x'), []byte("{}\n")} {
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Latest("A"); !errors.Is(err, page.ErrDamaged) {
			t.Errorf("%q: %v", damaged, err)
		}
	}
}

// What a killed writer and other programs may leave in a page's folder is not a revision.
func TestStrayFiles(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	save(t, s, "A", 0, "text")
	for _, name := range []string{"000002.md~", "2.md", "-00003.md", "notes.md", ".000004.md.swp", "000000.md"} {
		if err := os.WriteFile(filepath.Join(dir, "pages", "a", name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "pages", "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	if p, err := s.Latest("A"); err != nil || p.Number != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	if all, err := s.Pages(); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
}

// Two processes and many goroutines: every acknowledged revision is there, none twice.
func TestConcurrentWriters(t *testing.T) {
	dir := t.TempDir()
	stores := []*page.Store{open(t, dir), open(t, dir)}
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		saved = map[int]string{}
	)
	for w := range 6 {
		wg.Go(func() {
			s, author := stores[w%2], fmt.Sprint("w", w)
			for i := range 5 {
				text := fmt.Sprintf("%s says %d\n", author, i)
				for {
					base := 0
					if p, err := s.Latest("A"); err == nil {
						base = p.Number
					}
					r, err := s.Save(t.Context(), page.Draft{Title: "A", Base: base, Text: text, Author: author})
					var c *page.Conflict
					if errors.As(err, &c) {
						continue
					}
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					if other, twice := saved[r.Number]; twice {
						t.Errorf("revision %d is both %q and %q", r.Number, other, text)
					}
					saved[r.Number] = text
					mu.Unlock()
					break
				}
			}
		})
	}
	wg.Wait()
	if len(saved) != 30 {
		t.Errorf("%d revisions, want 30", len(saved))
	}
	for n, text := range saved {
		if p, err := stores[0].At("A", n); err != nil || p.Text != text {
			t.Errorf("revision %d: %q, %v; want %q", n, p.Text, err, text)
		}
	}
}

// A folder has had a page as soon as there is a revision; one whose first writer was killed has
// not.
func TestEmpty(t *testing.T) {
	folder, err := disk.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := page.NewStore(folder)
	for _, dir := range []string{"", "a", "b", "c", "d", "e", "f", "g", "h", "i"} {
		if empty, err := s.Empty(); !empty || err != nil {
			t.Fatalf("with %q: %t, %v", dir, empty, err)
		}
		if err := os.MkdirAll(folder.Path("pages", dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Save(t.Context(), page.Draft{Title: "J", Text: "x", Author: "Anna"}); err != nil {
		t.Fatal(err)
	}
	if empty, err := s.Empty(); empty || err != nil {
		t.Errorf("%t, %v", empty, err)
	}
}
