package people_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/examples/wiki/people"
	"github.com/surcoat/surcoat/middleware/auth"
)

func must(tb testing.TB, dir string) *disk.Folder {
	tb.Helper()
	folder, err := disk.Open(dir)
	if err != nil {
		tb.Fatal(err)
	}
	return folder
}

// members makes accounts, the first an administrator.
func members(t *testing.T, s *people.Store, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := s.Create(t.Context(), auth.User{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Found(t.Context(), names[0]); err != nil {
		t.Fatal(err)
	}
}

func governs(t *testing.T, s *people.Store, name string) bool {
	t.Helper()
	u, err := s.Lookup(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Contains(u.Roles, people.Admin)
}

func TestGovern(t *testing.T) {
	s, _ := open(t, t.TempDir())
	members(t, s, "Anna", "Ben", "Cleo")
	disable := func(u *auth.User) error { u.Disabled = true; return nil }
	govern := func(by, name string, change func(*auth.User) error) error {
		return s.Govern(t.Context(), by, name, change)
	}
	for _, c := range []struct {
		what, by, name string
		change         func(*auth.User) error
		want           error
	}{
		{"who is none", "Ben", "Cleo", people.Promote, people.ErrNoAdmin},
		{"who is none, oneself", "Ben", "Ben", people.Promote, people.ErrNoAdmin},
		{"nobody", "", "Ben", people.Promote, people.ErrNoAdmin},
		{"who is not there", "Dora", "Ben", people.Promote, people.ErrNoAdmin},
		{"the last one, oneself", "Anna", "Anna", people.Demote, people.ErrOneself},
		{"in another spelling", "Anna", "ANNA", disable, people.ErrOneself},
		{"somebody who is not there", "Anna", "Dora", disable, auth.ErrNoUser},
		{"somebody", "anna", "ben", people.Promote, nil},
		{"twice", "Anna", "Ben", people.Promote, nil},
		{"the first one", "Ben", "Anna", people.Demote, nil},
		{"who is none any more", "Anna", "Ben", people.Demote, people.ErrNoAdmin},
		{"back again", "Ben", "Anna", people.Promote, nil},
		{"out", "Ben", "Anna", disable, nil},
		{"who is disabled", "Anna", "Ben", disable, people.ErrNoAdmin},
	} {
		if err := govern(c.by, c.name, c.change); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	if u, _ := s.Lookup(t.Context(), "Ben"); !slices.Equal(u.Roles, []string{people.Admin}) || u.Disabled {
		t.Errorf("%+v", u)
	}
}

// Two administrators take the role from each other at once, as two processes: one stays.
func TestGovernOneStays(t *testing.T) {
	for range 20 {
		dir := t.TempDir()
		s, _ := open(t, dir)
		members(t, s, "Anna", "Ben")
		if err := s.Appoint(t.Context(), "Ben"); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for _, who := range [][2]string{{"Anna", "Ben"}, {"Ben", "Anna"}} {
			other, _ := open(t, dir)
			wg.Go(func() { _ = other.Govern(t.Context(), who[0], who[1], people.Demote) })
		}
		wg.Wait()
		if governs(t, s, "Anna") == governs(t, s, "Ben") {
			t.Fatal("not one of them is left, or both are")
		}
	}
}

// There is one first administrator, whoever asks at once, also for processes that start later.
func TestFound(t *testing.T) {
	dir := t.TempDir()
	s, _ := open(t, dir)
	if has, err := s.HasAdmin(); has || err != nil {
		t.Errorf("%t, %v", has, err)
	}
	if err := s.Found(t.Context(), "Anna"); !errors.Is(err, auth.ErrNoUser) {
		t.Errorf("who is not there: %v", err)
	}
	everybody := []string{"Anna", "Ben", "Cleo", "Dora"}
	var wg sync.WaitGroup
	for _, name := range everybody {
		if err := s.Create(t.Context(), auth.User{Name: name}); err != nil {
			t.Fatal(err)
		}
		other, _ := open(t, dir)
		wg.Go(func() { _ = other.Found(t.Context(), name) })
	}
	wg.Wait()
	s, _ = open(t, dir)
	if has, err := s.HasAdmin(); !has || err != nil {
		t.Errorf("%t, %v", has, err)
	}
	admins := slices.DeleteFunc(everybody, func(name string) bool { return !governs(t, s, name) })
	if len(admins) != 1 {
		t.Errorf("first administrators: %q", admins)
	}
	if err := s.Found(t.Context(), "Ben"); !errors.Is(err, people.ErrHasAdmin) {
		t.Errorf("once more: %v", err)
	}
	if err := s.Appoint(t.Context(), "Dora"); err != nil || !governs(t, s, "Dora") {
		t.Errorf("appointed: %v", err)
	}
}
