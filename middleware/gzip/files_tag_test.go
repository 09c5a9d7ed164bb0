package gzip_test

import (
	"embed"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// fetch asks h without a server in between.
func fetch(h http.Handler, path string, fields ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		r.Header.Add(name, value)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

// Each coding has a tag of its own, a strong one, which a Compressor does not take for one of its.
func TestFiles_tags(t *testing.T) {
	same := map[string]string{"a.txt": prose, "a.txt.zst": prose, "a.txt.br": prose, "a.txt.gz": prose, "b.txt": prose}
	form := regexp.MustCompile(`^"[0-9a-z.]+"$`)
	for _, kind := range fileSystems {
		t.Run(kind.name, func(t *testing.T) {
			files := kind.of(t, same)
			seen := map[string]string{}
			for _, accept := range []string{"zstd", "br", "gzip", ""} {
				tag := fetch(&gzip.Files{FS: files}, "/a.txt", "Accept-Encoding: "+accept).Header().Get("Etag")
				if !form.MatchString(tag) || seen[tag] != "" {
					t.Errorf("for %q: %s, as for %q", accept, tag, seen[tag])
				}
				seen[tag] = accept
				if again := fetch(&gzip.Files{FS: files}, "/a.txt", "Accept-Encoding: "+accept).Header().Get("Etag"); again != tag {
					t.Errorf("in the next process: %s, not %s", again, tag)
				}
			}
		})
	}
}

//go:embed files.go files_test.go
var embedded embed.FS

// embed.FS has no times; the tag is that of the content, and there is no date.
func TestFiles_embed(t *testing.T) {
	files := &gzip.Files{FS: embedded}
	protocols(t, func(t *testing.T, proto int) {
		s := serveHandler(t, proto, wrap(files))
		tags := map[string]bool{}
		for _, name := range []string{"files.go", "files_test.go"} {
			body, err := embedded.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			a := s.ask("GET", "/"+name, takesGzip)
			a.is("gzip", string(body))
			a.field("Last-Modified")
			tags[a.Header.Get("Etag")] = true
			s.ask("GET", "/"+name, takesGzip, "If-None-Match: "+a.Header.Get("Etag")).status(304)
			s.ask("GET", "/"+name, "Range: bytes=8-11").has(206, "", string(body[8:12]))
		}
		if len(tags) != 2 || tags[""] {
			t.Errorf("tags %v", tags)
		}
	})
}

// What a modification time says depends on when it was.
func TestFiles_tagsAndTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(30 * 365 * 24 * time.Hour) // synctest begins in 2000; the case of 1980 should be far away
		now := time.Now()
		large := strings.Repeat(prose, 100)
		for _, c := range []struct {
			name     string
			modified time.Time
			body     string
			content  bool   // the tag is another for another content of the same size and time
			prefix   string // of the tag
			dated    bool   // with Last-Modified
		}{
			{"an hour ago", now.Add(-time.Hour), prose, false, `"`, true},
			{"three seconds ago", now.Add(-3 * time.Second), prose, false, `"`, true},
			{"just now", now.Add(-time.Second), prose, true, `"`, true},
			{"just now, by another clock", now.Add(time.Second), prose, true, `"`, true},
			{"just now, large", now.Add(-time.Second), large, false, `W/"`, true},
			{"tomorrow", now.Add(24 * time.Hour), prose, true, `"`, false},
			{"embedded", time.Time{}, prose, true, `"`, false},
			{"Unix 0", time.Unix(0, 0), prose, true, `"`, false},
			{"Nix", time.Unix(1, 0), prose, true, `"`, false},
			{"zip", time.Date(1980, 2, 1, 0, 0, 0, 0, time.UTC), prose, true, `"`, false},
			{"embedded, large", time.Time{}, large, true, `"`, false},
		} {
			other := strings.Replace(c.body, "surcoat", "tabards", 1)
			one := fetch(&gzip.Files{FS: inMemory(map[string]string{"a.txt": c.body}, c.modified)}, "/a.txt").Header()
			two := fetch(&gzip.Files{FS: inMemory(map[string]string{"a.txt": other}, c.modified)}, "/a.txt").Header()
			if !strings.HasPrefix(one.Get("Etag"), c.prefix) || (one.Get("Etag") != two.Get("Etag")) != c.content {
				t.Errorf("%s: %s and %s", c.name, one.Get("Etag"), two.Get("Etag"))
			}
			if dated := one.Get("Last-Modified") != ""; dated != c.dated {
				t.Errorf("%s: Last-Modified %q", c.name, one.Get("Last-Modified"))
			}
		}
	})
}

// A file that is replaced twice within one step of the file system's clock, by one of the same size.
func TestFiles_replacedWithinOneTick(t *testing.T) {
	dir := t.TempDir()
	h := &gzip.Files{FS: os.DirFS(dir)}
	now := time.Now()
	path := filepath.Join(dir, "a.txt")
	put(t, path, "version one", now)
	first := fetch(h, "/a.txt").Header().Get("Etag")
	put(t, path, "version two", now)
	again := fetch(h, "/a.txt", "If-None-Match: "+first)
	if again.Code != 200 || again.Body.String() != "version two" {
		t.Errorf("status %d %q, tags %s and %s", again.Code, again.Body, first, again.Header().Get("Etag"))
	}
}

