package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

const (
	secret  = "correct horse battery staple"
	longest = secret + ", and of others more than a dozen: 012345678" // 72 bytes, all that bcrypt sees
)

func TestPasswd(t *testing.T) {
	t.Chdir(t.TempDir())
	run(t, secret+"\n", "passwd", "--stdin", "users", "ada").want(t, 0, "the password of ada was set in users", "users is new")
	if info, err := os.Stat("users"); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if text := read(t, "users"); !strings.HasPrefix(text, "ada:$2y$12$") || strings.Count(text, "\n") != 1 {
		t.Errorf("users: %q", text)
	}
	run(t, secret+"\r\nnext line", "passwd", "users", "grace", "--stdin", "--cost=10").want(t, 0, "grace", "")
	run(t, secret, "passwd", "--argon2id", "users", "--stdin", "alan").want(t, 0, "alan", "")
	text := read(t, "users")
	if !strings.Contains(text, "\ngrace:$2y$10$") || !strings.Contains(text, "\nalan:$argon2id$v=19$m=19456,t=2,p=1$") || !strings.HasPrefix(text, "ada:") {
		t.Errorf("users: %q", text)
	}
	for _, name := range []string{"ada", "grace", "alan"} {
		run(t, secret+"\n", "passwd", "--verify", "--stdin", "users", name).want(t, 0, "right", "")
		run(t, secret+"x\n", "passwd", "--verify", "--stdin", "users", name).want(t, 1, "wrong", "")
	}
	run(t, secret, "passwd", "--verify", "--stdin", "users", "nobody").want(t, 1, "", "no such user")
	run(t, "", "passwd", "--delete", "users", "grace").want(t, 0, "grace was removed from users", "")
	run(t, "", "passwd", "-D", "users", "grace").want(t, 1, "", "no such user")
	if text := read(t, "users"); strings.Contains(text, "grace") || strings.Count(text, "\n") != 2 {
		t.Errorf("users: %q", text)
	}
}

func TestPasswdRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, tt := range []struct {
		stdin string
		args  []string
		err   string
	}{
		{"", []string{"users", "ada"}, "standard input is empty"},
		{"\n", []string{"users", "ada"}, "the password is empty"},
		{"a\x00b\n", []string{"users", "ada"}, "NUL"},
		{strings.Repeat("x", 73), []string{"users", "ada"}, "more than 72 bytes"},
		{strings.Repeat("x", 1025), []string{"--argon2id", "users", "ada"}, "long"},
		{strings.Repeat("x", 1<<20), []string{"users", "ada"}, "too long"},
		{secret, []string{"users", "a:b"}, "colon"},
		{secret, []string{"users", "#ada"}, "comments"},
		{secret, []string{"users", ""}, "no name"},
		{secret, []string{"none/users", "ada"}, "none"},
		{secret, []string{".", "ada"}, "."},
	} {
		o := run(t, tt.stdin, append([]string{"passwd", "--stdin"}, tt.args...)...)
		o.want(t, 1, "", tt.err)
		if strings.Contains(o.err, secret) || strings.Contains(o.err, "xxx") {
			t.Errorf("the password is shown: %s", o.err)
		}
	}
	if entries, err := os.ReadDir("."); err != nil || len(entries) != 0 {
		t.Errorf("files were made: %v, %v", entries, err)
	}
}

// Whoever runs it decides, and is told.
func TestPasswdWarnsOfWeakPasswords(t *testing.T) {
	t.Chdir(t.TempDir())
	run(t, "hunter2", "passwd", "--stdin", "--cost", "10", "users", "ada").want(t, 0, "was set", "a warning: ")
	run(t, longest, "passwd", "--stdin", "--cost", "10", "users", "ada").want(t, 0, "was set", "")
}

// A user whose line no server takes any more gets a better one.
func TestPasswdMendsALine(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("users", []byte("# staff\nada:EkM87w4tUOqoU\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	run(t, "x", "passwd", "--verify", "--stdin", "users", "ada").want(t, 1, "", "users: line 2: ")
	run(t, secret, "passwd", "--stdin", "--cost=10", "users", "ada").want(t, 0, "was set", "")
	run(t, secret, "passwd", "--verify", "--stdin", "users", "ada").want(t, 0, "right", "")
	if text := read(t, "users"); !strings.HasPrefix(text, "# staff\nada:$2y$10$") {
		t.Errorf("users: %q", text)
	}
}

// Apache's own htpasswd takes the default's passwords, and does not know argon2id.
func TestApacheVerifiesWhatPasswdWrites(t *testing.T) {
	htpasswd, err := exec.LookPath("htpasswd")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	path := filepath.Join(t.TempDir(), "users")
	passwords := map[string]string{"ada": secret, "étienne": "ein Schlüssel mit ß: 15", "grace l": longest}
	run(t, secret, "passwd", "--stdin", path, "first").want(t, 0, "was set", "is new")
	for name, pass := range passwords {
		run(t, pass, "passwd", "--stdin", path, name).want(t, 0, "was set", "")
	}
	run(t, secret, "passwd", "--stdin", "--argon2id", path, "alan").want(t, 0, "was set", "")
	check := func(name, pass string) int {
		return runCommand(t, exec.CommandContext(t.Context(), htpasswd, "-vi", path, name), pass).status
	}
	for name, pass := range passwords {
		if got := check(name, pass); got != 0 {
			t.Errorf("%s: htpasswd -v: status %d", name, got)
		}
		if got := check(name, pass[1:]); got != 3 {
			t.Errorf("%s with a wrong password: htpasswd -v: status %d, want 3", name, got)
		}
	}
	if got := check("alan", secret); got == 0 {
		t.Error("this htpasswd knows argon2id: the help should say so")
	}
}

// Two runs at once lose nobody.
func TestPasswdAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users")
	names := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	var wg sync.WaitGroup
	for _, name := range names {
		wg.Go(func() {
			if o := run(t, secret, "passwd", "--stdin", "--cost=10", path, name); o.status != 0 {
				t.Errorf("%s: %s", name, o.err)
			}
		})
	}
	wg.Wait()
	text := "\n" + read(t, path)
	for _, name := range names {
		if strings.Count(text, "\n"+name+":") != 1 {
			t.Errorf("%s is lost", name)
		}
	}
}
