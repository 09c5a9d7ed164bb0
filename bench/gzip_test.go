package bench_test

import (
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/CAFxX/httpcompression"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"

	surcoat "github.com/surcoat/surcoat/middleware/gzip"
)

// compressors wrap p for gzip at level 5, the level that gzhttp and surcoat choose by themselves.
func compressors(p page) []rival {
	return []rival{
		{"surcoat", func(testing.TB) http.Handler { return (&surcoat.Compressor{}).Wrap(p) }},
		{"gzhttp", func(tb testing.TB) http.Handler {
			wrap, err := gzhttp.NewWrapper()
			if err != nil {
				tb.Fatal(err)
			}
			return wrap(p)
		}},
		{"httpcompression", func(tb testing.TB) http.Handler {
			wrap, err := httpcompression.DefaultAdapter(httpcompression.GzipCompressionLevel(5))
			if err != nil {
				tb.Fatal(err)
			}
			return wrap(p)
		}},
		{"chi", func(testing.TB) http.Handler { return middleware.Compress(5)(p) }},
	}
}

// bare is the handler by itself: what is above it is the layer's cost.
func bare(p page) rival {
	return rival{"bare", func(testing.TB) http.Handler { return p }}
}

// pooled is the least that compressing can cost: klauspost's writer from a pool, around
// the same handler, without a question asked.
func pooled(p page) rival {
	return rival{"limit", func(testing.TB) http.Handler { return &encoding{next: p} }}
}

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

const (
	typeJSON = "application/json"
	typeHTML = "text/html; charset=utf-8"
	typePNG  = "image/png"
)

func BenchmarkGzipJSON1K5(b *testing.B)  { compressed(b, newPage(typeJSON, alike)) }
func BenchmarkGzipHTML16K(b *testing.B)  { compressed(b, newPage(typeHTML, html16K)) }
func BenchmarkGzipHTML256K(b *testing.B) { compressed(b, newPage(typeHTML, html256K)) }

func compressed(b *testing.B, p page) {
	w := work{request: get("/", "Accept-Encoding", "gzip"), check: wantBody("gzip", p.mediaType[0], p.body)}
	compare(b, w, append(compressors(p), pooled(p))...)
}

func BenchmarkPassSmall(b *testing.B) {
	passed(b, newPage(typeJSON, smallJSON), get("/", "Accept-Encoding", "gzip"))
}

func BenchmarkPassPNG(b *testing.B) {
	passed(b, newPage(typePNG, png64K), get("/", "Accept-Encoding", "gzip"))
}

func BenchmarkPassNoAE(b *testing.B) {
	passed(b, newPage(typeJSON, alike), get("/"))
}

// passed asks for what is not worth compressing. A library that compresses it all the
// same is right too, and pays for it.
func passed(b *testing.B, p page, request func() *http.Request) {
	w := work{request: request, check: wantBody(anyCoding, p.mediaType[0], p.body)}
	compare(b, w, append(compressors(p), bare(p))...)
}