// Builds that are to be reproducible give all their files one time, and an index.html that names
// hashes has the same size in each. Turning a link to the next build must show.
func TestFiles_linkTurned(t *testing.T) {
	dir := t.TempDir()
	constant := time.Unix(1, 0)
	for i, hash := range []string{"3f2a", "9c1b"} {
		put(t, filepath.Join(dir, fmt.Sprint("build", i), "index.html"), "<script src=app."+hash+".js>", constant)
	}
	current := filepath.Join(dir, "current")
	h := &gzip.Files{FS: os.DirFS(current)}
	var tag string
	for i := range 2 {
		_ = os.Remove(current)
		if err := os.Symlink(fmt.Sprint("build", i), current); err != nil {
			t.Skip(err)
		}
		a := fetch(h, "/", "If-None-Match: "+tag)
		if a.Code != 200 || a.Header().Get("Last-Modified") != "" {
			t.Errorf("build %d: status %d, %v", i, a.Code, a.Header())
		}
		tag = a.Header().Get("Etag")
		if a := fetch(h, "/", "If-None-Match: "+tag); a.Code != 304 {
			t.Errorf("build %d, again: status %d", i, a.Code)
		}
	}
}

// The hash is that of the whole content, also where the type had to be sniffed from its beginning.
func TestFiles_hashAfterSniffing(t *testing.T) {
	tags := map[string]bool{}
	for _, body := range []string{"one" + prose, "two" + prose} {
		tags[fetch(&gzip.Files{FS: inMemory(map[string]string{"LICENSE": body}, time.Time{})}, "/LICENSE").Header().Get("Etag")] = true
	}
	if len(tags) != 2 {
		t.Errorf("tags %v", tags)
	}
}

// A hash is made once.
func TestFiles_hashIsRemembered(t *testing.T) {
	files := &reads{MapFS: inMemory(map[string]string{"a.txt": prose, "a.txt.gz": prose}, time.Time{})}
	h := &gzip.Files{FS: files}
	tag := map[string]string{}
	for i := range 3 {
		for _, accept := range []string{"", "gzip"} {
			files.n = 0
			a := fetch(h, "/a.txt", "Accept-Encoding: "+accept, "If-None-Match: "+tag[accept])
			tag[accept] = a.Header().Get("Etag")
			if i > 0 && (a.Code != 304 || files.n > 0) {
				t.Errorf("request %d: status %d, %d bytes read", i, a.Code, files.n)
			}
		}
	}
}

// reads counts the bytes that are read.
type reads struct {
	fstest.MapFS
	n int
}

func (f *reads) Open(name string) (fs.File, error) {
	file, err := f.MapFS.Open(name)
	if err != nil {
		return nil, err
	}
	return &readingFile{file.(seekingFile), f}, nil
}

type readingFile struct {
	seekingFile
	files *reads
}

func (r *readingFile) Read(p []byte) (int, error) {
	n, err := r.seekingFile.Read(p)
	r.files.n += n
	return n, err
}

// While new versions are renamed into place, no answer mixes two, and no tag names two.
func TestFiles_deploys(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "index.html")
	version := func(i int) string { return strings.Repeat(fmt.Sprintf("version %03d\n", i), 3000) }
	deploy := func(i int) {
		for ext, body := range map[string]string{".gz": "gz " + version(i), "": version(i)} {
			if err := os.WriteFile(path+".new", []byte(body), 0o644); err != nil {
				t.Error(err)
			}
			if err := os.Rename(path+".new", path+ext); err != nil {
				t.Error(err)
			}
		}
	}
	deploy(0)
	s := serveHandler(t, 1, &gzip.Files{FS: rootOf(t, dir)})
	var mu sync.Mutex
	bodies := map[string]string{}
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				r, err := http.NewRequest("GET", s.server.URL, nil)
				if err != nil {
					t.Error(err)
					return
				}
				r.Header.Set("Accept-Encoding", []string{"gzip", "identity"}[i%2])
				a, err := s.server.Client().Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				raw, err := io.ReadAll(a.Body)
				a.Body.Close()
				body, tag := string(raw), a.Header.Get("Etag")
				lines := strings.Split(strings.TrimPrefix(strings.TrimSuffix(body, "\n"), "gz "), "\n")
				if err != nil || a.StatusCode != 200 || len(lines) != 3000 || lines[0] != lines[2999] || lines[0] != lines[1500] {
					t.Errorf("status %d, %d lines from %q to %q (%v)", a.StatusCode, len(lines), lines[0], lines[len(lines)-1], err)
					return
				}
				mu.Lock()
				if known, ok := bodies[tag]; ok && known != body {
					t.Errorf("%s is the tag of %.12q and of %.12q", tag, known, body)
				}
				bodies[tag] = body
				mu.Unlock()
			}
		})
	}
	for i := range 100 {
		deploy(i)
	}
	close(done)
	wg.Wait()
}
