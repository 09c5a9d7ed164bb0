package htpasswd_test

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/htpasswd"
)

// apache runs Apache's htpasswd. A version that does not know an option skips the test,
// as those before 2.4.58 have neither -2 nor -5.
func apache(t *testing.T, args ...string) error {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program(t, "htpasswd"), args...).CombinedOutput()
	if strings.Contains(string(out), "Usage:") {
		t.Skipf("htpasswd does not know %q", args)
	}
	return err
}

// Files made by Apache's own htpasswd, in every format: a right password costs one
// operation on the hash. A wrong one costs that and, spec 10, what is left of one with
// argon2id.
func TestPasswords10_FilesOfApachesHtpasswd(t *testing.T) {
	for _, tt := range []struct{ options, algorithm string }{
		{"-m", "apr1"},
		{"-s", "sha1"},
		{"-B", "bcrypt"},
		{"-B -C 4", "bcrypt"},
		{"-B -C 8", "bcrypt"},
		{"-2", "sha256-crypt"},
		{"-2 -r 1000", "sha256-crypt"},
		{"-5", "sha512-crypt"},
		{"-5 -r 12345", "sha512-crypt"},
	} {
		t.Run(tt.options, func(t *testing.T) {
			t.Parallel() // what it waits for is hashes
			path := filepath.Join(t.TempDir(), "users")
			passwords := map[string]string{"ada": "hunter2hunter2", "grace": "ö:$apr1$ ", "empty-ish": " ", "alan": strings.Repeat("x", 72)}
			for name, pass := range passwords {
				args := append([]string{"-b"}, strings.Fields(tt.options)...)
				if !exists(path) {
					args = append(args, "-c")
				}
				if err := apache(t, append(args, path, name, pass)...); err != nil {
					t.Fatal(err)
				}
			}
			hasher, took := counted()
			accounts := &auth.Accounts{Users: opened(t, htpasswd.Config{Users: path}), Hasher: hasher}
			for name, pass := range passwords {
				*took = nil
				u, err := accounts.Verify(t.Context(), name, pass)
				if err != nil || u.Name != name {
					t.Errorf("%s: %q, %v", name, u.Name, err)
				}
				if len(*took) != 1 || (*took)[0].Algorithm != tt.algorithm || (*took)[0].Decoy {
					t.Errorf("%s: the right password spent %+v", name, *took)
				}
				stored := strings.TrimPrefix(u.Hash, "legacy:")
				for _, wrong := range []string{pass + "x", "", stored, u.Hash, stored[strings.LastIndexAny(stored, "$}")+1:]} {
					*took = nil
					if _, err := accounts.Verify(t.Context(), name, wrong); !errors.Is(err, auth.ErrRefused) {
						t.Errorf("%s with %q: %v", name, wrong, err)
					}
					cheap := tt.algorithm == "apr1" || tt.algorithm == "sha1"
					if n := len(*took); n == 0 || cheap && n != 2 || n == 2 && !(*took)[1].Decoy || n > 2 {
						t.Errorf("%s with %q spent %+v", name, wrong, *took)
					}
				}
			}
			*took = nil
			if _, err := accounts.Verify(t.Context(), "mallory", "x"); !errors.Is(err, auth.ErrRefused) || len(*took) != 1 || !(*took)[0].Decoy {
				t.Errorf("nobody's: %v, spent %+v", err, *took)
			}
		})
	}
}

// spec 15: what Apache makes and nobody should take is told by its line alone.
func TestPasswords15_FormatsOfApacheThatAreRefused(t *testing.T) {
	for _, tt := range []struct{ option, want string }{
		{"-d", "line 2: password: stored hash not usable: 13 characters, as DES crypt(3)"},
		{"-p", "line 2: password: stored hash not usable: unknown format"},
	} {
		path := write(t, "users", "ada:"+bcrypted+"\n")
		if err := apache(t, "-b", tt.option, path, "grace", "hunter2hunter2"); err != nil {
			t.Fatal(err)
		}
		_, err := htpasswd.Open(htpasswd.Config{Users: path})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Fatalf("%s: %v, want %q", tt.option, err, tt.want)
		}
		if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "grace") {
			t.Errorf("%s: the error shows the line: %v", tt.option, err)
		}
	}
}

// What Set writes, Apache's htpasswd -v takes, and it edits the file further.
func TestApacheReadsWhatSetWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users")
	for name, hash := range map[string]string{"ada": bcrypted, "grace": apr1ed, "étienne": "$5$p9Z1yOBFpXjp7OCw$CB0SodWgpnVKpfh3VT8ROM/4DBt3QVf01hE/BdhbPND"} {
		if err := htpasswd.Set(path, name, hash); err != nil {
			t.Fatal(err)
		}
		if err := apache(t, "-bv", path, name, "hunter2hunter2"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if apache(t, "-bv", path, name, "hunter2") == nil {
			t.Errorf("%s: a wrong password is taken", name)
		}
	}
	if err := apache(t, "-bB", path, "alan", "hunter2hunter2"); err != nil {
		t.Fatal(err)
	}
	accounts := &auth.Accounts{Users: opened(t, htpasswd.Config{Users: path})}
	for _, name := range []string{"ada", "grace", "étienne", "alan"} {
		if _, err := accounts.Verify(t.Context(), name, "hunter2hunter2"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
