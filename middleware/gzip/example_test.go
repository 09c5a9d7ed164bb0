package gzip_test

import (
	"compress/zlib"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// The whole site: the Compressor goes around the mux.
func ExampleCompressor_Wrap() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, strings.Repeat("<p>Once upon a time", 100))
	})
	mux.HandleFunc("GET /logo.png", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		w.Write(make([]byte, 4096))
	})

	zip := &gzip.Compressor{}
	show(zip.Wrap(mux), "/", "gzip, deflate, br, zstd")
	show(zip.Wrap(mux), "/", "gzip, deflate, br")
	show(zip.Wrap(mux), "/logo.png", "gzip, deflate, br, zstd")
	// Output:
	// / gzip, deflate, br, zstd → "zstd"
	// / gzip, deflate, br → "gzip"
	// /logo.png gzip, deflate, br, zstd → ""
}

// One route: only its handler is wrapped.
func ExampleCompressor_route() {
	zip := &gzip.Compressor{Encodings: []gzip.Encoding{gzip.Gzip{Level: 9}}}
	mux := http.NewServeMux()
	mux.Handle("GET /report", zip.Wrap(http.HandlerFunc(report)))
	mux.HandleFunc("GET /live", report)

	show(mux, "/report", "gzip")
	show(mux, "/live", "gzip")
	// Output:
	// /report gzip → "gzip"
	// /live gzip → ""
}

// One response opts out: it repeats what the request says beside a secret, and its length,
// once compressed, would tell how much the two have in common (BREACH).
func ExampleDisable() {
	zip := &gzip.Compressor{}
	page := zip.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("q") {
			gzip.Disable(w)
		}
		report(w, r)
	}))
	show(page, "/", "gzip")
	show(page, "/?q=token", "gzip")
	// Output:
	// / gzip → "gzip"
	// /?q=token gzip → ""
}

// deflate is a coding from the standard library. The name is HTTP's; the format is zlib's
// (RFC 9110 §8.4.1.2). Brotli is plugged in in the same way, with
// brotli.NewWriterLevel(nil, 4) of github.com/andybalholm/brotli and the name "br".
type deflate struct{}

func (deflate) Coding() string { return "deflate" }

func (deflate) NewEncoder() (gzip.Encoder, error) { return zlib.NewWriterLevel(nil, 5) }

// Another coding: here it comes last, for clients that know nothing better.
func ExampleEncoding() {
	zip := &gzip.Compressor{Encodings: []gzip.Encoding{gzip.Zstd{}, gzip.Gzip{}, deflate{}}}
	page := zip.Wrap(http.HandlerFunc(report))
	show(page, "/", "deflate")
	show(page, "/", "deflate, gzip")
	// Output:
	// / deflate → "deflate"
	// / deflate, gzip → "gzip"
}

// Streams of events are compressed only where it is asked for.
func ExampleCompressor_events() {
	zip := &gzip.Compressor{EventStreams: true}
	events := zip.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "data: one\n\n")
		w.(http.Flusher).Flush() // what was written so far can be decoded at once
	}))
	show(events, "/", "gzip, deflate, br, zstd")
	// Output:
	// / gzip, deflate, br, zstd → "gzip"
}

// A layer that compresses must not be inside one that measures or rewrites the body: that
// one would see coded bytes. Put the Compressor outside.
func ExampleCompressor_Wrap_incorrect() {
	shout := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(upper{w}, r)
		})
	}
	zip := &gzip.Compressor{MinSize: 1}
	hello := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello") })

	for _, h := range []http.Handler{shout(zip.Wrap(hello)), zip.Wrap(shout(hello))} {
		rec := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		h.ServeHTTP(rec, r)
		body, err := decode("gzip", rec.Body.Bytes())
		fmt.Printf("%s %v\n", body, err != nil)
	}
	// Output:
	//  true
	// HELLO false
}

// upper rewrites what passes.
type upper struct{ http.ResponseWriter }

func (u upper) Write(p []byte) (int, error) {
	return u.ResponseWriter.Write([]byte(strings.ToUpper(string(p))))
}

func report(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/csv")
	io.WriteString(w, strings.Repeat("1;2;3\n", 1000))
}

// show asks h for a path and prints the coding of the answer.
func show(h http.Handler, path, accept string) {
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Accept-Encoding", accept)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	fmt.Printf("%s %s → %q\n", path, accept, rec.Header().Get("Content-Encoding"))
}
