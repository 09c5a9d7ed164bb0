package htpasswd_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/htpasswd"
)

const argoned = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"

func TestSet(t *testing.T) {
	for _, tt := range []struct{ name, before, after string }{
		{"the first", "", "ada:NEW\n"},
		{"one more", "grace:x\n", "grace:x\nada:NEW\n"},
		{"one more after no line end", "grace:x", "grace:x\nada:NEW\n"},
		{"one more with CRLF", "grace:x\r\n", "grace:x\r\nada:NEW\r\n"},
		{"another hash", "# c\n\ngrace:x\nada:y\nbob:z\n", "# c\n\ngrace:x\nada:NEW\nbob:z\n"},
		{"another hash, no line end", "ada:y", "ada:NEW"},
		{"another hash, CRLF and a comment", "ada:y:Ada\r\nbob:z\r\n", "ada:NEW:Ada\r\nbob:z\r\n"},
		{"twice", "ada:y\nbob:z\nada:x\n", "ada:NEW\nbob:z\n"},
		{"in a comment, or part of a name", "#ada:y\nadam:z\nxada:z\n", "#ada:y\nadam:z\nxada:z\nada:NEW\n"},
		{"a byte order mark", "\ufeffada:y\n", "ada:NEW\n"},
		{"beside broken lines", "broken\nada\n:\n", "broken\nada\n:\nada:NEW\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := write(t, "users", tt.before)
			if err := htpasswd.Set(path, "ada", bcrypted); err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(tt.after, "NEW", bcrypted)
			if got, err := os.ReadFile(path); string(got) != want {
				t.Errorf("%q, %v; want %q", got, err, want)
			}
		})
	}
}

func TestDelete(t *testing.T) {
	for _, tt := range []struct{ name, before, after string }{
		{"the only one", "ada:y\n", ""},
		{"among others", "# ada\ngrace:x\nada:y\nbob:z", "# ada\ngrace:x\nbob:z"},
		{"twice, or the second would count then", "ada:y\nbob:z\r\nada:x\n", "bob:z\r\n"},
		{"not there", "#ada:y\nadam:z\n", "-"},
		{"in an empty file", "", "-"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := write(t, "users", tt.before)
			err := htpasswd.Delete(path, "ada")
			if tt.after == "-" {
				if !errors.Is(err, auth.ErrNoUser) {
					t.Errorf("Delete = %v", err)
				}
				tt.after = tt.before
			} else if err != nil {
				t.Error(err)
			}
			if got, err := os.ReadFile(path); string(got) != tt.after {
				t.Errorf("%q, %v; want %q", got, err, tt.after)
			}
		})
	}
	path := filepath.Join(t.TempDir(), "none")
	if err := htpasswd.Delete(path, "ada"); !errors.Is(err, os.ErrNotExist) || exists(path) {
		t.Errorf("of no file: %v", err)
	}
}

func TestSetRefuses(t *testing.T) {
	path := write(t, "users", "grace:x\n")
	for name, is := range map[string]bool{
		"ada": true, "ada lovelace": true, "ädä@example.org": true, "a#": true, strings.Repeat("x", 256): true,
		"": false, "a:b": false, "#ada": false, " ada": false, "ada ": false, "a\nb": false, "a\rb": false,
		"a\x00": false, "a\tb": false, "a\u202eb": false, "\ufeffada": false, "\xff": false, strings.Repeat("x", 257): false,
	} {
		if err := htpasswd.Set(filepath.Join(t.TempDir(), "users"), name, bcrypted); (err == nil) != is || err != nil && !errors.Is(err, auth.ErrName) {
			t.Errorf("Set of %q = %v", name, err)
		}
	}
	for _, hash := range []string{"", "hunter2", "EkM87w4tUOqoU", bcrypted + "\nroot:x", "legacy:" + apr1ed, " " + bcrypted, "{SHA}"} {
		err := htpasswd.Set(path, "ada", hash)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Set of %q = %v", hash, err)
		}
	}
	if got, _ := os.ReadFile(path); string(got) != "grace:x\n" {
		t.Errorf("the file was changed: %q", got)
	}
	if err := htpasswd.Set(write(t, "users", "a\x00"), "ada", bcrypted); err == nil || !strings.Contains(err.Error(), "not a text file") {
		t.Errorf("Set in a binary = %v", err)
	}
	if err := htpasswd.Set(filepath.Join(t.TempDir(), "none", "users"), "ada", bcrypted); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Set in no folder = %v", err)
	}
	if err := htpasswd.Set(t.TempDir(), "ada", bcrypted); err == nil {
		t.Error("Set in a folder")
	}
}

func TestSetKeepsModeAndLink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes and links are others there")
	}
	dir := t.TempDir()
	path, link := filepath.Join(dir, "users"), filepath.Join(dir, "link")
	if err := errors.Join(htpasswd.Set(path, "ada", bcrypted), os.Symlink(path, link)); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("a new file: %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := htpasswd.Set(link, "grace", argoned); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o640 {
		t.Errorf("the file: %v, %v", info.Mode(), err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("the link: %v, %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("left over: %v, %v", entries, err)
	}
	if got := have(t, opened(t, htpasswd.Config{Users: path}), "ada", "grace"); got != "ada grace" {
		t.Errorf("users %q", got)
	}
}

// Nobody's change is lost, and a reader never meets a file without the first user.
func TestConcurrencyOfEdits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users")
	if err := htpasswd.Set(path, "first", bcrypted); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 4 {
				name := fmt.Sprintf("user%d-%d", i, j)
				if err := htpasswd.Set(path, name, bcrypted); err != nil {
					t.Error(err)
				}
				if f, err := htpasswd.Open(htpasswd.Config{Users: path}); err != nil || have(t, f, "first", name) != "first "+name {
					t.Errorf("after %s was set: %v", name, err)
				}
				if j%2 == 1 {
					if err := htpasswd.Delete(path, name); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	text, err := os.ReadFile(path)
	if got := strings.Count(string(text), "\n"); err != nil || got != 1+16*2 {
		t.Errorf("%d users, %v; want 33", got, err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("left over: %v", entries)
	}
}

// Of many who find no file, none loses another's user.
func TestConcurrencyOfFirstEdits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users")
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			if err := htpasswd.Set(path, fmt.Sprint("user", i), bcrypted); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	text, err := os.ReadFile(path)
	if got := strings.Count(string(text), "\n"); err != nil || got != 16 {
		t.Errorf("%d users, %v; want 16", got, err)
	}
}
