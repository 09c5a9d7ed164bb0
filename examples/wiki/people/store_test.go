package people_test

import (
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/examples/wiki/people"
	"github.com/surcoat/surcoat/middleware/auth"
)

func open(t *testing.T, dir string) (*people.Store, *disk.Folder) {
	t.Helper()
	folder, err := disk.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return people.NewStore(folder), folder
}

func TestUsers(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s, _ := open(t, dir)
	if _, err := s.Lookup(ctx, "Anna"); !errors.Is(err, auth.ErrNoUser) {
		t.Errorf("lookup of nobody: %v", err)
	}
	if err := s.Create(ctx, auth.User{Name: "Anna", Hash: "h", Roles: []string{"admin"}}); err != nil {
		t.Fatal(err)
	}
	s, _ = open(t, dir) // another process
	for _, name := range []string{"Anna", "ANNA", "anna"} {
		u, err := s.Lookup(ctx, name)
		if err != nil || u.Name != "Anna" || u.Hash != "h" || len(u.Roles) != 1 {
			t.Errorf("lookup %q: %+v, %v", name, u, err)
		}
		if err := s.Create(ctx, auth.User{Name: name}); !errors.Is(err, auth.ErrUserExists) {
			t.Errorf("create %q again: %v", name, err)
		}
	}
	if err := s.Update(ctx, "anna", func(u *auth.User) error { u.Generation++; u.Name = "x"; return nil }); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("no")
	if err := s.Update(ctx, "anna", func(u *auth.User) error { u.Generation = 99; return refused }); !errors.Is(err, refused) {
		t.Errorf("a change that fails: %v", err)
	}
	if u, _ := s.Lookup(ctx, "Anna"); u.Generation != 1 || u.Name != "Anna" {
		t.Errorf("after updates: %+v", u)
	}
	if err := s.Update(ctx, "ben", func(*auth.User) error { return nil }); !errors.Is(err, auth.ErrNoUser) {
		t.Errorf("update of nobody: %v", err)
	}
}

func TestNames(t *testing.T) {
	s, _ := open(t, t.TempDir())
	for _, c := range []struct {
		name string
		ok   bool
	}{
		{"Jean-Luc O'Neil", true},
		{"Ægir 2", true},
		{"x", true},
		{"e\u0301lodie", true},
		{"", false},
		{" a", false},
		{"a  b", false},
		{"-a", false},
		{"a/b", false},
		{"..", false},
		{"a:b", false},
		{"a\u202eb", false},
		{"a\x00", false},
		{"\xff", false},
		{strings.Repeat("a", people.LongestName+1), false},
	} {
		err := s.Create(t.Context(), auth.User{Name: c.name})
		if (err == nil) != c.ok || err != nil && !errors.Is(err, auth.ErrName) {
			t.Errorf("create %q: %v", c.name, err)
		}
		if _, err := s.Lookup(t.Context(), c.name); (err == nil) != c.ok || err != nil && !errors.Is(err, auth.ErrNoUser) {
			t.Errorf("lookup %q: %v", c.name, err)
		}
	}
}

func TestNoUpdateIsLost(t *testing.T) {
	dir := t.TempDir()
	a, folder := open(t, dir)
	b, _ := open(t, dir)
	if err := a.Create(t.Context(), auth.User{Name: "anna"}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 20 {
		s := []*people.Store{a, b}[i%2]
		wg.Go(func() {
			if err := s.Update(t.Context(), "anna", func(u *auth.User) error { u.Generation++; return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if u, _ := a.Lookup(t.Context(), "anna"); u.Generation != 20 {
		t.Errorf("generation %d, want 20", u.Generation)
	}
	info, err := os.Stat(folder.Path("users", "anna.json"))
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others can read the file: %v, %v", info, err)
	}
}

// A damaged file is an error, not a missing account whose name is free again.
func TestDamage(t *testing.T) {
	s, folder := open(t, t.TempDir())
	if err := s.Create(t.Context(), auth.User{Name: "anna", Hash: "secret"}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder.Path("users", "anna.json"), []byte(`{"hash":"secret`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := s.Lookup(t.Context(), "anna")
	if err == nil || errors.Is(err, auth.ErrNoUser) || strings.Contains(err.Error(), "secret") {
		t.Errorf("lookup: %v", err)
	}
	if err := s.Create(t.Context(), auth.User{Name: "anna"}); err == nil {
		t.Error("the name could be taken")
	}
}
