package gzip_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// Each part of a multipart/byteranges has a header, so that many small ones take more than all
// of the file (RFC 9110 §17.15).
func TestManyRanges(t *testing.T) {
	ranges := func(n int) string { return "Range: bytes=0-0" + strings.Repeat(",0-0", n-1) }
	for name, h := range map[string]http.Handler{
		"Files":      &gzip.Files{FS: inMemory(map[string]string{"app.js": prose}, longAgo)},
		"Dictionary": &gzip.Dictionary{Content: []byte(prose), Match: "/*"},
	} {
		t.Run(name, func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				s := serveHandler(t, proto, h)
				s.ask("GET", "/app.js", ranges(100)).status(http.StatusPartialContent)
				s.ask("GET", "/app.js", ranges(101)).has(http.StatusOK, "", prose)
				s.ask("GET", "/app.js", ranges(10_000)).has(http.StatusOK, "", prose)
				s.quiet()
			})
		})
	}
}
