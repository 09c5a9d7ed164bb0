package gzip_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/surcoat/surcoat/middleware/gzip"
)

func TestFiles_negotiation(t *testing.T) {
	everywhere(t, publicFiles, func(t *testing.T, s *site) {
		for _, c := range []struct{ path, accept, coding, raw string }{
			{"/app.js", "gzip, deflate, br, zstd", "zstd", "app in zstd"},
			{"/app.js", "gzip, deflate, br", "br", "app in brotli"},
			{"/app.js", "gzip, deflate", "gzip", "app in gzip"},
			{"/app.js", "x-gzip", "gzip", "app in gzip"},
			{"/app.js", "GZIP", "gzip", "app in gzip"},
			{"/app.js", "*", "zstd", "app in zstd"},
			{"/app.js", "zstd;q=0, *", "br", "app in brotli"},
			{"/app.js", "gzip, br;q=0.5, zstd;q=0.2", "gzip", "app in gzip"},
			{"/app.js", "gzip;q=0", "", prose},
			{"/app.js", "gzip;q=high", "", prose},
			{"/app.js", "notgzip", "", prose},
			{"/app.js", "identity;q=1, gzip;q=0.5", "", prose},
			{"/app.js", "*;q=0", "", prose},
			{"/app.js", "identity;q=0", "", prose},
			{"/style.css", "gzip, br, zstd", "gzip", "style in gzip"},
			{"/style.css", "zstd, br;q=0.9, gzip;q=0.1", "gzip", "style in gzip"},
			{"/style.css", "br, zstd", "", publicFiles["style.css"]},
			{"/style.css", "zstd, *;q=0.5, gzip;q=0.1", "", publicFiles["style.css"]}, // identity is a star's, too
			{"/plain.txt", "gzip, br, zstd", "", prose},
			{"/half.txt", "gzip", "", prose},
			{"/", "gzip", "gzip", "home in gzip"},
			{"/index.html", "gzip", "gzip", "home in gzip"},
			{"/docs/", "gzip, zstd", "zstd", "docs in zstd"},
			{"/empty.txt", "gzip", "", ""},
		} {
			s.ask("GET", c.path, "Accept-Encoding: "+c.accept).has(200, c.coding, c.raw)
		}
		a := s.ask("GET", "/app.js", "Accept-Encoding: deflate", "Accept-Encoding: gzip")
		a.has(200, "gzip", "app in gzip")
		s.ask("GET", "/app.js").has(200, "", prose)
		s.quiet()
	})
}

// On each answer that another client would get otherwise, and only there.
// https://github.com/tkoenig89/express-static-gzip/issues/6 forgot the plain one,
// https://github.com/caddyserver/caddy/issues/5849 the 304, https://github.com/google/ngx_brotli/issues/97 has it everywhere.
func TestFiles_vary(t *testing.T) {
	everywhere(t, publicFiles, func(t *testing.T, s *site) {
		for _, path := range []string{"/app.js", "/style.css", "/", "/page"} {
			for _, accept := range []string{"zstd, br, gzip", "gzip", "deflate", "gzip;q=0", "identity"} {
				for _, extra := range []string{"X-None: 1", "Range: bytes=1-2", "Range: bytes=9999999-", "If-None-Match: *", `If-Match: "x"`} {
					s.ask("GET", path, "Accept-Encoding: "+accept, extra).field("Vary", "Accept-Encoding")
				}
			}
			s.ask("HEAD", path).field("Vary", "Accept-Encoding")
		}
		for _, path := range []string{"/plain.txt", "/logo.png", "/half.txt", "/app.js.gz", "/nowhere", "/lonely.js", "/docs"} {
			for _, extra := range []string{"X-None: 1", "If-None-Match: *", "Range: bytes=1-2"} {
				s.ask("GET", path, takesGzip, extra).field("Vary")
			}
		}
	})
}

