package gzip_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	kgzip "github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// sink is a base that allocates nothing, and offers what the server offers on HTTP/1.1.
type sink struct {
	header http.Header
	n      int
}

func (s *sink) Header() http.Header { return s.header }
func (s *sink) WriteHeader(int)     {}
func (s *sink) Flush()              {}

func (s *sink) Write(p []byte) (int, error) {
	s.n += len(p)
	return len(p), nil
}

func (s *sink) WriteString(p string) (int, error) {
	s.n += len(p)
	return len(p), nil
}

func (s *sink) ReadFrom(src io.Reader) (int64, error) {
	n, err := io.Copy(io.Discard, src)
	s.n += int(n)
	return n, err
}

// page answers with a body, and allocates nothing itself.
type page struct {
	contentType []string
	body        []byte
}

func (p page) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header()["Content-Type"] = p.contentType
	_, _ = w.Write(p.body)
}

// raw is the least that compressing can cost: an encoder from a pool around the
// handler, without a question asked.
type raw struct {
	next http.Handler
	pool sync.Pool
}

type rawWriter struct {
	http.ResponseWriter
	encoder gzip.Encoder
}

func (w *rawWriter) Write(p []byte) (int, error) { return w.encoder.Write(p) }

func (h *raw) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rw := h.pool.Get().(*rawWriter)
	rw.ResponseWriter = w
	rw.encoder.Reset(w)
	w.Header()["Content-Encoding"] = coded
	h.next.ServeHTTP(rw, r)
	_ = rw.encoder.Close()
	rw.ResponseWriter = nil
	rw.encoder.Reset(nil)
	h.pool.Put(rw)
}

var coded = []string{"gzip"}

func rawGzip(next http.Handler) http.Handler {
	return &raw{next: next, pool: sync.Pool{New: func() any {
		zw, _ := kgzip.NewWriterLevel(nil, 5)
		return &rawWriter{encoder: zw}
	}}}
}

func rawZstd(next http.Handler) http.Handler {
	return &raw{next: next, pool: sync.Pool{New: func() any {
		zw, _ := zstd.NewWriter(nil, zstd.WithWindowSize(512<<10), zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true))
		return &rawWriter{encoder: zw}
	}}}
}

func bare(next http.Handler) http.Handler { return next }

func surcoat(next http.Handler) http.Handler { return (&gzip.Compressor{}).Wrap(next) }

var (
	json1K5 = bytes.Repeat([]byte(`{"id":4711,"name":"Ada Lovelace","mail":"ada@example.org","roles":["author","editor"]},`), 18)[:1536]
	html16K = []byte(strings.Repeat(`<li class="entry"><a href="/pages/analytical-engine">The Analytical Engine</a> weaves algebraical patterns</li>`+"\n", 150))
)

// BenchmarkCompressor stands beside the handler alone (bare) and beside an encoder around it
// that asks no questions (raw).
func BenchmarkCompressor(b *testing.B) {
	for _, c := range []struct {
		name    string
		accept  string
		page    page
		against map[string]func(http.Handler) http.Handler
	}{
		{"JSON1K5/gzip", "gzip", page{[]string{"application/json"}, json1K5}, layers("raw", rawGzip)},
		{"JSON1K5/zstd", "zstd", page{[]string{"application/json"}, json1K5}, layers("raw", rawZstd)},
		{"HTML16K/gzip", "gzip", page{[]string{"text/html; charset=utf-8"}, html16K}, layers("raw", rawGzip)},
		{"HTML16K/zstd", "zstd", page{[]string{"text/html; charset=utf-8"}, html16K}, layers("raw", rawZstd)},
		{"PassSmall", "gzip, deflate, br, zstd", page{[]string{"application/json"}, json1K5[:200]}, layers("bare", bare)},
		{"PassPNG", "gzip, deflate, br, zstd", page{[]string{"image/png"}, html16K}, layers("bare", bare)},
		{"PassNoAE", "", page{[]string{"application/json"}, json1K5}, layers("bare", bare)},
	} {
		for name, layer := range c.against {
			b.Run(c.name+"/"+name, func(b *testing.B) {
				r := httptest.NewRequest("GET", "/", nil)
				if c.accept != "" {
					r.Header.Set("Accept-Encoding", c.accept)
				}
				w := &sink{header: make(http.Header)}
				h := layer(c.page)
				b.ReportAllocs()
				for b.Loop() {
					clear(w.header)
					h.ServeHTTP(w, r)
				}
			})
		}
	}
}

func layers(name string, other func(http.Handler) http.Handler) map[string]func(http.Handler) http.Handler {
	return map[string]func(http.Handler) http.Handler{"surcoat": surcoat, name: other}
}

// BenchmarkIdleStreams measures no time: its figure is what each open stream holds of the
// heap after its first event, the handler and its goroutine apart.
func BenchmarkIdleStreams(b *testing.B) {
	const streams = 100
	events := func(mediaType string) bool { return mediaType == "text/event-stream" }
	for _, encoding := range []gzip.Encoding{nil, gzip.Gzip{}, gzip.Gzip{Level: 1}, gzip.Zstd{}, gzip.Zstd{Window: 64 << 10}, gzip.Zstd{Window: 16 << 10, Level: zstd.SpeedFastest}} {
		b.Run(fmt.Sprintf("%T%+v", encoding, encoding), func(b *testing.B) {
			zip := &gzip.Compressor{Types: events, Encodings: []gzip.Encoding{}}
			accept := ""
			if encoding != nil {
				zip.Encodings, accept = []gzip.Encoding{encoding}, encoding.Coding()
			}
			for b.Loop() {
				flushed, done := make(chan struct{}), make(chan struct{})
				h := zip.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "text/event-stream")
					_, _ = io.WriteString(w, "data: the first event of many that never come\n\n")
					w.(http.Flusher).Flush()
					flushed <- struct{}{}
					<-done
				}))
				before := heap()
				var ended sync.WaitGroup
				for range streams {
					ended.Go(func() {
						r := httptest.NewRequest("GET", "/", nil)
						r.Header.Set("Accept-Encoding", accept)
						h.ServeHTTP(&sink{header: make(http.Header)}, r)
					})
					<-flushed
				}
				b.ReportMetric(float64(heap()-before)/streams, "B/stream")
				close(done)
				ended.Wait()
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC() // the first moves what is in pools aside
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
