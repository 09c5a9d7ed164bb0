//go:build dev && unix

package cgitrace_test

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// A LogDir that cannot be written is in the log, and the page comes all the same.
func TestLogDirFails(t *testing.T) {
	base := t.TempDir()
	file := filepath.Join(base, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	loop := filepath.Join(base, "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	dangling := filepath.Join(base, "dangling")
	if err := os.Symlink(filepath.Join(base, "nowhere", "at", "all"), dangling); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{
		"a file": file, "below a file": filepath.Join(file, "traces"), "a loop": loop, "a link to nowhere": dangling,
		"a name that is too long": filepath.Join(base, strings.Repeat("x", 300)), "NUL": base + "/\x00", "no disk's": "/proc/self/traces",
	} {
		page, log := develop(&cgitrace.Page{LogDir: dir})
		w := traceback(page, request("GET", "*/*", ""), culprit)
		if w.Code != 500 || !strings.Contains(w.Body.String(), "culprit") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if !strings.Contains(log.String(), "the traceback was not written") {
			t.Errorf("%s: the log has %s", name, log)
		}
	}
}

// On a full disk no half of a report is left behind. The limit that stands for one is
// the whole process's: it is set in a child.
func TestLogDirFull(t *testing.T) {
	dir := os.Getenv("CGITRACE_TEST_FULL")
	if dir == "" {
		child := exec.Command(os.Args[0], "-test.run=^TestLogDirFull$")
		child.Env = append(os.Environ(), "CGITRACE_TEST_FULL="+t.TempDir())
		if out, err := child.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = 4096
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	page, log := develop(&cgitrace.Page{LogDir: dir})
	w := traceback(page, request("GET", "*/*", ""), culprit)
	if w.Code != 500 || !strings.Contains(w.Body.String(), "culprit") || !strings.Contains(log.String(), "the traceback was not written") {
		t.Errorf("%d %s; %s", w.Code, w.Body, log)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A link that somebody has put where the folder is to be leads to a folder; the file in it
// is new and its owner's only.
func TestLogDirIsLink(t *testing.T) {
	folder, link := t.TempDir(), filepath.Join(t.TempDir(), "traces")
	if err := os.Symlink(folder, link); err != nil {
		t.Fatal(err)
	}
	page, _ := develop(&cgitrace.Page{LogDir: link})
	defer syscall.Umask(syscall.Umask(0))
	traceback(page, request("GET", "*/*", ""), culprit)
	files, _ := os.ReadDir(folder)
	if len(files) != 1 {
		t.Fatalf("%d files", len(files))
	}
	if info, err := files[0].Info(); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
