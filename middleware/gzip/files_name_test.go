package gzip_test

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/gzip"
)

func TestFiles_names(t *testing.T) {
	everywhere(t, publicFiles, func(t *testing.T, s *site) {
		for _, c := range []struct {
			path string
			want string // "": not found
		}{
			{"", publicFiles["index.html"]}, // the server makes it "/"
			{"/", publicFiles["index.html"]},
			{"/app.js?v=1", prose},
			{"/app%2ejs", prose},
			{"/a%20b/100%25.txt", "odd names"},
			{"/.well-known/security.txt", "Contact: nobody"},
			{"/docs/", publicFiles["docs/index.html"]},
			{"/docs/index.html", publicFiles["docs/index.html"]},
			{"/app.js/", ""},
			{"/app.js/index.html", ""},
			{"/bare", ""},
			{"/bare/", ""},
			{"//app.js", ""},
			{"/./app.js", ""},
			{"/.", ""},
			{"/./", ""},
			{"//", ""},
			{"///", ""},
			{"/docs//", ""},
			{"/docs//index.html", ""},
			{"/docs/../app.js", ""},
			{"/..", ""},
			{"/../", ""},
			{"/../../../../etc/passwd", ""},
			{"/%2e%2e/%2e%2e/etc/passwd", ""},
			{"/..%2f..%2fetc%2fpasswd", ""},
			{"/docs%2findex.html", ""},
			{"/docs%2Findex.html", ""},
			{"/docs%5cindex.html", ""},
			{`/docs\index.html`, ""},
			{`/..\..\etc\passwd`, ""},
			{"/app.js%00", ""},
			{"/app.js%00.html", ""},
			{"/app%ff.js", ""},
			{"/C:/Windows/win.ini", ""},
			{"/app.js::$DATA", ""},
			{"/CON", ""},
			{"/nul", ""},
			{"/.env", ""},
			{"/.git/config", ""},
			{"/docs/.draft.html", ""},
			{"/.well-knownx", ""},
			{"/docs/.well-known/security.txt", ""},
			{"/APP.JSX", ""},
		} {
			a := s.ask("GET", c.path)
			switch {
			case c.want != "":
				a.has(200, "", c.want)
			case a.StatusCode != 404:
				t.Errorf("GET %s: status %d", c.path, a.StatusCode)
			}
		}
	})
}

func TestFiles_directories(t *testing.T) {
	everywhere(t, publicFiles, func(t *testing.T, s *site) {
		for _, c := range []struct{ path, location string }{
			{"/docs", "docs/"},
			{"/docs?q=a%20b&r", "docs/?q=a%20b&r"},
			{"/sub:dir", "./sub:dir/"}, // not the scheme "sub"
		} {
			a := s.ask("GET", c.path, takesGzip)
			a.has(301, "", "")
			a.field("Location", c.location)
		}
	})
}

// A path that begins with two slashes must not become the address of another site, and one that
// lost its beginning to http.StripPrefix must get it back.
func TestFiles_redirectStaysHere(t *testing.T) {
	files := map[string]string{"evil.example/index.html": "a directory of that name", "d%2/index.html": "with a percent sign"}
	mux := http.NewServeMux()
	mux.Handle("/static/", http.StripPrefix("/static", &gzip.Files{FS: inMemory(files, longAgo)}))
	protocols(t, func(t *testing.T, proto int) {
		bare := serveHandler(t, proto, &gzip.Files{FS: inMemory(files, longAgo)})
		for _, path := range []string{"//evil.example", "///evil.example", "/%2Fevil.example", `/\evil.example`, "/%5Cevil.example", "/x/..//evil.example"} {
			a := bare.ask("GET", path)
			a.status(404)
			a.field("Location")
		}
		s := serveHandler(t, proto, mux)
		for path, want := range map[string]string{"/static/evil.example?a=b": "/static/evil.example/?a=b", "/static/d%252": "/static/d%252/"} {
			a := s.ask("GET", path)
			a.status(301)
			to, err := a.Location() // resolved, as a browser does
			if err != nil {
				t.Fatal(err)
			}
			if got := to.RequestURI(); got != want || to.Host != a.Request.URL.Host {
				t.Errorf("%s leads to %s", path, to)
			}
			s.ask("GET", to.RequestURI()).status(200)
		}
	})
}

// What http.StripPrefix leaves of the path of the root.
func TestFiles_stripPrefix(t *testing.T) {
	files := &gzip.Files{FS: inMemory(publicFiles, longAgo)}
	for _, prefix := range []string{"/static", "/static/"} {
		s := serveHandler(t, 1, http.StripPrefix(prefix, files))
		s.ask("GET", "/static/", takesGzip).has(200, "gzip", "home in gzip")
		s.ask("GET", "/static/app.js", takesGzip).has(200, "gzip", "app in gzip")
		s.ask("GET", "/static/docs/").has(200, "", publicFiles["docs/index.html"])
	}
	serveHandler(t, 1, http.StripPrefix("/static", files)).ask("GET", "/static").has(200, "", publicFiles["index.html"])
}

// A guard for one part of a site, by its pattern, must not be got round with an encoded slash.
func TestFiles_guardedPart(t *testing.T) {
	files := &gzip.Files{FS: inMemory(map[string]string{"private/diary.txt": "dear", "index.html": "home"}, longAgo)}
	mux := http.NewServeMux()
	mux.Handle("/", files)
	mux.Handle("/private/", http.NotFoundHandler())
	s := serveHandler(t, 1, mux)
	for _, path := range []string{"/private/diary.txt", "/private%2Fdiary.txt", "/private%2fdiary.txt", "/%70rivate/diary.txt", "//private/diary.txt", "/x/../private/diary.txt"} {
		if a := s.ask("GET", path); a.StatusCode == 200 {
			t.Errorf("%s: %q", path, a.raw)
		}
	}
}

