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
	"sync"
	"testing"
	"testing/synctest"
	"time"

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
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, "gzip: Compressor.Versions: Dir: ") {
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

// MaxBytes holds for the directory, too, and what has not been in use for longest goes first. In
// the bubble the saver's pace takes no time.
func TestVersions_dirBytes(t *testing.T) {
	const limit, size, n, stay = 100_000, 10_000, 15, 9
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		page := release(bundle)
		h := (&gzip.Compressor{Versions: &gzip.Versions{Dir: dir, MaxBytes: limit}}).Wrap(page)
		for i := range n {
			body := numbered(i, size)
			page.body.Store(&body)
			versionsGet(h, takesAll)
			time.Sleep(time.Second)
			synctest.Wait()
			// The disk has a clock of its own, whose ticks may be long.
			if err := os.Chtimes(versionFile(dir, body), time.Now(), time.Now()); err != nil {
				t.Fatal(err)
			}
		}
	})
	var sum int64
	for i := range n {
		info, err := os.Stat(versionFile(dir, numbered(i, size)))
		if (err == nil) != (i >= n-stay) {
			t.Errorf("%d: %v", i, err)
		}
		if err == nil {
			sum += info.Size()
		}
	}
	if names := versionFiles(t, dir); len(names) != stay || sum > limit {
		t.Errorf("%d files of %d bytes", len(names), sum)
	}
}

// There are never more than 256 files, and those of others are not among them.
func TestVersions_dirNumber(t *testing.T) {
	const n, stay = 300, 256
	dir := t.TempDir()
	for i := range n {
		body := fmt.Sprint("body ", i)
		b := fmt.Appendf(nil, "surcoat dictionary 1 {\"match\":\"/app.js\",\"size\":%d}\n%s", len(body), body)
		at := time.Now().Add(time.Duration(i-n) * time.Second)
		path := versionFile(dir, body)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := (&gzip.Compressor{Versions: versionsIn(t, dir)}).Wrap(release(bundle, "Cache-Control: no-cache"))
	for i := range n {
		if _, err := os.Stat(versionFile(dir, fmt.Sprint("body ", i))); (err == nil) != (i >= n-stay) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if names := versionFiles(t, dir); len(names) != stay+n {
		t.Errorf("%d files", len(names))
	}
	if !knows(t, h, "body 299") || knows(t, h, "body 0") {
		t.Error("the newest cannot be used, or the oldest can")
	}
}

// A file that is in use gets a new date, at most every hour, so that it is not the first to go.
func TestVersions_dirUse(t *testing.T) {
	dir := t.TempDir()
	keeps(t, dir, bundle)
	path := versionFile(dir, bundle)
	synctest.Test(t, func(t *testing.T) {
		used := func() time.Time {
			synctest.Wait()
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			return info.ModTime()
		}
		start := time.Now()
		if err := os.Chtimes(path, start, start); err != nil {
			t.Fatal(err)
		}
		h := (&gzip.Compressor{Versions: versionsIn(t, dir)}).Wrap(release(bundle2))
		for _, c := range []struct{ after, want time.Duration }{
			{10 * time.Minute, 0},
			{40 * time.Minute, 0},
			{11 * time.Minute, 61 * time.Minute},
			{50 * time.Minute, 61 * time.Minute},
			{11 * time.Minute, 122 * time.Minute},
			{100 * time.Hour, 100*time.Hour + 122*time.Minute},
		} {
			time.Sleep(c.after)
			if !knows(t, h, bundle) {
				t.Fatal("it is not used")
			}
			if got := used().Sub(start); got != c.want {
				t.Errorf("last used after %v, want %v", got, c.want)
			}
		}
		// One that somebody has removed is there again.
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		knows(t, h, bundle)
		used()
	})
}

// That the same bytes are meant for other pages now is in Dir too, if need be when the disk works
// again.
func TestVersions_dirNewPattern(t *testing.T) {
	for _, fails := range []bool{false, true} {
		t.Run(fmt.Sprint("the disk fails: ", fails), func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "versions")
			synctest.Test(t, func(t *testing.T) {
				page := release(bundle, `Use-As-Dictionary: match="/wiki/*"`)
				h := (&gzip.Compressor{Versions: &gzip.Versions{Dir: dir}}).Wrap(page)
				get := func() {
					versionsGet(h, takesAll)
					time.Sleep(time.Second)
					synctest.Wait()
				}
				move := func(from, to string) {
					if err := os.Rename(from, to); err != nil {
						t.Fatal(err)
					}
				}
				get()
				if fails {
					move(dir, dir+" away")
				}
				page.fields = nil
				get()
				if fails {
					move(dir+" away", dir)
					time.Sleep(2 * time.Hour)
					get()
				}
			})
			if !knows(t, (&gzip.Compressor{Versions: versionsIn(t, dir)}).Wrap(release(bundle2)), bundle) {
				t.Error("the new pattern is not there")
			}
		})
	}
}

