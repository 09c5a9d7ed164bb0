package gzip_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// script is 260 KB of something like a bundle of minified JavaScript, which gzip makes 2.6 times smaller.
var script = func() []byte {
	random := rand.New(rand.NewPCG(9842, 1))
	words := make([]string, 3000)
	for i := range words {
		b := make([]byte, 1+random.IntN(9))
		for j := range b {
			b[j] = "etaoinsrhldcumfpgwybvkxjqz"[min(random.IntN(26), random.IntN(26))]
		}
		words[i] = string(b)
	}
	word := func() string {
		return words[min(random.IntN(len(words)), random.IntN(len(words)), random.IntN(len(words)))]
	}
	var b strings.Builder
	for b.Len() < 260<<10 {
		switch random.IntN(4) {
		case 0:
			fmt.Fprintf(&b, "function %s(%s,%s){return %s.%s(%s)}", word(), word()[:1], word()[:1], word(), word(), word()[:1])
		case 1:
			fmt.Fprintf(&b, "if(!%s.%s)throw new Error(%q);", word(), word(), word()+" "+word()+" "+word())
		case 2:
			fmt.Fprintf(&b, "var %s=%s[%d]||{%s:%s,%s:\"%s\"};", word(), word(), random.IntN(99), word(), word()[:1], word(), word())
		default:
			fmt.Fprintf(&b, "%s.prototype.%s=%s(%s,%s),", word(), word(), word(), word(), word())
		}
	}
	return []byte(b.String()[:260<<10])
}()

// serving allocates nothing itself, but for http.ServeContent.
type serving struct{ byReader bool }

var (
	javascript = []string{"text/javascript"}
	forAnybody = []string{"public, max-age=3600"}
	version    = []string{`"v1"`}
)

func (s serving) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h["Content-Type"], h["Cache-Control"], h["Etag"] = javascript, forAnybody, version
	if s.byReader {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(script))
		return
	}
	_, _ = w.Write(script)
}

// BenchmarkCache is a script that is asked for again: from a Cache, encoded each time, and by the
// handler alone.
func BenchmarkCache(b *testing.B) {
	for _, way := range []serving{{false}, {true}} {
		for _, c := range []struct {
			name  string
			layer func(http.Handler) http.Handler
		}{
			{"kept", (&gzip.Compressor{Cache: &gzip.Cache{}}).Wrap},
			{"encoded", (&gzip.Compressor{}).Wrap},
			{"bare", bare},
		} {
			for _, coding := range []string{"gzip", "zstd"} {
				b.Run(fmt.Sprintf("%s/%s/%s", map[bool]string{false: "Write", true: "ServeContent"}[way.byReader], coding, c.name), func(b *testing.B) {
					r := httptest.NewRequest("GET", "/app.js", nil)
					r.Header.Set("Accept-Encoding", coding)
					w := &sink{header: make(http.Header)}
					h := c.layer(way)
					h.ServeHTTP(w, r)
					clear(w.header)
					h.ServeHTTP(w, r) // now it is encoded better
					b.ReportAllocs()
					for b.Loop() {
						w.n = 0
						clear(w.header)
						h.ServeHTTP(w, r)
					}
					b.ReportMetric(float64(w.n), "bytes")
				})
			}
		}
	}
}

// BenchmarkCache_better is what two requests for a script cost that nobody has asked for before, with
// encoders that have not been used lately: as the Compressor encodes it, and better for the second one.
func BenchmarkCache_better(b *testing.B) {
	for _, better := range []bool{false, true} {
		for _, coding := range []string{"gzip", "zstd"} {
			b.Run(fmt.Sprintf("%s/%t", coding, better), func(b *testing.B) {
				r := httptest.NewRequest("GET", "/app.js", nil)
				r.Header.Set("Accept-Encoding", coding)
				w := &sink{header: make(http.Header)}
				b.ReportAllocs()
				for b.Loop() {
					cache := &gzip.Cache{}
					if !better {
						cache.Encodings = []gzip.Encoding{}
					}
					h := (&gzip.Compressor{Cache: cache}).Wrap(serving{})
					for range 2 {
						w.n = 0
						clear(w.header)
						h.ServeHTTP(w, r)
					}
				}
				b.ReportMetric(float64(w.n), "bytes")
			})
		}
	}
}
