package people_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/examples/wiki/people"
	"github.com/surcoat/surcoat/middleware/auth"
)

func names(some []people.Account) (all []string) {
	for i := range some {
		all = append(all, some[i].Name)
	}
	return all
}

func TestList(t *testing.T) {
	s, folder := open(t, t.TempDir())
	if some, total, err := s.List("", 0, 10); err != nil || total != 0 || some != nil {
		t.Fatalf("nobody: %v, %d, %v", some, total, err)
	}
	long := strings.Repeat("Ö", people.LongestName-1)
	for _, name := range []string{"Émile", "anna", "Ben", "Anna Lisa", "Con", long + "b", long + "a", "Zoë"} {
		if err := s.Create(t.Context(), auth.User{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		prefix    string
		offset, n int
		want      []string
		total     int
	}{
		{"", 0, 4, []string{"anna", "Anna Lisa", "Ben", "Con"}, 8},
		{"", 4, 4, []string{"Zoë", "Émile", long + "a", long + "b"}, 8},
		{"", 8, 4, nil, 8},
		{"", 99, 4, nil, 8},
		{"", -1, 1, []string{"anna"}, 8},
		{"ANNA", 0, 9, []string{"anna", "Anna Lisa"}, 2},
		{"anna ", 0, 9, []string{"Anna Lisa"}, 1},
		{"e\u0301M", 0, 9, []string{"Émile"}, 1},
		{long + "B", 0, 9, []string{long + "b"}, 1}, // of which the name of the file has the beginning alone
		{"con", 0, 9, []string{"Con"}, 1},           // which is written in another way there
		{"x", 0, 9, nil, 0},
		{"../", 0, 9, nil, 0},
	} {
		some, total, err := s.List(c.prefix, c.offset, c.n)
		if got := names(some); err != nil || total != c.total || !slices.Equal(got, c.want) {
			t.Errorf("%q from %d, %d: %q of %d, %v", c.prefix, c.offset, c.n, got, total, err)
		}
	}
	a, err := s.Account("ANNA")
	if err != nil || a.Name != "anna" || time.Since(a.Created) > time.Minute {
		t.Errorf("%+v, %v", a, err)
	}
	if err := s.Update(t.Context(), "anna", func(u *auth.User) error { u.Generation++; return nil }); err != nil {
		t.Fatal(err)
	}
	if b, _ := s.Account("anna"); b.Created != a.Created || b.Generation != 1 {
		t.Errorf("after an update: %+v", b)
	}

	// What is damaged does not hide the others, and what is no account is none.
	for file, content := range map[string]string{"ben.json": "{", "notes.txt": "x", "=gg.json": "x"} {
		if err := os.WriteFile(folder.Path("users", file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	some, total, err := s.List("", 0, 4)
	if err != nil || total != 8 || !some[2].Damaged || some[2].Name != "ben" || some[3].Name != "Con" {
		t.Errorf("%+v of %d, %v", some, total, err)
	}
}

// A page of ten thousand accounts, of whose files it opens fifty.
func BenchmarkList(b *testing.B) {
	dir := b.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "users"), 0o700); err != nil {
		b.Fatal(err)
	}
	for i := range 10_000 {
		file := fmt.Sprintf(`{"name":"Person %05d","hash":"x","generation":0}`, i)
		if err := os.WriteFile(filepath.Join(dir, "users", fmt.Sprintf("person_%05d.json", i)), []byte(file), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	s := people.NewStore(must(b, dir))
	b.ReportAllocs()
	for b.Loop() {
		if some, total, err := s.List("person", 5000, 50); len(some) != 50 || total != 10_000 || err != nil {
			b.Fatal(len(some), total, err)
		}
	}
}
