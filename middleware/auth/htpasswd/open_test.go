package htpasswd_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/htpasswd"
	"github.com/surcoat/surcoat/middleware/auth/password"
)

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestOpenReadsAsApacheDoes(t *testing.T) {
	for _, tt := range []struct{ name, text, users string }{
		{"a user", "ada:" + bcrypted + "\n", "ada"},
		{"no line end", "ada:" + bcrypted, "ada"},
		{"two", "ada:" + bcrypted + "\ngrace:" + sha1ed + "\n", "ada grace"},
		{"comments and blank lines", "# ada:x\n\n \t\n  # b\nada:" + bcrypted + "\n#", "ada"},
		{"blanks around a line", "  ada:" + bcrypted + " \t\n", "ada"},
		{"a comment after a colon", "ada:" + bcrypted + ":Ada Lovelace:x\n", "ada"},
		{"CRLF", "ada:" + bcrypted + "\r\n\r\ngrace:" + sha1ed + "\r\n", "ada grace"},
		{"BOM", "\ufeffada:" + bcrypted + "\n", "ada"},
		{"BOM and a comment", "\ufeff# x\nada:" + bcrypted + "\n", "ada"},
		{"empty", "", ""},
		{"a name with a blank, an at sign and letters", "ada l:" + bcrypted + "\nädä@example.org:" + bcrypted + "\n", "ada l ädä@example.org"},
		{"a name as long as can be", strings.Repeat("x", 256) + ":" + bcrypted, strings.Repeat("x", 256)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := opened(t, htpasswd.Config{Users: write(t, "users", tt.text)})
			for _, name := range []string{"ada", "grace", "ada l", "ädä@example.org", strings.Repeat("x", 256), "", "# ada", "#", "\ufeffada", "ada "} {
				u, err := f.Lookup(t.Context(), name)
				want := name != "" && slices.Contains(strings.Split(strings.ReplaceAll(tt.users, "ada l", "ada_l"), " "), strings.ReplaceAll(name, "ada l", "ada_l"))
				if want && (err != nil || u.Name != name || u.Hash == "") || !want && !errors.Is(err, auth.ErrNoUser) {
					t.Errorf("Lookup(%q) = %q, %v", name, u.Name, err)
				}
			}
		})
	}
}

// spec 15: an error has the number of the line, and nothing else of it.
func TestPasswords15_FaultsAreToldByLine(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"plain text", "ada:" + bcrypted + "\n\n# c\ngrace:hunter2hunter2\n", "line 4: password: stored hash not usable: unknown format"},
		{"plain text that looks like DES", "ada:hunter2hunter", "line 1: password: stored hash not usable: 13 characters, as DES"},
		{"crypt's failure", "ada:*0", "line 1: "},
		{"no password", "ada:\n", "line 1: "},
		{"an unknown format", "ada:$hunter2$x$y", "line 1: "},
		{"rounds without end", "ada:$5$rounds=999999999$hunter2$CB0SodWgpnVKpfh3VT8ROM/4DBt3QVf01hE/BdhbPND", "line 1: "},
		{"memory without end", "ada:$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "line 1: "},
		{"a mark that only this side makes", "ada:legacy:hunter2", "line 1: "},
		{"no colon", "\n\nhunter2\n", "line 3: no colon"},
		{"no name", ":" + bcrypted, "line 1: no name"},
		{"a long name", strings.Repeat("hunter2", 40) + ":" + bcrypted, "line 1: a name over 256 bytes"},
		{"Latin-1", "hunter2\xe4:" + bcrypted, "line 1: a name that is not UTF-8"},
		{"NUL in the name", "hunter2\x00:" + bcrypted, "line 1: a name with control"},
		{"NUL in the hash", "ada:hunter2\x00" + bcrypted, "line 1: "},
		{"UTF-16", "h\x00u\x00n\x00t\x00:\x00$\x00", "line 1: "},
		{"a line of 1 MiB", "ada:" + bcrypted + "\nhunter2:" + strings.Repeat("x", 1<<20), "line 2: longer than 4 KiB"},
		{"a duplicate that is broken", "ada:" + bcrypted + "\nada:hunter2", "line 2: "},
		{"line ends of the 1980s", "ada:" + bcrypted + "\rgrace:hunter2", "line 1: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := write(t, "users", tt.text)
			f, err := htpasswd.Open(htpasswd.Config{Users: path})
			if f != nil || err == nil || !strings.HasPrefix(err.Error(), "htpasswd: "+path+": "+tt.want) {
				t.Fatalf("Open = %v, want %q", err, tt.want)
			}
			for _, part := range []string{"hunter2", "ada:", "$"} {
				if strings.Contains(strings.TrimPrefix(err.Error(), "htpasswd: "+path), part) {
					t.Errorf("the error shows the line: %v", err)
				}
			}
		})
	}
	_, err := htpasswd.Open(htpasswd.Config{Users: write(t, "users", "ada:x")})
	if !errors.Is(err, password.ErrFormat) {
		t.Errorf("%v is no password.ErrFormat", err)
	}
}

