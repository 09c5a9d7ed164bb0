package gzip

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/surcoat/surcoat/internal/fieldlist"
)

// fields are what a handler's header says that matters here, its Content-Type apart.
type fields struct {
	length int64 // Content-Length, -1: none that can be believed
	fixed  bool  // the body has to leave as the handler wrote it, whatever its type

	// Present, with whatever value:
	vary, etag, trailer, contentLength, acceptRanges, use bool
}

// readFields takes everything from h in one pass: ten look-ups cost several times as much,
// and every response pays for them.
func readFields(h http.Header) (f fields) {
	f.length = -1
	for name, v := range h {
		switch name {
		case "Content-Length":
			f.contentLength = true
			f.length = contentLength(v)
		case "Vary":
			f.vary = len(v) > 0
		case "Etag":
			f.etag = true
		case "Accept-Ranges":
			f.acceptRanges = true
		case "Content-Encoding":
			f.fixed = f.fixed || len(v) > 1 || len(v) == 1 && v[0] != ""
		case "Cache-Control":
			// RFC 9111 §5.2.2.6
			f.fixed = f.fixed || fieldlist.Has(v, "no-transform")
		case "Use-As-Dictionary":
			f.use = true
		case "Content-Range":
			f.fixed = true
		case "Content-Digest", "Repr-Digest", "Digest", "Content-Md5":
			// They would no longer be true (RFC 9530, RFC 3230, RFC 1864).
			f.fixed = true
		case "Trailer":
			f.trailer = true
			f.fixed = f.fixed || fieldlist.Has(v, "Content-Digest") || fieldlist.Has(v, "Repr-Digest") || fieldlist.Has(v, "Digest")
		}
	}
	return f
}

// contentLength returns the length that a field declares, -1 when the server will not
// believe it either.
func contentLength(field []string) int64 {
	if len(field) == 0 {
		return -1
	}
	n, err := strconv.ParseInt(strings.Trim(field[0], " \t"), 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}