// The type is the plain file's; https://github.com/static-web-server/static-web-server/issues/470 is what
// becomes of a copy that is taken for a file.
func TestFiles_contentType(t *testing.T) {
	everywhere(t, publicFiles, func(t *testing.T, s *site) {
		for _, c := range []struct{ path, accept, want string }{
			{"/app.js", "", "text/javascript; charset=utf-8"},
			{"/app.js", "zstd", "text/javascript; charset=utf-8"},
			{"/style.css", "gzip", "text/css; charset=utf-8"},
			{"/LICENSE", "", "text/plain; charset=utf-8"},
			{"/LICENSE", "gzip", "text/plain; charset=utf-8"}, // sniffed, but not from the copy
			{"/page", "br", "text/html; charset=utf-8"},
			{"/logo.png", "gzip", "image/png"},
			{"/", "gzip", "text/html; charset=utf-8"},
			{"/app.js.gz", "gzip", "application/gzip"},
			{"/app.js.zst", "zstd", "application/zstd"},
			{"/app.js.br", "br", "application/octet-stream"},
		} {
			s.ask("GET", c.path, "Accept-Encoding: "+c.accept).field("Content-Type", c.want)
			s.ask("GET", c.path, "Accept-Encoding: "+c.accept, "Range: bytes=3-4").field("Content-Type", c.want)
		}
		s.ask("GET", "/app.js.gz", takesGzip).has(200, "", "app in gzip")
	})
}

// The header of a HEAD is that of the GET, with a length also beside a coding:
// https://github.com/caddyserver/caddy/issues/7040, https://github.com/golang/go/issues/66735.
func TestFiles_head(t *testing.T) {
	everywhere(t, publicFiles, func(t *testing.T, s *site) {
		for _, path := range []string{"/app.js", "/style.css", "/plain.txt", "/empty.txt", "/page", "/", "/docs", "/nowhere"} {
			for _, accept := range []string{"", "zstd", "br", "gzip"} {
				get := s.ask("GET", path, "Accept-Encoding: "+accept)
				head := s.ask("HEAD", path, "Accept-Encoding: "+accept)
				head.status(get.StatusCode)
				get.Header.Del("Date")
				head.Header.Del("Date")
				if g, h := fmt.Sprint(get.Header), fmt.Sprint(head.Header); g != h {
					t.Errorf("%s for %q:\nGET  %s\nHEAD %s", path, accept, g, h)
				}
				if want := int64(len(get.raw)); get.ContentLength != want || head.ContentLength != want || len(head.raw) > 0 {
					t.Errorf("%s for %q: Content-Length %d and %d, want %d", path, accept, get.ContentLength, head.ContentLength, want)
				}
			}
		}
	})
}

func TestFiles_methods(t *testing.T) {
	everywhere(t, publicFiles, func(t *testing.T, s *site) {
		for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH"} {
			for _, path := range []string{"/app.js", "/nowhere"} {
				a := s.ask(method, path, "Accept: application/json")
				a.status(405)
				a.field("Allow", "GET, HEAD")
				a.field("Content-Type", "application/problem+json")
			}
		}
	})
}

func TestFiles_copiesThatAreNotUsed(t *testing.T) {
	now := time.Now()
	file := func(age time.Duration, body string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(body), Mode: 0o644, ModTime: now.Add(-age)}
	}
	plain := file(time.Hour, prose)
	for _, c := range []struct {
		name   string
		fs     fs.FS
		coding string
		vary   bool
	}{
		{"newer", fstest.MapFS{"a.txt": plain, "a.txt.gz": file(time.Minute, "gz")}, "gzip", true},
		{"as old", fstest.MapFS{"a.txt": plain, "a.txt.gz": file(time.Hour, "gz")}, "gzip", true},
		{"older", fstest.MapFS{"a.txt": plain, "a.txt.gz": file(time.Hour+1, "gz")}, "", false},
		{"older, another is not", fstest.MapFS{"a.txt": plain, "a.txt.zst": file(2*time.Hour, "z"), "a.txt.gz": file(time.Hour, "gz")}, "gzip", true},
		{"no time", fstest.MapFS{"a.txt": plain, "a.txt.gz": {Data: []byte("gz"), Mode: 0o644}}, "", false},
		{"only the file has none", fstest.MapFS{"a.txt": {Data: []byte(prose)}, "a.txt.gz": file(time.Hour, "gz")}, "gzip", true},
		{"empty", fstest.MapFS{"a.txt": plain, "a.txt.gz": file(time.Minute, "")}, "", false},
		{"a directory", fstest.MapFS{"a.txt": plain, "a.txt.gz/b": file(time.Minute, "gz")}, "", false},
		{"a device", fstest.MapFS{"a.txt": plain, "a.txt.gz": {Mode: fs.ModeDevice | 0o644, Data: []byte("gz"), ModTime: now}}, "", false},
		{"unreadable", refusing{fstest.MapFS{"a.txt": plain, "a.txt.gz": file(time.Minute, "gz")}, "a.txt.gz", fs.ErrPermission}, "", false},
		{"broken", refusing{fstest.MapFS{"a.txt": plain, "a.txt.gz": file(time.Minute, "gz")}, "a.txt.gz", syscall.EIO}, "", false},
		{"broken, another is not", refusing{fstest.MapFS{"a.txt": plain, "a.txt.zst": file(time.Minute, "z"), "a.txt.gz": file(time.Minute, "gz")}, "a.txt.zst", syscall.EIO}, "gzip", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := serveHandler(t, 1, &gzip.Files{FS: c.fs}).ask("GET", "/a.txt", "Accept-Encoding: gzip, zstd, br")
			if c.coding == "" {
				a.has(200, "", prose)
			} else {
				a.has(200, c.coding, "gz")
			}
			if got := a.Header.Get("Vary") != ""; got != c.vary {
				t.Errorf("Vary %q", a.Header.Get("Vary"))
			}
		})
	}
}

