package gzip_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/surcoat/surcoat/middleware/gzip"
	"github.com/surcoat/surcoat/middleware/middlewaretest"
)

func TestConformance(t *testing.T) {
	middlewaretest.Run(t, wrap)
}

// The same with everything compressed, so that the suite's small bodies go through an encoder.
func TestConformance_everything(t *testing.T) {
	zip := &gzip.Compressor{MinSize: 1, Types: func(t string) bool { return t != "image/png" }}
	middlewaretest.Run(t, zip.Wrap)
}

func TestWrapPanics(t *testing.T) {
	text := http.HandlerFunc(text)
	for _, c := range []struct {
		zip  gzip.Compressor
		next http.Handler
		says string
	}{
		{gzip.Compressor{}, nil, "gzip: Compressor.Wrap: next is nil"},
		{gzip.Compressor{MinSize: -1}, text, "Compressor.MinSize"},
		{gzip.Compressor{Encodings: []gzip.Encoding{gzip.Gzip{}, nil}}, text, "Compressor.Encodings[1] is nil"},
		{gzip.Compressor{Encodings: []gzip.Encoding{gzip.Gzip{}, gzip.Gzip{Level: 9}}}, text, "gzip is there twice"},
		{gzip.Compressor{Encodings: []gzip.Encoding{gzip.Gzip{Level: 10}}}, text, "Gzip.Level is 10"},
		{gzip.Compressor{Encodings: []gzip.Encoding{gzip.Gzip{Level: -1}}}, text, "Gzip.Level is -1"},
		{gzip.Compressor{Encodings: []gzip.Encoding{gzip.Zstd{Level: 99}}}, text, "Zstd.Level is 99"},
		{gzip.Compressor{Encodings: []gzip.Encoding{gzip.Zstd{Window: 1000}}}, text, "Zstd.Window is 1000"},
		{gzip.Compressor{Encodings: []gzip.Encoding{gzip.Zstd{Window: 16 << 20}}}, text, "Zstd.Window is 16777216"},
		{gzip.Compressor{Encodings: []gzip.Encoding{named("GZIP")}}, text, `"GZIP" is not the name`},
		{gzip.Compressor{Encodings: []gzip.Encoding{named("")}}, text, `"" is not the name`},
		{gzip.Compressor{Encodings: []gzip.Encoding{named("*")}}, text, `"*" is not the name`},
		{gzip.Compressor{Encodings: []gzip.Encoding{named("identity")}}, text, `"identity" is not the name`},
		{gzip.Compressor{Encodings: []gzip.Encoding{named("a b")}}, text, `"a b" is not the name`},
		{gzip.Compressor{Encodings: []gzip.Encoding{named(`a"b`)}}, text, `is not the name`},
		{gzip.Compressor{Encodings: []gzip.Encoding{named("dcb")}}, text, "dcb takes a dictionary"},
		{gzip.Compressor{Encodings: []gzip.Encoding{without("br")}}, text, "Compressor.Encodings[0]: NewEncoder of br returned nil"},
	} {
		t.Run(c.says, func(t *testing.T) {
			defer func() {
				if v := recover(); !strings.Contains(fmt.Sprint(v), c.says) || !strings.HasPrefix(fmt.Sprint(v), "gzip: Compressor") {
					t.Errorf("panic: %v", v)
				}
			}()
			c.zip.Wrap(c.next)
			t.Error("no panic")
		})
	}
}

type named string

func (n named) Coding() string                    { return string(n) }
func (n named) NewEncoder() (gzip.Encoder, error) { return gzip.Gzip{}.NewEncoder() }

// without has neither an encoder nor a decoder.
type without string

func (n without) Coding() string                    { return string(n) }
func (n without) NewEncoder() (gzip.Encoder, error) { return nil, nil }
func (n without) NewDecoder() (gzip.Decoder, error) { return nil, nil }

