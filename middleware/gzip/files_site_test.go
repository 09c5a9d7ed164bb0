package gzip_test

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// publicFiles are what most tests serve. The copies are not made by an encoder: nothing here looks
// into them, and each has to be told from the others.
var publicFiles = map[string]string{
	"index.html":               "<!doctype html><title>home</title>",
	"index.html.gz":            "home in gzip",
	"app.js":                   prose,
	"app.js.zst":               "app in zstd",
	"app.js.br":                "app in brotli",
	"app.js.gz":                "app in gzip",
	"style.css":                "body { color: black }",
	"style.css.gz":             "style in gzip",
	"plain.txt":                prose,
	"LICENSE":                  "You may do as you like.",
	"LICENSE.gz":               "\x1f\x8b license in gzip",
	"page":                     "<html><p>no extension",
	"page.br":                  "page in brotli",
	"logo.png":                 "\x89PNG\r\n\x1a\n not much of a logo",
	"docs/index.html":          "<!doctype html><title>docs</title>",
	"docs/index.html.zst":      "docs in zstd",
	"bare/readme.txt":          "a directory without an index",
	"a b/100%.txt":             "odd names",
	"sub:dir/index.html":       "with a colon",
	".env":                     "SECRET=1",
	".git/config":              "[core]",
	"docs/.draft.html":         "not yet",
	".well-known/security.txt": "Contact: nobody",
	"lonely.js.gz":             "a copy without its file",
	"empty.txt":                "",
	"half.txt":                 prose,
	"half.txt.gz":              "", // the disk was full
}

// longAgo is a modification time that has settled.
var longAgo = time.Now().Add(-time.Hour).Truncate(time.Second)

// fileSystems are the kinds of file systems that people serve.
var fileSystems = []struct {
	name string
	of   func(t *testing.T, files map[string]string) fs.FS
}{
	{"os.DirFS", func(t *testing.T, files map[string]string) fs.FS { return os.DirFS(onDisk(t, files)) }},
	{"os.Root", func(t *testing.T, files map[string]string) fs.FS { return rootOf(t, onDisk(t, files)) }},
	{"in memory", func(t *testing.T, files map[string]string) fs.FS { return inMemory(files, longAgo) }},
	{"embedded", func(t *testing.T, files map[string]string) fs.FS { return inMemory(files, time.Time{}) }},
	{"zip", zipped},
}

func onDisk(t testing.TB, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, body := range files {
		put(t, filepath.Join(dir, filepath.FromSlash(name)), body, longAgo)
	}
	return dir
}

// put makes a file with a modification time.
func put(t testing.TB, path, body string, modified time.Time) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, []byte(body), 0o644)
	}
	if err == nil {
		err = os.Chtimes(path, modified, modified)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func rootOf(t testing.TB, dir string) fs.FS {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root.FS()
}

func inMemory(files map[string]string, modified time.Time) fstest.MapFS {
	m := make(fstest.MapFS)
	for name, body := range files {
		m[name] = &fstest.MapFile{Data: []byte(body), Mode: 0o644, ModTime: modified}
	}
	return m
}

// zipped has files that cannot seek.
func zipped(t *testing.T, files map[string]string) fs.FS {
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for name, body := range files {
		w, err := zw.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: longAgo})
		if err == nil {
			_, err = io.WriteString(w, body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	zr, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return zr
}

// everywhere runs a test over each kind of file system and each protocol.
func everywhere(t *testing.T, files map[string]string, f func(t *testing.T, s *site)) {
	t.Helper()
	for _, kind := range fileSystems {
		t.Run(kind.name, func(t *testing.T) {
			files := &gzip.Files{FS: kind.of(t, files)}
			protocols(t, func(t *testing.T, proto int) { f(t, serveHandler(t, proto, files)) })
		})
	}
}

// ask asks for a path, which is sent as it is, and follows no redirects.
func (s *site) ask(method, path string, fields ...string) answer {
	s.t.Helper()
	s.server.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	base := s.server.URL
	defer func() { s.server.URL = base }()
	s.server.URL += path
	return s.do(method, fields...)
}

// has fails unless the answer has that status, coding, and body as it came.
func (a answer) has(status int, coding, raw string) {
	a.t.Helper()
	a.status(status)
	if got := a.coding(); got != coding || string(a.raw) != raw || a.rawErr != nil {
		a.t.Errorf("Content-Encoding %q, %d bytes %.60q (%v), want %q, %d bytes %.60q", got, len(a.raw), a.raw, a.rawErr, coding, len(raw), raw)
	}
}