// refusing cannot open one file.
type refusing struct {
	fs.FS
	name string
	err  error
}

func (f refusing) Open(name string) (fs.File, error) {
	if name == f.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: f.err}
	}
	return f.FS.Open(name)
}

// A copy without its file would be of use to some clients only, so it is nothing.
func TestFiles_withoutItsFile(t *testing.T) {
	everywhere(t, publicFiles, func(t *testing.T, s *site) {
		s.ask("GET", "/lonely.js", takesGzip).status(404)
		s.ask("GET", "/lonely.js.gz", takesGzip).has(200, "", "a copy without its file")
	})
}

func TestFiles_errors(t *testing.T) {
	pathError := func(err error) error { return &fs.PathError{Op: "open", Path: "/srv/secret/a.txt", Err: err} }
	for _, c := range []struct {
		err    error
		status int
	}{
		{fs.ErrNotExist, 404},
		{fs.ErrInvalid, 404},
		{pathError(fs.ErrNotExist), 404},
		{pathError(syscall.ENOTDIR), 404},
		{pathError(syscall.ENAMETOOLONG), 404},
		{pathError(syscall.EACCES), 403},
		{pathError(fs.ErrPermission), 403},
		{pathError(syscall.EMFILE), 500}, // a 404 might be remembered
		{errors.New("open /srv/secret/a.txt: the disk is gone"), 500},
	} {
		t.Run(c.err.Error(), func(t *testing.T) {
			h := &gzip.Files{
				FS:     refusing{inMemory(publicFiles, longAgo), "app.js", c.err},
				Header: func(_ string, h http.Header) { h.Set("Cache-Control", "public") },
			}
			protocols(t, func(t *testing.T, proto int) {
				s := serveHandler(t, proto, h)
				a := s.ask("GET", "/app.js", takesGzip, "Accept: text/html")
				a.status(c.status)
				a.field("Content-Type", "text/html; charset=utf-8")
				a.field("Cache-Control", "no-store")
				a.field("Content-Encoding")
				a.field("Etag")
				if strings.Contains(string(a.raw), "secret") {
					t.Errorf("the page says too much: %s", a.raw)
				}
				s.ask("GET", "/app.js").field("Content-Type", "text/plain; charset=utf-8")
			})
		})
	}
}

// A name may be longer than any file's.
func TestFiles_longName(t *testing.T) {
	everywhere(t, publicFiles, func(t *testing.T, s *site) {
		s.ask("GET", "/"+strings.Repeat("x", 300), takesGzip).status(404)
		s.ask("GET", "/"+strings.Repeat("x/", 3000), takesGzip).status(404)
		s.ask("GET", "/"+strings.Repeat("x", 254)+".js", takesGzip).status(404)
	})
}

// The length of a copy's name can be too much where the file's is not.
func TestFiles_longNameOfACopy(t *testing.T) {
	name := strings.Repeat("x", 250) + ".html"
	serveHandler(t, 1, &gzip.Files{FS: os.DirFS(onDisk(t, map[string]string{name: prose}))}).
		ask("GET", "/"+name, takesGzip).has(200, "", prose)
}