// Every level that can be named works.
func TestLevels(t *testing.T) {
	for level := range 10 {
		zip := &gzip.Compressor{Encodings: []gzip.Encoding{gzip.Gzip{Level: level}}}
		serveWith(t, 1, zip, text).get(takesGzip).is("gzip", prose)
	}
	for level := zstd.EncoderLevel(0); level <= zstd.SpeedBestCompression; level++ {
		zip := &gzip.Compressor{Encodings: []gzip.Encoding{gzip.Zstd{Level: level, Window: 1 << 20}}}
		serveWith(t, 1, zip, text).get("Accept-Encoding: zstd").is("zstd", prose)
	}
}

// The fields are read once.
func TestFieldsAreReadOnce(t *testing.T) {
	zip := &gzip.Compressor{Encodings: []gzip.Encoding{gzip.Gzip{}}}
	h := zip.Wrap(http.HandlerFunc(text))
	zip.MinSize, zip.Encodings[0] = 1<<30, gzip.Zstd{}
	serveHandler(t, 1, h).get("Accept-Encoding: gzip, zstd").is("gzip", prose)
}

// No codings at all is a way to switch the layer off, and it is off for good.
func TestNoEncodings(t *testing.T) {
	mux := http.NewServeMux()
	if h := (&gzip.Compressor{Encodings: []gzip.Encoding{}}).Wrap(mux); h != http.Handler(mux) {
		t.Errorf("Wrap returns a %T", h)
	}
}

// wrapped hides a writer as other layers' writers do.
type wrapped struct{ http.ResponseWriter }

func (w wrapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func TestDisable(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		coding  string
	}{
		{"before", func(w http.ResponseWriter, r *http.Request) { disable(t, w, true); text(w, r) }, ""},
		{"through wrappers", func(w http.ResponseWriter, r *http.Request) {
			disable(t, wrapped{wrapped{w}}, true)
			text(w, r)
		}, ""},
		{"while held back", func(w http.ResponseWriter, r *http.Request) {
			write(w, "text/plain; charset=utf-8", prose[:100])
			disable(t, w, true)
			io.WriteString(w, prose[100:])
		}, ""},
		{"when it passes anyway", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-transform")
			text(w, r)
			disable(t, w, true)
		}, ""},
		{"too late", func(w http.ResponseWriter, r *http.Request) { text(w, r); disable(t, w, false) }, "gzip"},
		{"with the tag's suffix", func(w http.ResponseWriter, r *http.Request) {
			disable(t, w, true)
			w.Header().Set("ETag", `"v1"`)
			text(w, r)
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				s := serve(t, proto, c.handler)
				for range 2 { // the second time with what the first left in the pool
					a := s.get(takesGzip)
					a.is(c.coding, prose)
					if strings.Contains(a.Header.Get("ETag"), "-gzip") {
						t.Errorf("ETag %s", a.Header.Get("ETag"))
					}
				}
			})
		})
	}
	t.Run("twice", func(t *testing.T) {
		h := wrap(wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { disable(t, w, true); text(w, r) })))
		serveHandler(t, 1, h).get(takesGzip).is("", prose)
	})
	t.Run("no Compressor", func(t *testing.T) { disable(t, wrapped{httptest.NewRecorder()}, false) })
}

func disable(t *testing.T, w http.ResponseWriter, want bool) {
	t.Helper()
	if got := gzip.Disable(w); got != want {
		t.Errorf("Disable: %t", got)
	}
}

// What a handler does to its header after its first write has no effect, although the header
// may not have left yet.
func TestLateHeader(t *testing.T) {
	for _, body := range []string{"small", prose[:2000], prose} {
		for _, accept := range []string{"", "gzip"} {
			protocols(t, func(t *testing.T, proto int) {
				s := serve(t, proto, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("X-Early", "1")
					w.Header().Set("X-Gone", "1")
					w.Header().Add("X-More", "1")
					write(w, "text/plain", body)
					h := w.Header()
					h.Set("Content-Type", "text/html")
					h.Set("X-Early", "2")
					h.Add("X-More", "2")
					h.Del("X-Gone")
					h.Set("X-Late", "1")
					h.Set("Content-Encoding", "evil")
					h.Set("Cache-Control", "no-transform")
				})
				a := s.get("Accept-Encoding: " + accept)
				a.field("Content-Type", "text/plain")
				a.field("X-Early", "1")
				a.field("X-More", "1")
				a.field("X-Gone", "1")
				a.field("X-Late")
				a.field("Cache-Control")
				if len(body) < 1024 {
					accept = ""
				}
				a.is(accept, body)
			})
		}
	}
}

