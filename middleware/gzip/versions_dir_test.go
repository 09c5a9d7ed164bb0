package gzip_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// versionFile returns the path of the file of a dictionary.
func versionFile(dir, body string) string {
	hash := sha256.Sum256([]byte(body))
	return filepath.Join(dir, hex.EncodeToString(hash[:])+".dict")
}

// versionFiles returns the names in a directory.
func versionFiles(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// versionsIn returns Versions in a directory, which is not removed before they are done with it.
func versionsIn(t *testing.T, dir string) *gzip.Versions {
	v := &gzip.Versions{Dir: dir}
	t.Cleanup(func() { gzip.Saved(v) })
	return v
}

// keeps puts a body into a directory, as a process does that serves it and ends.
func keeps(t *testing.T, dir, body string) {
	t.Helper()
	v := versionsIn(t, dir)
	h := (&gzip.Compressor{Versions: v}).Wrap(release(body))
	versionsGet(h, takesAll)
	gzip.Saved(v)
	if _, err := os.Stat(versionFile(dir, body)); err != nil {
		t.Fatal(err)
	}
}

// After a new release the process is another one, and the first client that asks has what the old
// one served.
func TestVersions_restart(t *testing.T) {
	protocols(t, func(t *testing.T, proto int) {
		dir := filepath.Join(t.TempDir(), "cache", "versions")
		old := &gzip.Versions{Dir: dir}
		release(bundle).at(t, proto, &gzip.Compressor{Versions: old}).get(takesAll).is("zstd", bundle)
		gzip.Saved(old)

		s := release(bundle2).at(t, proto, &gzip.Compressor{Versions: versionsIn(t, dir)})
		first := s.get(has(bundle)...)
		first.isDCZ([]byte(bundle), bundle2)
		first.field("Vary", "Accept-Encoding", "Available-Dictionary")
		s.server.URL += "on" // the pattern is known again, too: /app.*
		s.get(has(bundle)...).isDCZ([]byte(bundle), bundle2)
		s.server.URL = strings.TrimSuffix(s.server.URL, "/app.json") + "/elsewhere"
		s.get(has(bundle)...).is("zstd", bundle2)

		if runtime.GOOS == "windows" {
			return
		}
		for path, mode := range map[string]fs.FileMode{dir: 0o700 | fs.ModeDir, filepath.Dir(dir): 0o700 | fs.ModeDir, versionFile(dir, bundle): 0o600} {
			if info, err := os.Stat(path); err != nil || info.Mode() != mode {
				t.Errorf("%s: %v, %v", path, info.Mode(), err)
			}
		}
	})
}

// The vary that caches are told does not wait for the first file to be read.
func TestVersions_restartVary(t *testing.T) {
	dir := t.TempDir()
	keeps(t, dir, bundle)
	h := (&gzip.Compressor{Versions: versionsIn(t, dir)}).Wrap(release(bundle2, "Use-As-Dictionary"))
	if got := versionsGet(h, takesAll).Header().Values("Vary"); strings.Join(got, ", ") != "Accept-Encoding, Available-Dictionary" {
		t.Errorf("Vary %s", got)
	}
}

// What a relative pattern was relative to outlives the process as well.
func TestVersions_restartRelative(t *testing.T) {
	for _, match := range []string{"app.*", "*", "?v=1", "/:page", "{/app.js}?", `/\app.js`} {
		t.Run(match, func(t *testing.T) {
			dir := t.TempDir()
			v := &gzip.Versions{Dir: dir}
			page := release(bundle, `Use-As-Dictionary: match="`+strings.ReplaceAll(match, `\`, `\\`)+`"`)
			s := page.at(t, 1, &gzip.Compressor{Versions: v})
			s.server.URL += "?v=1"
			s.get(takesAll).is("zstd", bundle)
			gzip.Saved(v)
			s = release(bundle2).at(t, 1, &gzip.Compressor{Versions: versionsIn(t, dir)})
			s.server.URL += "?v=1"
			s.get(has(bundle)...).isDCZ([]byte(bundle), bundle2)
		})
	}
}

func TestVersions_dirPanics(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	sealed := filepath.Join(dir, "sealed")
	if err := os.Mkdir(sealed, 0o500); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, dir string }{
		{"a file", file},
		{"in a file", filepath.Join(file, "versions")},
		{"not a name", "a\x00b"},
		{"cannot be made", filepath.Join(sealed, "versions")},
		{"cannot be written", sealed},
		{"cannot be made by anybody", "/proc/versions"},
		{"cannot be written by anybody", "/proc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if strings.HasPrefix(c.dir, sealed) && (runtime.GOOS == "windows" || os.Getuid() == 0) {
				t.Skip("this user may write everywhere")
			}
			if _, err := os.Stat("/proc/self"); err != nil && strings.HasPrefix(c.dir, "/proc") {
				t.Skip("not on this system")
			}
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, "gzip: Versions.Dir: ") {
					t.Errorf("panic: %s", got)
				}
			}()
			(&gzip.Compressor{Versions: &gzip.Versions{Dir: c.dir}}).Wrap(http.HandlerFunc(text))
			t.Error("no panic")
		})
	}
}

// A Dir that could not be used at first can be used when it can.
func TestVersions_dirMendedLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "versions")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	v := &gzip.Versions{Dir: path}
	wraps := func() (failure any) {
		defer func() { failure = recover() }()
		(&gzip.Compressor{Versions: v}).Wrap(http.HandlerFunc(text))
		return nil
	}
	if wraps() == nil {
		t.Error("no panic")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if failure := wraps(); failure != nil {
		t.Error(failure)
	}
}

// When the disk fails, responses do not: the dictionaries are in memory, and the log says so once
// for all of a failure.
func TestVersions_diskFails(t *testing.T) {
	var said bytes.Buffer
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(slog.NewTextHandler(&said, nil)))

	dir := filepath.Join(t.TempDir(), "versions")
	v := &gzip.Versions{Dir: dir}
	page := release(bundle)
	s := page.at(t, 1, &gzip.Compressor{Versions: v})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		body := numbered(i, 2000)
		page.body.Store(&body)
		s.get(takesAll).is("zstd", body)
		gzip.Saved(v)
		s.get(has(body)...).isDCZ([]byte(body), body)
	}
	if n := strings.Count(said.String(), "Versions.Dir"); n != 1 || !strings.Contains(said.String(), dir) {
		t.Errorf("the log says %d times: %s", n, &said)
	}

	// It is back, but a file cannot be made.
	body := numbered(3, 2000)
	if err := os.MkdirAll(filepath.Join(versionFile(dir, body), "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	page.body.Store(&body)
	s.get(takesAll).is("zstd", body)
	gzip.Saved(v)
	s.get(has(body)...).isDCZ([]byte(body), body)
	if names := versionFiles(t, dir); len(names) != 1 {
		t.Errorf("something is left: %q", names)
	}

	body = numbered(4, 2000)
	page.body.Store(&body)
	s.get(takesAll).is("zstd", body)
	gzip.Saved(v)
	if _, err := os.Stat(versionFile(dir, body)); err != nil {
		t.Error(err)
	}
}
