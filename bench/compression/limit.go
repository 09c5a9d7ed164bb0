package compression

import (
	"io"
	"net/http"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// Limit is the least that compressing can cost: klauspost's writer at level 5 from a pool, around
// the handler, without a question asked.
var Limit = Layer{"limit", func(next http.Handler) (http.Handler, error) { return Encoded(next), nil }}

// Encoded is what Limit puts around next.
func Encoded(next http.Handler) http.Handler { return &encoding{next: next} }

type encoding struct {
	next http.Handler
	pool sync.Pool
}

func (e *encoding) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ew, ok := e.pool.Get().(*encodingWriter)
	if !ok {
		zw, _ := gzip.NewWriterLevel(io.Discard, 5)
		ew = &encodingWriter{zip: zw}
	}
	ew.ResponseWriter = w
	ew.zip.Reset(w)
	w.Header()["Content-Encoding"] = gzipCoding
	e.next.ServeHTTP(ew, r)
	_ = ew.zip.Close()
	ew.ResponseWriter = nil
	ew.zip.Reset(nil)
	e.pool.Put(ew)
}

var gzipCoding = []string{"gzip"}

type encodingWriter struct {
	http.ResponseWriter
	zip *gzip.Writer
}

func (ew *encodingWriter) Write(p []byte) (int, error) { return ew.zip.Write(p) }

// Flush is for streams.
func (ew *encodingWriter) Flush() {
	_ = ew.zip.Flush()
	ew.ResponseWriter.(http.Flusher).Flush()
}