func TestFiles_notFound(t *testing.T) {
	var files *gzip.Files
	files = &gzip.Files{
		FS: inMemory(publicFiles, longAgo),
		NotFound: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			inner := r.Clone(r.Context())
			inner.URL.Path, inner.URL.RawPath = "/", ""
			files.ServeHTTP(w, inner)
		}),
	}
	protocols(t, func(t *testing.T, proto int) {
		s := serveHandler(t, proto, files)
		for _, path := range []string{"/users/7", "/.env", "/../x", "/bare", "/bare/", "/lonely.js"} {
			s.ask("GET", path, takesGzip).has(200, "gzip", "home in gzip")
		}
		s.ask("POST", "/users/7").status(405)
		s.ask("GET", "/app.js").has(200, "", prose)
	})
}

func TestFiles_header(t *testing.T) {
	var mu sync.Mutex
	var names []string
	h := &gzip.Files{FS: inMemory(publicFiles, longAgo), Header: func(name string, h http.Header) {
		mu.Lock()
		defer mu.Unlock()
		names = append(names, name)
		if name == "app.js" {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
			h.Set("Use-As-Dictionary", `match="/app*.js"`)
			h.Set("Vary", "Origin")
			h.Set("Content-Type", "text/javascript")
		}
	}}
	protocols(t, func(t *testing.T, proto int) {
		s := serveHandler(t, proto, h)
		names = nil
		first := s.ask("GET", "/app.js", takesGzip)
		first.has(200, "gzip", "app in gzip")
		first.field("Content-Type", "text/javascript")
		for _, extra := range []string{"X-None: 1", "Range: bytes=0-1", "If-None-Match: " + first.Header.Get("Etag")} {
			a := s.ask("GET", "/app.js", takesGzip, extra)
			a.field("Cache-Control", "public, max-age=31536000, immutable")
			a.field("Use-As-Dictionary", `match="/app*.js"`)
			a.field("Vary", "Origin", "Accept-Encoding")
		}
		// What was said of the file is not said of an error.
		a := s.ask("GET", "/app.js", takesGzip, "Range: bytes=99-")
		a.status(416)
		a.field("Cache-Control", "no-store")
		a.field("Use-As-Dictionary")
		s.ask("GET", "/docs/")
		s.ask("GET", "/nowhere")
		if got := strings.Join(names, " "); got != "app.js app.js app.js app.js app.js docs/index.html" {
			t.Errorf("Header was called for %s", got)
		}
	})
}

func TestFiles_siblings(t *testing.T) {
	files := map[string]string{"a.txt": prose, "a.txt.gz": "gz", "a.txt.gzip": "GZ", "a.txt.z": "z"}
	h := &gzip.Files{FS: inMemory(files, longAgo), Siblings: []gzip.Sibling{{"gzip", ".gzip"}, {"deflate", ".z"}}}
	s := serveHandler(t, 1, h)
	s.ask("GET", "/a.txt", "Accept-Encoding: deflate, gzip").has(200, "gzip", "GZ")
	s.ask("GET", "/a.txt", "Accept-Encoding: deflate").has(200, "deflate", "z")
	none := serveHandler(t, 1, &gzip.Files{FS: inMemory(files, longAgo), Siblings: []gzip.Sibling{}}).ask("GET", "/a.txt", "Accept-Encoding: gzip, zstd")
	none.has(200, "", prose)
	none.field("Vary")
}

func TestFiles_panics(t *testing.T) {
	for _, c := range []struct {
		files *gzip.Files
		says  string
	}{
		{&gzip.Files{}, "gzip: Files.FS is nil"},
		{&gzip.Files{FS: fstest.MapFS{}, Siblings: []gzip.Sibling{{"GZIP", ".gz"}}}, "Files.Siblings[0].Coding"},
		{&gzip.Files{FS: fstest.MapFS{}, Siblings: []gzip.Sibling{{"gzip", "gz"}}}, `Files.Siblings[0].Extension is "gz"; it has to begin with a dot`},
		{&gzip.Files{FS: fstest.MapFS{}, Siblings: []gzip.Sibling{{"gzip", "."}}}, "Files.Siblings[0].Extension"},
		{&gzip.Files{FS: fstest.MapFS{}, Siblings: []gzip.Sibling{{"gzip", "./../gz"}}}, "Files.Siblings[0].Extension"},
		{&gzip.Files{FS: fstest.MapFS{}, Siblings: []gzip.Sibling{{"gzip", ".gz"}, {"gzip", ".z"}}}, "Files.Siblings[1].Coding: gzip is there twice"},
		{&gzip.Files{FS: fstest.MapFS{}, Siblings: []gzip.Sibling{{"gzip", ".gz"}, {"br", ".gz"}}}, "Files.Siblings[1].Extension: .gz is there twice"},
	} {
		for range 2 { // not only the first request is refused
			func() {
				defer func() {
					if v := recover(); !strings.Contains(fmt.Sprint(v), c.says) || !strings.HasPrefix(fmt.Sprint(v), "gzip: Files.") {
						t.Errorf("%s: panic: %v", c.says, v)
					}
				}()
				c.files.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
				t.Errorf("%s: no panic", c.says)
			}()
		}
	}
}