// As with Apache the first line counts, and somebody should know.
func TestOpenOfDuplicates(t *testing.T) {
	var j journal
	f := opened(t, htpasswd.Config{Users: write(t, "users", "ada:"+bcrypted+"\nada:"+sha1ed+"\nada:"+apr1ed+"\n"), Logger: j.logger()})
	if u, err := f.Lookup(t.Context(), "ada"); u.Hash != bcrypted || err != nil {
		t.Errorf("Lookup = %q, %v", u.Hash, err)
	}
	lines := j.lines()
	if len(lines) != 1 || !strings.Contains(lines[0], "line=2") || strings.Contains(lines[0], "ada") {
		t.Errorf("logged %q", lines)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large")
	if err := errors.Join(os.WriteFile(large, nil, 0o600), os.Truncate(large, 16<<20+1)); err != nil {
		t.Fatal(err)
	}
	good := write(t, "users", "ada:"+bcrypted)
	for _, tt := range []struct {
		name   string
		config htpasswd.Config
		want   string
	}{
		{"nothing", htpasswd.Config{}, "Config.Users is empty"},
		{"a folder", htpasswd.Config{Users: dir}, "is not a file"},
		{"no file", htpasswd.Config{Users: filepath.Join(dir, "none")}, "none"},
		{"no group file", htpasswd.Config{Users: good, Groups: filepath.Join(dir, "none")}, "none"},
		{"a group file without colons", htpasswd.Config{Users: good, Groups: write(t, "groups", "# x\nadmin ada\n")}, "groups: line 2: no group with a colon"},
		{"a group without a name", htpasswd.Config{Users: good, Groups: write(t, "groups", " : ada\n")}, "groups: line 1: no group"},
		{"names in quotes", htpasswd.Config{Users: good, Groups: write(t, "groups", "admin: \"ada l\"\n")}, "groups: line 1: quotes"},
		{"a group file that is no text", htpasswd.Config{Users: good, Groups: write(t, "groups", "admin: \x00\n")}, "groups: line 1: not UTF-8"},
		{"a large one", htpasswd.Config{Users: large}, "over 16 MiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := htpasswd.Open(tt.config); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Open = %v, want %q", err, tt.want)
			}
		})
	}
}

// Whoever may write to the file can sign in as anybody.
func TestOpenRefusesWhatEverybodyMayWrite(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the mode says nothing there")
	}
	users, groups := write(t, "users", "ada:"+bcrypted), write(t, "groups", "admin: ada")
	for _, path := range []string{users, groups} {
		for mode, fine := range map[os.FileMode]bool{0o666: false, 0o602: false, 0o664: true, 0o644: true, 0o400: true} {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			_, err := htpasswd.Open(htpasswd.Config{Users: users, Groups: groups})
			if (err == nil) != fine || err != nil && !strings.Contains(err.Error(), "run: chmod o-w "+path) {
				t.Errorf("mode %o of %s: %v", mode, path, err)
			}
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestGroupsAreRoles(t *testing.T) {
	f := opened(t, htpasswd.Config{
		Users:  write(t, "users", "ada:"+bcrypted+"\nbob:"+bcrypted+"\ncarl:"+bcrypted+"\n"),
		Groups: write(t, "groups", "\ufeff# who may what\r\n\r\nadmin: ada\tbob  mallory\r\n editors : bob\neditors: ada bob\nnobody:\n"),
	})
	for name, want := range map[string]string{"ada": "[admin editors]", "bob": "[admin editors]", "carl": "[]"} {
		if u, err := f.Lookup(t.Context(), name); err != nil || "["+strings.Join(u.Roles, " ")+"]" != want {
			t.Errorf("%s: %v, %v; want %s", name, u.Roles, err, want)
		}
	}
	if _, err := f.Lookup(t.Context(), "mallory"); !errors.Is(err, auth.ErrNoUser) {
		t.Errorf("a group makes no user: %v", err)
	}
}

// Accounts makes no better hash for a store that does not take it, and sign-up says no.
func TestFileIsReadOnly(t *testing.T) {
	f := opened(t, htpasswd.Config{Users: write(t, "users", "ada:"+apr1ed)})
	var j journal
	hasher, took := counted()
	accounts := &auth.Accounts{Users: f, Hasher: hasher, Logger: j.logger()}
	if _, err := accounts.Verify(t.Context(), "ada", "hunter2hunter2"); err != nil || len(*took) != 1 || len(j.lines()) != 0 {
		t.Errorf("%v, spent %+v", err, *took)
	}
	_, err1 := accounts.Create(t.Context(), "grace", "correct horse battery staple")
	_, err2 := accounts.SetPassword(t.Context(), "ada", "correct horse battery staple")
	for _, err := range []error{err1, err2} {
		if !errors.Is(err, errors.ErrUnsupported) || !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("%v is no errors.ErrUnsupported", err)
		}
	}
}

// spec 14: users that move from a file to a store which can be written get a better hash
// when they sign in, once, and stay who they are.
func TestPasswords14_UsersMoveToAStore(t *testing.T) {
	f := opened(t, htpasswd.Config{Users: write(t, "users", "ada:"+apr1ed+"\n")})
	u, err := f.Lookup(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	users := &auth.MemoryUsers{}
	if err := users.Create(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	hasher, took := counted()
	accounts := &auth.Accounts{Users: users, Hasher: hasher}
	for _, want := range []int{2, 1, 1} { // the old check and the new hash; then a check
		*took = nil
		if _, err := accounts.Verify(t.Context(), "ada", "hunter2hunter2"); err != nil || len(*took) != want {
			t.Errorf("%v, spent %+v, want %d operations", err, *took, want)
		}
	}
	now, err := users.Lookup(t.Context(), "ada")
	if err != nil || !strings.HasPrefix(now.Hash, "$argon2id$") || now.Generation != u.Generation {
		t.Errorf("%+v, %v", now, err)
	}
}
