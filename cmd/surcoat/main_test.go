package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// surcoat is where TestMain built the program.
var surcoat string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "surcoat")
	if err != nil {
		panic(err)
	}
	surcoat = filepath.Join(dir, "surcoat.exe") // a name that Windows runs too
	if out, err := exec.Command("go", "build", "-o", surcoat, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// outcome is what a run of the program came to.
type outcome struct {
	status   int
	out, err string
}

// run runs the program with stdin, which is no terminal.
func run(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	return runCommand(t, exec.CommandContext(t.Context(), surcoat, args...), stdin)
}

func runCommand(t *testing.T, c *exec.Cmd, stdin string) outcome {
	t.Helper()
	var out, err bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(stdin), &out, &err
	var exit *exec.ExitError
	if err := c.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{c.ProcessState.ExitCode(), out.String(), err.String()}
}

// want checks an outcome: its status, and words of what was printed, "" for nothing.
func (o outcome) want(t *testing.T, status int, out, err string) {
	t.Helper()
	if o.status != status || !has(o.out, out) || !has(o.err, err) {
		t.Errorf("status %d, printed %q and %q; want %d, %q, %q", o.status, o.out, o.err, status, out, err)
	}
}

func has(text, words string) bool {
	if words == "" {
		return text == ""
	}
	return strings.Contains(text, words)
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCommandLine(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, tt := range []struct {
		args     string
		status   int
		out, err string
	}{
		{"", 2, "", "Usage: surcoat COMMAND"},
		{"--help", 0, "  passwd ", ""},
		{"-h", 0, "  keys ", ""},
		{"help", 0, "  token ", ""},
		{"--help", 0, "  dev ", ""},
		{"dev --help", 0, "--listen ADDRESS", ""},
		{"dev --colour", 2, "", "-colour"},
		{"passwort", 2, "", `no command "passwort"`},
		{"passwd --help", 0, "--argon2id", ""},
		{"keys -h", 0, "--keep N", ""},
		{"token new --help", 0, "--expires", ""},
		{"passwd", 2, "", "takes a file and a user; see surcoat passwd --help"},
		{"passwd users", 2, "", "takes a file and a user"},
		{"passwd users ada hunter2", 2, "", "takes a file and a user"},
		{"passwd --colour users ada", 2, "", "-colour"},
		{"passwd --cost twelve users ada", 2, "", "cost"},
		{"passwd --cost 9 users ada", 2, "", "from 10 to 17"},
		{"passwd --cost 18 users ada", 2, "", "from 10 to 17"},
		{"passwd -D --stdin users ada", 2, "", "do not go together"},
		{"passwd --verify --argon2id users ada", 2, "", "do not go together"},
		{"passwd users ada", 2, "", "with --stdin"},
		{"passwd --verify users ada", 1, "", "users"},
		{"passwd -D users ada", 1, "", "users"},
		{"passwd --stdin -- -users", 2, "", "takes a file and a user"},
		{"passwd -D -- -users -ada", 1, "", "-users"},
		{"keys", 2, "", "takes a file"},
		{"keys a b", 2, "", "takes a file"},
		{"keys rotate", 2, "", "rotate takes a file"},
		{"keys rotate a b", 2, "", "rotate takes a file"},
		{"keys rotate --keep -1 a", 2, "", "negative"},
		{"keys --keep 1 a", 2, "", "goes with rotate"},
		{"keys rotate none", 1, "", "none"},
		{"token", 2, "", "takes new and a user, or check"},
		{"token new", 2, "", "takes new and a user, or check"},
		{"token check surcoat_x", 2, "", "takes new and a user, or check"},
		{"token check --label x", 2, "", "check takes no options"},
		{"token new --expires soon ada", 2, "", "--expires"},
		{"token new --expires -1h ada", 2, "", "--expires"},
		{"token new --expires 0d ada", 2, "", "--expires"},
		{"token new --expires 1.5d ada", 2, "", "--expires"},
		{"token new --expires 36501d ada", 2, "", "--expires"},
		{"token new --prefix A ada", 1, "", "TokenPrefix"},
		{"token new --scope a\" ada", 1, "", "scope"},
	} {
		run(t, "", strings.Fields(tt.args)...).want(t, tt.status, tt.out, tt.err)
	}
	if entries, err := os.ReadDir("."); err != nil || len(entries) != 0 {
		t.Errorf("files were made: %v, %v", entries, err)
	}
}
