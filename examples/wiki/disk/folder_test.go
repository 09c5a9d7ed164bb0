package disk_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/examples/wiki/disk"
)

func TestWriteReplacesWhole(t *testing.T) {
	dir := t.TempDir()
	f, err := disk.Open(filepath.Join(dir, "deep", "data"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"first", "second, longer", ""} {
		unlock, err := f.Lock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Write([]byte(text), "a", "b"); err != nil {
			t.Fatal(err)
		}
		unlock()
		got, err := os.ReadFile(f.Path("a", "b"))
		if err != nil || string(got) != text {
			t.Errorf("got %q, %v; want %q", got, err, text)
		}
	}
	if left, _ := os.ReadDir(f.Path("tmp")); len(left) != 0 {
		t.Errorf("temporary files stay: %v", left)
	}
}

func TestOpenSweepsWhatAKilledWriterLeft(t *testing.T) {
	dir := t.TempDir()
	if _, err := disk.Open(dir); err != nil {
		t.Fatal(err)
	}
	stray := filepath.Join(dir, "tmp", "write123")
	if err := os.WriteFile(stray, []byte("half a p"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := disk.Open(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(stray); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the stray file is still there: %v", err)
	}
}

// A path below a regular file cannot be made even by root.
func TestOpenBelowAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, filepath.Join(file, "data")} {
		if _, err := disk.Open(path); err == nil {
			t.Errorf("Open(%q) succeeded", path)
		}
	}
}

func TestLockKeepsOthersOut(t *testing.T) {
	dir := t.TempDir()
	// Two Folders stand for two processes: flock is per open file.
	a, err := disk.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	b, err := disk.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := a.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := b.Lock(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the second lock: %v", err)
	}
	unlock()
	unlock, err = b.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestName(t *testing.T) {
	for _, c := range []struct{ key, want string }{
		{"welcome", "welcome"},
		{"two words", "two_words"},
		{"Welcome", "=57elcome"},
		{"..", "=2e=2e"},
		{"../../etc/passwd", "=2e=2e=2f=2e=2e=2fetc=2fpasswd"},
		{"con", "=63on"},
		{"com1", "=63om1"},
		{"console", "console"},
		{"con.txt", "con=2etxt"},
		{"-rf", "=2drf"},
		{"a-b", "a-b"},
		{"a=2d", "a=3d2d"},
		{"é", "=c3=a9"},
		{"nul\x00", "nul=00"},
		{"", "="},
	} {
		if got := disk.Name(c.key); got != c.want {
			t.Errorf("Name(%q) = %q, want %q", c.key, got, c.want)
		}
		if key, whole := disk.Key(c.want); key != c.key || !whole {
			t.Errorf("Key(%q) = %q, %t", c.want, key, whole)
		}
	}
	for _, name := range []string{"=g0", "=4", "a="} {
		if key, whole := disk.Key(name); key != "" || whole {
			t.Errorf("Key(%q) = %q, %t", name, key, whole)
		}
	}
}

func FuzzName(f *testing.F) {
	f.Add("a", "A")
	f.Add("nul", "nul.")
	f.Add(strings.Repeat("x", 300), strings.Repeat("x", 301))
	f.Add(strings.Repeat("é", 300), "../x")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := disk.Name(a), disk.Name(b)
		if a != b && x == y {
			t.Errorf("%q and %q share the name %q", a, b, x)
		}
		if x == "" || len(x) > 120 || x[0] == '-' || strings.ToLower(x) != x || strings.ContainsAny(x, `./\:*?"<>| `+"\x00") {
			t.Errorf("Name(%q) = %q is not safe", a, x)
		}
		if key, whole := disk.Key(x); whole && key != a || !strings.HasPrefix(a, key) {
			t.Errorf("Key(Name(%q)) = %q, %t", a, key, whole)
		}
		_, _ = disk.Key(a) // whatever lies in the folder
	})
}

// A process of which there is one for each request waits for no writer, and clears away what one
// has left when it writes itself.
func TestReopen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if f, err := disk.Reopen(dir); err != nil || f == nil { // of a folder that is not there, it is Open
		t.Fatal(err)
	}
	writer, err := disk.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := writer.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(dir, "tmp", "write123")
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := disk.Reopen(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); err != nil {
		t.Errorf("the writer's file is gone: %v", err)
	}
	unlock()
	unlock, err = f.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if _, err := os.Stat(left); err == nil {
		t.Error("it is left")
	}
}
