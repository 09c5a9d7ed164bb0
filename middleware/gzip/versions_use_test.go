package gzip_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/gzip"
)

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