// What another process keeps is found without a new start, and made-up hashes do not make the
// directory be read again and again.
func TestVersions_anotherProcess(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		h := (&gzip.Compressor{Versions: versionsIn(t, dir)}).Wrap(release(bundle2, "Cache-Control: no-cache"))
		time.Sleep(2 * time.Second)
		if knows(t, h, "made up") {
			t.Error("a made-up one is known")
		}
		keeps(t, dir, bundle)
		for i := range 100 {
			if knows(t, h, fmt.Sprint("made up ", i)) || knows(t, h, bundle) {
				t.Fatal("the directory was read again at once")
			}
		}
		time.Sleep(2 * time.Second)
		if !knows(t, h, bundle) {
			t.Error("it is not found")
		}
	})
}

// A site whose bodies are all different does not keep the disk busy.
func TestVersions_pace(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		page := release(bundle)
		h := (&gzip.Compressor{Versions: versionsIn(t, dir)}).Wrap(page)
		for i := range 50 {
			body := numbered(i, 20_000)
			page.body.Store(&body)
			versionsGet(h, takesAll)
		}
		time.Sleep(time.Second)
		if n := len(versionFiles(t, dir)); n > 15 {
			t.Errorf("%d files in the first second", n)
		}
		if _, err := os.Stat(versionFile(dir, numbered(49, 20_000))); err != nil {
			t.Errorf("the newest is not among them: %v", err)
		}
		time.Sleep(time.Minute)
		if n := len(versionFiles(t, dir)); n != 50 {
			t.Errorf("%d files in the end", n)
		}
	})
}

// Two processes share a directory and keep, use and drop what is there, all at once. Whatever a client is
// sent, it can decode.
func TestVersions_twoProcesses(t *testing.T) {
	dir := t.TempDir()
	bodies := make([]string, 30)
	for i := range bodies {
		bodies[i] = numbered(i, 9000)
	}
	var processes []*gzip.Versions
	var wg sync.WaitGroup
	for range 2 {
		v := &gzip.Versions{Dir: dir, MaxBytes: 80_000}
		processes = append(processes, v)
		page := release(bodies[0])
		s := page.at(t, 1+len(processes)%2, &gzip.Compressor{Versions: v})
		for n := range 4 {
			wg.Go(func() {
				for i := range 40 {
					page.body.Store(&bodies[(7*i+n)%len(bodies)])
					fields := []string{takesAll}
					have := bodies[(5*i+n)%len(bodies)]
					if i%2 > 0 {
						fields = has(have)
					}
					a := s.get(fields...)
					body, err := decode(a.coding(), a.raw)
					if a.coding() == "dcz" {
						body, err = decodeDCZ([]byte(have), a.raw)
					}
					if err != nil || a.rawErr != nil || !strings.Contains(string(body[6:]), bundle[:9000-6]) {
						t.Errorf("%s, %d bytes: %v, %v", a.coding(), len(body), err, a.rawErr)
					}
				}
			})
		}
	}
	wg.Wait()
	for _, v := range processes {
		gzip.Saved(v)
	}
	found := 0
	h := (&gzip.Compressor{Versions: &gzip.Versions{Dir: dir, MaxBytes: 80_000}}).Wrap(release(bundle2))
	for _, body := range bodies {
		if knows(t, h, body) {
			found++
		}
	}
	if files := len(versionFiles(t, dir)); found != files || found < 4 {
		t.Errorf("%d of %d files can be used", found, files)
	}
}
