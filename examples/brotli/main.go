// Command brotli plugs another content coding into the gzip layer: brotli, for clients that
// take it, before zstd and gzip.
//
//	go run ./examples/brotli
//	curl -s --compressed -D - -o /dev/null -H 'Accept-Encoding: br' http://localhost:8080/
package main

import (
	"cmp"
	"fmt"
	"log"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// Brotli is the coding "br" (RFC 7932).
type Brotli struct {
	Level int // 0 to 11; 0: 4, which takes about as long as gzip at 5
}

// Coding implements [gzip.Encoding].
func (Brotli) Coding() string { return "br" }

// NewEncoder implements [gzip.Encoding]. A brotli.Writer is a gzip.Encoder as it is.
func (b Brotli) NewEncoder() (gzip.Encoder, error) {
	level := cmp.Or(b.Level, 4)
	if level < 0 || level > brotli.BestCompression {
		return nil, fmt.Errorf("Brotli.Level is %d; it can be 0 to %d", b.Level, brotli.BestCompression)
	}
	return brotli.NewWriterLevel(nil, level), nil
}

func site() http.Handler {
	zip := &gzip.Compressor{
		Encodings: []gzip.Encoding{Brotli{}, gzip.Zstd{}, gzip.Gzip{}},
		// What is kept is worth more work.
		Cache: &gzip.Cache{Encodings: []gzip.Encoding{Brotli{Level: 9}, gzip.Zstd{}, gzip.Gzip{Level: 9}}},
	}
	return zip.Wrap(http.HandlerFunc(poem))
}

func poem(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Header().Set("ETag", `"1"`)
	if r.Header.Get("If-None-Match") == `"1"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = fmt.Fprint(w, strings.Repeat("The surcoat hides the mail, the mail hides the man.\n", 100))
}

func main() {
	log.Println("brotli is at http://localhost:8080/")
	log.Fatal(http.ListenAndServe("localhost:8080", site()))
}
