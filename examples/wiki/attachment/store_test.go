package attachment_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/examples/wiki/attachment"
	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/examples/wiki/page"
)

func open(t *testing.T, dir string) (*attachment.Store, *disk.Folder) {
	t.Helper()
	folder, err := disk.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return attachment.NewStore(folder), folder
}

const png = "\x89PNG\r\n\x1a\n rest"

func TestSave(t *testing.T) {
	s, _ := open(t, t.TempDir())
	for _, c := range []struct {
		name, content string
		want          error
	}{
		{"Map.png", png, nil},
		{"Map.png", png, nil}, // sent twice
		{"map.PNG", png + "another", attachment.ErrTaken},
		{`C:\My files\notes.txt`, "a", nil},
		{"../../notes2.md", "a", nil},
		{"Käse 1.csv", "a\n", nil},
		{"photo.jpg", png, attachment.ErrContent},
		{"paper.pdf", "<html>", attachment.ErrContent},
		{"page.html", "<html>", attachment.ErrKind},
		{"drawing.svg", "<svg>", attachment.ErrKind},
		{"program", "a", attachment.ErrKind},
		{"empty.txt", "", attachment.ErrEmpty},
		{"large.zip", strings.Repeat("x", attachment.Largest+1), attachment.ErrTooLarge},
		{"just.zip", strings.Repeat("x", attachment.Largest), nil},
		{"", "a", attachment.ErrName},
		{".txt", "a", attachment.ErrName},
		{"a\x00.txt", "a", attachment.ErrName},
		{"a\u202etxt.exe.txt", "a", attachment.ErrName},
		{"a?.txt", "a", attachment.ErrName},
		{strings.Repeat("a", attachment.LongestName) + ".txt", "a", attachment.ErrName},
	} {
		if _, err := s.Save(t.Context(), "A page", c.name, "Anna", []byte(c.content)); !errors.Is(err, c.want) {
			t.Errorf("%.40q: %v, want %v", c.name, err, c.want)
		}
	}
	all, err := s.List("a PAGE")
	var names []string
	for _, f := range all {
		names = append(names, f.Name)
	}
	if want := "[just.zip Käse 1.csv Map.png notes.txt notes2.md]"; fmt.Sprint(names) != want || err != nil {
		t.Errorf("%q, %v", names, err)
	}
	if all, err := s.List("Another page"); all != nil || err != nil {
		t.Errorf("%v, %v", all, err)
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	s, folder := open(t, dir)
	content := "{\"first\": \"line\"}\n\x00\xff\n"
	saved, err := s.Save(t.Context(), "A", "x.json", "Anna", []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	again, _ := open(t, dir) // another process
	c, f, err := again.Open("a", "X.json")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	b, err := io.ReadAll(c)
	if string(b) != content || err != nil || f != saved || f.Author != "Anna" || f.Size != int64(len(content)) {
		t.Errorf("%q, %+v, %v", b, f, err)
	}
	if _, _, err := s.Open("A", "y.json"); !errors.Is(err, attachment.ErrNoFile) {
		t.Errorf("%v", err)
	}
	path := folder.Path("attachments", "a", disk.Name("x.json"))
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string][]byte{"cut": file[:len(file)-1], "no header": []byte("x"), "another header": append([]byte("{\n"), file...), "empty": nil} {
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Open("A", "x.json"); !errors.Is(err, attachment.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if all, err := s.List("A"); len(all) != 0 || err != nil {
			t.Errorf("%s: it hides the others: %v, %v", name, all, err)
		}
	}
}

// Of those who attach different files under one name at once, as processes, one does.
func TestSaveAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	results := make([]error, 8)
	for i := range results {
		s, _ := open(t, dir)
		wg.Go(func() {
			_, results[i] = s.Save(t.Context(), "A", "same.txt", "Anna", bytes.Repeat([]byte{'a' + byte(i)}, 1000))
		})
	}
	wg.Wait()
	saved := 0
	for _, err := range results {
		if err == nil {
			saved++
		} else if !errors.Is(err, attachment.ErrTaken) {
			t.Error(err)
		}
	}
	if saved != 1 {
		t.Errorf("%d were saved", saved)
	}
}

func TestMost(t *testing.T) {
	s, folder := open(t, t.TempDir())
	if err := os.MkdirAll(folder.Path("attachments", "a"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range attachment.Most {
		if err := os.WriteFile(folder.Path("attachments", "a", disk.Name(fmt.Sprint(i, ".txt"))), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Save(t.Context(), page.Title("A"), "one more.txt", "Anna", []byte("x")); !errors.Is(err, attachment.ErrTooMany) {
		t.Error(err)
	}
}

func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"a.txt", `C:\a.txt`, "../a", "..", "a\x00", "", "é.png"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, err := attachment.CleanName(s)
		if err != nil {
			return
		}
		if name == "" || name[0] == '.' || strings.ContainsAny(name, "/\\\x00\r\n\"") {
			t.Errorf("%q becomes %q", s, name)
		}
		if again, err := attachment.CleanName(name); again != name || err != nil {
			t.Errorf("%q becomes %q and then %q, %v", s, name, again, err)
		}
	})
}
