package gzip_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// A script that says Use-As-Dictionary is the dictionary for its own next version. With a Dir that also
// works when the next version comes with a new process, as it mostly does.
func ExampleVersions() {
	dir, err := os.MkdirTemp("", "versions") // a real one is /var/cache/example
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	version := strings.Repeat("function first() { return 'the quick brown fox' }\n", 100)
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		w.Header().Set("Cache-Control", "public, max-age=3600")
		w.Header().Set("Use-As-Dictionary", `match="/app.js"`)
		io.WriteString(w, version)
	})
	zip := &gzip.Compressor{Versions: &gzip.Versions{Dir: dir}}
	site := zip.Wrap(app)

	// What a browser does that has had the script before, or not.
	get := func(has string) {
		r := httptest.NewRequest("GET", "/app.js", nil)
		r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd, dcb, dcz")
		if has != "" {
			hash := sha256.Sum256([]byte(has))
			r.Header.Set("Available-Dictionary", ":"+base64.StdEncoding.EncodeToString(hash[:])+":")
		}
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		fmt.Println(w.Header().Get("Content-Encoding"), w.Header().Values("Vary"))
	}
	get("")
	old := version
	version += "function second() { return 'jumps over the lazy dog' }\n"
	get("")
	get(old)
	// Output:
	// zstd [Accept-Encoding Available-Dictionary]
	// zstd [Accept-Encoding Available-Dictionary]
	// dcz [Accept-Encoding Available-Dictionary]
}

// A page with a user's name on it must not say that everybody may have it: it would be
// kept, and what is in it could show in the length of what others are sent. A response to a request with a
// Cookie or Authorization is never kept, but this one knows the user by another name.
func ExampleVersions_incorrect() {
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Cache-Control", "public") // private would be right
		w.Header().Set("Use-As-Dictionary", `match="/*"`)
		fmt.Fprintf(w, "<h1>Hello %s</h1>%s", r.Header.Get("X-Remote-User"), strings.Repeat("<p>Once upon a time", 100))
	})
	site := (&gzip.Compressor{Versions: &gzip.Versions{}}).Wrap(page)

	ada := httptest.NewRequest("GET", "/", nil)
	ada.Header.Set("Accept-Encoding", "zstd")
	ada.Header.Set("X-Remote-User", "Ada")
	site.ServeHTTP(httptest.NewRecorder(), ada)

	body := "<h1>Hello Ada</h1>" + strings.Repeat("<p>Once upon a time", 100)
	hash := sha256.Sum256([]byte(body)) // somebody's guess
	eve := httptest.NewRequest("GET", "/", nil)
	eve.Header.Set("Accept-Encoding", "zstd, dcz")
	eve.Header.Set("Available-Dictionary", ":"+base64.StdEncoding.EncodeToString(hash[:])+":")
	w := httptest.NewRecorder()
	site.ServeHTTP(w, eve)
	fmt.Println("the guess was right:", w.Header().Get("Content-Encoding") == "dcz")
	// Output:
	// the guess was right: true
}
