package gzip_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// A script that anybody may have, and that has an entity tag, is encoded once. What belongs to a user
// says so, or says nothing, and goes past the Cache.
func ExampleCache() {
	script := strings.Repeat("console.log('Once upon a time');\n", 200)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /app.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		w.Header().Set("ETag", `"2026-11-21"`)
		w.Header().Set("Content-Type", "text/javascript")
		io.WriteString(w, script)
	})
	mux.HandleFunc("GET /account", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "private")
		w.Header().Set("ETag", `"2026-11-21"`)
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, strings.Repeat("<p>Your own", 200))
	})

	encoded := 0
	zip := &gzip.Compressor{
		Encodings: []gzip.Encoding{counts{gzip.Gzip{}, &encoded}},
		Cache:     &gzip.Cache{MaxBytes: 256 << 20, Encodings: []gzip.Encoding{}},
	}
	site := zip.Wrap(mux)
	for _, path := range []string{"/app.js", "/app.js", "/app.js", "/account", "/account"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		fmt.Println(path, w.Header().Get("Content-Encoding"), w.Header().Get("ETag"), "encoded so far:", encoded)
	}
	// Output:
	// /app.js gzip "2026-11-21-gzip" encoded so far: 1
	// /app.js gzip "2026-11-21-gzip" encoded so far: 1
	// /app.js gzip "2026-11-21-gzip" encoded so far: 1
	// /account gzip "2026-11-21-gzip" encoded so far: 2
	// /account gzip "2026-11-21-gzip" encoded so far: 3
}

// counts is an Encoding that counts the bodies it has ended.
type counts struct {
	gzip.Encoding
	ended *int
}

func (c counts) NewEncoder() (gzip.Encoder, error) {
	e, err := c.Encoding.NewEncoder()
	return countsEnds{e, c.ended}, err
}

type countsEnds struct {
	gzip.Encoder
	ended *int
}

func (e countsEnds) Close() error {
	*e.ended++
	return e.Encoder.Close()
}