// The fields are read once.
func TestFiles_fieldsAreReadOnce(t *testing.T) {
	files := &gzip.Files{FS: inMemory(publicFiles, longAgo)}
	s := serveHandler(t, 1, files)
	s.ask("GET", "/app.js", takesGzip)
	files.FS, files.Siblings = nil, []gzip.Sibling{{}}
	s.ask("GET", "/app.js", takesGzip).has(200, "gzip", "app in gzip")
}

// A request costs one look for the file, and at most one for each coding: none is asked for twice, and no
// directory is read.
func TestFiles_looks(t *testing.T) {
	looking := &looks{FS: inMemory(publicFiles, longAgo)}
	h := &gzip.Files{FS: looking}
	for _, c := range []struct{ path, accept, want string }{
		{"/app.js", "zstd, br, gzip", "open app.js, open app.js.zst"},
		{"/app.js", "gzip", "open app.js, open app.js.gz"},
		{"/style.css", "gzip, zstd", "open style.css, open style.css.zst, open style.css.gz"},
		{"/plain.txt", "gzip", "open plain.txt, open plain.txt.gz, open plain.txt.zst, open plain.txt.br"},
		{"/plain.txt", "", "open plain.txt, open plain.txt.zst, open plain.txt.br, open plain.txt.gz"},
		{"/app.js", "", "open app.js, open app.js.zst"}, // one is enough for Vary
		{"/docs/", "zstd", "open docs/index.html, open docs/index.html.zst"},
		{"/half.txt", "gzip", "open half.txt, open half.txt.gz, open half.txt.zst, open half.txt.br"},
		{"/docs", "gzip", "open docs, open docs/index.html"},
		{"/nowhere", "gzip", "open nowhere"},
		{"/.env", "gzip", ""},
	} {
		looking.seen = nil
		r := httptest.NewRequest("GET", c.path, nil)
		r.Header.Set("Accept-Encoding", c.accept)
		h.ServeHTTP(httptest.NewRecorder(), r)
		if got := strings.Join(looking.seen, ", "); got != c.want {
			t.Errorf("%s for %q: %s, want %s", c.path, c.accept, got, c.want)
		}
	}
	if looking.open != 0 {
		t.Errorf("%d files are still open", looking.open)
	}
}

// looks records what is opened, and counts what is not closed.
type looks struct {
	fs.FS
	seen []string
	open int
}

func (l *looks) Open(name string) (fs.File, error) {
	l.seen = append(l.seen, "open "+name)
	file, err := l.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if file, ok := file.(seekingFile); ok { // not a directory
		l.open++
		return &counted{file, l}, nil
	}
	return file, nil
}

type seekingFile interface {
	fs.File
	io.Seeker
}

type counted struct {
	seekingFile
	looks *looks
}

func (c *counted) Close() error {
	c.looks.open--
	return c.seekingFile.Close()
}

// A named pipe has nobody who writes to it, and is not waited for.
func TestFiles_namedPipe(t *testing.T) {
	dir := onDisk(t, publicFiles)
	mkfifo, err := exec.LookPath("mkfifo")
	if err != nil {
		t.Skip("there is no mkfifo")
	}
	for _, name := range []string{"pipe", "plain.txt.gz"} {
		if out, err := exec.Command(mkfifo, filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Fatalf("mkfifo: %v %s", err, out)
		}
	}
	for _, files := range []fs.FS{os.DirFS(dir), rootOf(t, dir)} {
		s := serveHandler(t, 1, &gzip.Files{FS: files})
		s.ask("GET", "/pipe").status(404)
		s.ask("GET", "/plain.txt", takesGzip).has(200, "", prose)
	}
}
