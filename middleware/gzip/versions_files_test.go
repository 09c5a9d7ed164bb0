package gzip_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// What is in a directory need not be what this package wrote. A file is used if it is whole; it is
// removed if it was ours and no longer is.
func TestVersions_files(t *testing.T) {
	other := strings.Repeat("another ", 1000)
	for _, c := range []struct {
		name   string
		change func(b []byte) []byte
		used   bool
		stays  bool
	}{
		{"as it was", func(b []byte) []byte { return b }, true, true},
		{"empty", func(b []byte) []byte { return nil }, false, true},
		{"of somebody else", func(b []byte) []byte { return []byte(other) }, false, true},
		{"of a later format", func(b []byte) []byte { return bytes.Replace(b, []byte(" 1 "), []byte(" 2 "), 1) }, false, true},
		{"cut in the format", func(b []byte) []byte { return b[:10] }, false, true},
		{"cut in the header", func(b []byte) []byte { return b[:30] }, false, false},
		{"cut behind the header", func(b []byte) []byte { return b[:bytes.IndexByte(b, '\n')+1] }, false, false},
		{"cut", func(b []byte) []byte { return b[:len(b)-1] }, false, false},
		{"longer", func(b []byte) []byte { return append(b, 'x') }, false, false},
		{"one bit", func(b []byte) []byte { b[len(b)-1] ^= 1; return b }, false, false},
		{"zeros", func(b []byte) []byte { clear(b[bytes.IndexByte(b, '\n')+1:]); return b }, false, false},
		{"of another dictionary", func(b []byte) []byte { return bytes.Replace(b, []byte("surcoat is"), []byte("tabard is "), 1) }, false, false},
		{"no JSON", func(b []byte) []byte { return bytes.Replace(b, []byte("{"), []byte("["), 1) }, false, false},
		{"no pattern", func(b []byte) []byte { return bytes.Replace(b, []byte("/app.*"), []byte("/(a|b)"), 1) }, false, false},
		{"a negative size", func(b []byte) []byte { return bytes.Replace(b, []byte(`"size":`), []byte(`"size":-`), 1) }, false, false},
		{"a header without end", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte(" ")) }, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			keeps(t, dir, bundle)
			path := versionFile(dir, bundle)
			b, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path, c.change(b), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			v := versionsIn(t, dir)
			h := (&gzip.Compressor{Versions: v}).Wrap(release(bundle2, "Cache-Control: no-cache"))
			if got := knows(t, h, bundle); got != c.used {
				t.Errorf("used: %t", got)
			}
			gzip.Saved(v)
			if _, err := os.Lstat(path); (err == nil) != c.stays {
				t.Errorf("stays: %t", err == nil)
			}
			// It can be kept again.
			if versionsGet((&gzip.Compressor{Versions: v}).Wrap(release(bundle)), takesAll); !knows(t, h, bundle) {
				t.Error("it is not kept again")
			}
			gzip.Saved(v)
			if !knows(t, (&gzip.Compressor{Versions: versionsIn(t, dir)}).Wrap(release(bundle2)), bundle) {
				t.Error("it is not in Dir again")
			}
		})
	}
}

// A name in the directory may be anything. What is no file is not opened, and links are not
// followed.
func TestVersions_noFiles(t *testing.T) {
	for name, mk := range versionsNoFiles {
		t.Run(name, func(t *testing.T) {
			dir, elsewhere := t.TempDir(), t.TempDir()
			keeps(t, elsewhere, bundle)
			path := versionFile(dir, bundle)
			if err := mk(path, versionFile(elsewhere, bundle)); err != nil {
				t.Skip(err)
			}
			versionsNotUsed(t, dir)
			if _, err := os.Stat(versionFile(elsewhere, bundle)); err != nil {
				t.Error("what it leads to is gone")
			}
		})
	}
}

// versionsNotUsed fails when what has the name of a dictionary is used for it, or touched.
func versionsNotUsed(t *testing.T, dir string) {
	t.Helper()
	v := versionsIn(t, dir)
	if knows(t, (&gzip.Compressor{Versions: v}).Wrap(release(bundle2)), bundle) {
		t.Error("it is used")
	}
	if _, err := os.Lstat(versionFile(dir, bundle)); err != nil {
		t.Error("it is gone")
	}
}

var versionsNoFiles = map[string]func(path, target string) error{
	"a directory":       func(path, _ string) error { return os.Mkdir(path, 0o700) },
	"a link":            func(path, target string) error { return os.Symlink(target, path) },
	"a link to nothing": func(path, _ string) error { return os.Symlink("nothing", path) },
	"a link to itself":  func(path, _ string) error { return os.Symlink(filepath.Base(path), path) },
	"a link to zeros":   func(path, _ string) error { return os.Symlink("/dev/zero", path) },
	"a link in Dir": func(path, target string) error {
		b, err := os.ReadFile(target)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), "x"), b, 0o600); err != nil {
			return err
		}
		return os.Symlink("x", path)
	},
}

// A file that says of itself that it is larger than any that is kept is not read, and makes no
// others go.
func TestVersions_hugeFile(t *testing.T) {
	dir := t.TempDir()
	keeps(t, dir, bundle)
	path := versionFile(dir, "huge")
	header := "surcoat dictionary 1 {\"match\":\"/*\",\"size\":1099511627776}\n"
	if err := os.WriteFile(path, []byte(header), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(len(header))+1<<40); err != nil {
		t.Skip(err)
	}
	h := (&gzip.Compressor{Versions: versionsIn(t, dir)}).Wrap(release(bundle2))
	if knows(t, h, "huge") || !knows(t, h, bundle) {
		t.Error("the huge one is used, or the other one is not")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("it is still there")
	}
}

// A directory may have what there is no room for in memory.
func TestVersions_littleMemory(t *testing.T) {
	dir := t.TempDir()
	small := bundle[:60]
	v := versionsIn(t, dir)
	page := release(small)
	versionsGet((&gzip.Compressor{Versions: v, MinSize: 1}).Wrap(page), takesAll)
	gzip.Saved(v)
	h := (&gzip.Compressor{Versions: &gzip.Versions{Dir: dir, MaxBytes: 500}, MinSize: 1}).Wrap(page)
	for range 3 {
		if !knows(t, h, small) {
			t.Error("it is not used")
		}
	}
}

// Temporary files are removed when whoever wrote them must be dead.
func TestVersions_temporaryFiles(t *testing.T) {
	dir := t.TempDir()
	long := time.Now().Add(-time.Hour)
	for name, old := range map[string]bool{
		filepath.Base(versionFile(dir, "a")) + ".OLD.tmp": true,
		filepath.Base(versionFile(dir, "a")) + ".NEW.tmp": false,
		"notes.tmp":  true,
		"notes.dict": true,
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if old {
			if err := os.Chtimes(path, long, long); err != nil {
				t.Fatal(err)
			}
		}
	}
	(&gzip.Compressor{Versions: versionsIn(t, dir)}).Wrap(http.HandlerFunc(text))
	if names := strings.Join(versionFiles(t, dir), " "); strings.Contains(names, "OLD") || strings.Count(names, " ") != 2 {
		t.Errorf("left: %s", names)
	}
}