// A second status is not taken for the first, and the server complains about it when it can.
func TestSecondStatus(t *testing.T) {
	for _, body := range []string{"small", prose[:2000], prose} {
		for _, accept := range []string{"", "gzip"} {
			protocols(t, func(t *testing.T, proto int) {
				s := serve(t, proto, func(w http.ResponseWriter, r *http.Request) {
					write(w, "text/plain", body)
					http.Error(w, "too late", http.StatusInternalServerError)
					w.WriteHeader(http.StatusEarlyHints)
				})
				a := s.get("Accept-Encoding: " + accept)
				a.status(http.StatusOK)
				a.field("Content-Type", "text/plain")
				a.is(a.coding(), body+"too late\n")
			})
		}
	}
}

// Many at once, each with a body of its own.
func TestConcurrent(t *testing.T) {
	protocols(t, func(t *testing.T, proto int) {
		s := serve(t, proto, func(w http.ResponseWriter, r *http.Request) {
			random := rand.New(rand.NewPCG(uint64(len(r.Header.Get("X-Want"))), 1))
			w.Header().Set("Content-Type", "text/plain")
			for rest := r.Header.Get("X-Want") + prose; rest != ""; {
				n := min(len(rest), 1+random.IntN(3000))
				io.WriteString(w, rest[:n])
				rest = rest[n:]
				if random.IntN(8) == 0 {
					w.(http.Flusher).Flush()
				}
			}
			if strings.HasSuffix(r.Header.Get("X-Want"), "!") {
				panic(http.ErrAbortHandler)
			}
		})
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for j := range 20 {
					want := fmt.Sprintf("%d of %d:%s", j, i, strings.Repeat("x", i*j))
					coding := []string{"gzip", "zstd", ""}[j%3]
					if j%7 == 6 {
						r, _ := http.NewRequest("GET", s.server.URL, nil)
						r.Header.Set("X-Want", want+"!")
						r.Header.Set("Accept-Encoding", coding)
						if res, err := s.server.Client().Do(r); err == nil {
							if _, err := io.Copy(io.Discard, res.Body); err == nil {
								t.Error("a broken answer looks whole")
							}
							res.Body.Close()
						}
						continue
					}
					s.get("X-Want: "+want, "Accept-Encoding: "+coding).is(coding, want+prose)
				}
			})
		}
		wg.Wait()
	})
}

// spec, Speed: nothing is allocated for a request; once in 64 there is a new slab of writers,
// and once in 16 to 32 one of header values.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("under the race detector sync.Pool loses what it is given, on purpose")
	}
	for _, c := range []struct {
		name, accept string
		page         page
		extra        http.Header
	}{
		{"gzip", "gzip", page{[]string{"application/json"}, json1K5}, nil},
		{"zstd", "zstd", page{[]string{"application/json"}, json1K5}, nil},
		{"a browser", "gzip, deflate, br, zstd", page{[]string{"text/html"}, html16K}, nil},
		{"small", "gzip", page{[]string{"application/json"}, json1K5[:100]}, nil},
		{"png", "gzip", page{[]string{"image/png"}, html16K}, nil},
		{"no Accept-Encoding", "", page{[]string{"application/json"}, json1K5}, nil},
		{"If-None-Match of others", "gzip", page{[]string{"application/json"}, json1K5}, http.Header{"If-Match": {"*"}}},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		for name, v := range c.extra {
			r.Header[name] = v
		}
		if c.accept != "" {
			r.Header.Set("Accept-Encoding", c.accept)
		}
		w := &sink{header: make(http.Header)}
		h := wrap(c.page)
		if n := testing.AllocsPerRun(2000, func() {
			clear(w.header)
			h.ServeHTTP(w, r)
		}); n > 0 {
			t.Errorf("%s: %v allocations for a request", c.name, n)
		}
	}
}