func TestFiles_hidden(t *testing.T) {
	h := &gzip.Files{FS: inMemory(publicFiles, longAgo), Hidden: func(name string) bool {
		return strings.HasSuffix(name, ".gz") || strings.HasPrefix(name, "docs/")
	}}
	s := serveHandler(t, 1, h)
	s.ask("GET", "/.env").has(200, "", "SECRET=1")
	s.ask("GET", "/app.js.gz").status(404)
	s.ask("GET", "/app.js", takesGzip).has(200, "gzip", "app in gzip")
	s.ask("GET", "/docs").status(404)
	s.ask("GET", "/docs/").status(404)
}

func TestDotFile(t *testing.T) {
	for name, want := range map[string]bool{
		"index.html": false, "a.b/c.d": false, "a./b": false, ".well-known": false, ".well-known/acme-challenge/x": false,
		".env": true, ".git/config": true, "a/.env": true, "a/.git/b": true, "...": true,
		".well-known/.env": true, ".well-knownx/a": true, "a/.well-known/b": true,
	} {
		if got := gzip.DotFile(name); got != want {
			t.Errorf("DotFile(%q) = %t", name, got)
		}
	}
}

// A link that leads out of an os.Root is refused, and as a copy it is passed over.
func TestFiles_linksThatLeadOut(t *testing.T) {
	dir := onDisk(t, publicFiles)
	secret := filepath.Join(t.TempDir(), "secret.txt")
	put(t, secret, "secret", longAgo)
	for _, name := range []string{"out.txt", "plain.txt.gz"} {
		if err := os.Symlink(secret, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	if err := os.Symlink("app.js", filepath.Join(dir, "within.js")); err != nil {
		t.Fatal(err)
	}
	s := serveHandler(t, 1, &gzip.Files{FS: rootOf(t, dir)})
	s.ask("GET", "/out.txt").status(403)
	s.ask("GET", "/plain.txt", takesGzip).has(200, "", prose)
	s.ask("GET", "/within.js").has(200, "", prose)
}

// FuzzFilesPath: whatever path and Accept-Encoding a client sends, nothing panics, nothing outside of
// FS is asked for, and what is served is a file that is there and not hidden.
func FuzzFilesPath(f *testing.F) {
	for _, path := range []string{
		"/", "/app.js", "/docs", "/docs/", "/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", `/..\secret.txt`, "//etc/passwd",
		"/.env", "/%2eenv", "/app.js%00", "/./app.js", "/docs/../.env", "", "*", "/a b", "/%ff", "/.well-known/../.env", "/sub:dir",
	} {
		f.Add(path, "gzip, zstd")
	}
	outer := f.TempDir()
	put(f, filepath.Join(outer, "secret.txt"), "outside", longAgo)
	served := map[string]bool{}
	for name, body := range publicFiles {
		put(f, filepath.Join(outer, "public", filepath.FromSlash(name)), body, longAgo)
		served[body] = served[body] || !gzip.DotFile(name)
	}
	put(f, filepath.Join(outer, "public", ".env"), "hidden", longAgo)
	strict := &inside{f: f, FS: rootOf(f, filepath.Join(outer, "public")).(fs.StatFS)}
	onDirFS := &inside{f: f, FS: os.DirFS(filepath.Join(outer, "public")).(fs.StatFS)}
	handlers := []http.Handler{&gzip.Files{FS: strict}, &gzip.Files{FS: onDirFS}}
	f.Fuzz(func(t *testing.T, path, accept string) {
		for _, raw := range []bool{true, false} {
			u := &url.URL{Path: path}
			if raw {
				var err error
				if u, err = url.ParseRequestURI(path); err != nil {
					continue
				}
			}
			for _, h := range handlers {
				rec := httptest.NewRecorder()
				r := &http.Request{Method: "GET", URL: u, Header: http.Header{"Accept-Encoding": {accept}}, Host: "localhost", Proto: "HTTP/1.1"}
				h.ServeHTTP(rec, r)
				switch rec.Code {
				case 200:
					if body := rec.Body.String(); !served[body] {
						t.Errorf("%q: served %.60q", path, body)
					}
				case 301:
					to, err := (&url.URL{Scheme: "http", Host: "localhost", Path: u.Path, RawPath: u.RawPath}).Parse(rec.Header().Get("Location"))
					if err != nil || to.Host != "localhost" || !strings.HasSuffix(to.Path, "/") {
						t.Errorf("%q: leads to %q", path, rec.Header().Get("Location"))
					}
				case 404:
				default:
					t.Errorf("%q: status %d", path, rec.Code)
				}
			}
		}
	})
}

// inside is a file system that must not be asked for what is no name in it.
type inside struct {
	f  *testing.F
	FS fs.StatFS
}

func (in *inside) check(name string) {
	if !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00") {
		panic("asked for " + name)
	}
}

func (in *inside) Open(name string) (fs.File, error) {
	in.check(name)
	return in.FS.Open(name)
}

func (in *inside) Stat(name string) (fs.FileInfo, error) {
	in.check(name)
	return in.FS.Stat(name)
}
