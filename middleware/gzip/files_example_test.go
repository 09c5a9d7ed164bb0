package gzip_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing/fstest"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// assets stand for a directory in which a build has put compressed copies beside its files.
var assets = fstest.MapFS{
	"index.html":         {Data: []byte("<script src=app.3f2a9c1b.js></script>")},
	"app.3f2a9c1b.js":    {Data: []byte(strings.Repeat("console.log('hello');\n", 100))},
	"app.3f2a9c1b.js.gz": {Data: []byte("the same, from gzip -9")},
	"style.css":          {Data: []byte(strings.Repeat("p { color: black }\n", 100))},
	".env":               {Data: []byte("SECRET=1")},
}

// A directory under a prefix, with what is not there compressed on the way.
func ExampleFiles() {
	zip := &gzip.Compressor{}
	mux := http.NewServeMux()
	mux.Handle("/static/", http.StripPrefix("/static", &gzip.Files{FS: assets}))
	site := zip.Wrap(mux)

	for _, path := range []string{"/static/app.3f2a9c1b.js", "/static/style.css", "/static/", "/static/.env"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		rec := httptest.NewRecorder()
		site.ServeHTTP(rec, r)
		fmt.Printf("%s → %d %q\n", path, rec.Code, rec.Header().Get("Content-Encoding"))
	}
	// Output:
	// /static/app.3f2a9c1b.js → 200 "gzip"
	// /static/style.css → 200 "gzip"
	// /static/ → 200 ""
	// /static/.env → 404 ""
}

// A real directory: links in it cannot lead out.
func ExampleFiles_root() {
	root, err := os.OpenRoot("public")
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("/", &gzip.Files{FS: root.FS()})
	log.Fatal(http.ListenAndServe("localhost:8080", nil))
}

// Files with a hash in their name never change and are asked for once; all others are
// revalidated, which costs no body.
func ExampleFiles_caching() {
	files := &gzip.Files{
		FS: assets,
		Header: func(name string, h http.Header) {
			if strings.HasPrefix(name, "app.") {
				h.Set("Cache-Control", "public, max-age=31536000, immutable")
			} else {
				h.Set("Cache-Control", "no-cache")
			}
		},
	}
	for _, path := range []string{"/app.3f2a9c1b.js", "/"} {
		rec := httptest.NewRecorder()
		files.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
		fmt.Println(rec.Header().Get("Cache-Control"))
	}
	// Output:
	// public, max-age=31536000, immutable
	// no-cache
}

// Copies with other names, and only for one coding.
func ExampleSibling() {
	files := &gzip.Files{
		FS: fstest.MapFS{
			"report.csv":      {Data: []byte("a;b;c")},
			"report.csv.gzip": {Data: []byte("the same, compressed")},
		},
		Siblings: []gzip.Sibling{{Coding: "gzip", Extension: ".gzip"}},
	}
	show(files, "/report.csv", "zstd, gzip")
	// Output:
	// /report.csv zstd, gzip → "gzip"
}

// Everything that is not a file is an address within the application: its one page answers.
func ExampleFiles_notFound() {
	files := &gzip.Files{FS: assets}
	files.NotFound = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := r.Clone(r.Context())
		page.URL.Path, page.URL.RawPath = "/", ""
		files.ServeHTTP(w, page)
	})
	rec := httptest.NewRecorder()
	files.ServeHTTP(rec, httptest.NewRequest("GET", "/users/7", nil))
	fmt.Println(rec.Code, rec.Body)
	// Output:
	// 200 <script src=app.3f2a9c1b.js></script>
}
