package gzip_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// public answers as a Cache wants it: anybody may have the body, and it has a name.
func public(fields ...string) http.HandlerFunc {
	return with(append([]string{"Cache-Control: public", `ETag: "v1"`}, fields...)...)
}

// caching returns a Compressor whose Cache encodes in these ways.
func caching(better ...gzip.Encoding) *gzip.Compressor {
	return &gzip.Compressor{Cache: &gzip.Cache{Encodings: better}}
}

// ended counts the bodies that were encoded to their end.
func (w *watched) ended() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.encoders {
		n += strings.Count(strings.Join(e.all, " "), "Close")
	}
	return n
}

// writes are ways to write a body.
var writes = map[string]func(w http.ResponseWriter, body string){
	"Write":       func(w http.ResponseWriter, body string) { _, _ = w.Write([]byte(body)) },
	"WriteString": func(w http.ResponseWriter, body string) { _, _ = io.WriteString(w, body) },
	"ReadFrom": func(w http.ResponseWriter, body string) {
		_, _ = w.(io.ReaderFrom).ReadFrom(onlyReader{strings.NewReader(body)})
	},
	"bytes": func(w http.ResponseWriter, body string) {
		for i := range len(body) {
			_, _ = w.Write([]byte(body[i : i+1]))
		}
	},
	"declared": func(w http.ResponseWriter, body string) {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = io.WriteString(w, body)
	},
}

// spec, Compressed cache: the body is encoded once when it is first asked for, and once, better, when it
// is asked for again. The answer is that of a Compressor without a Cache, but for a Content-Length.
func TestCache_hit(t *testing.T) {
	encodings := []gzip.Encoding{gzip.Gzip{}, gzip.Zstd{}}
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				for i, encoding := range encodings {
					handler := func(w http.ResponseWriter, _ *http.Request) {
						h := w.Header()
						h.Set("Cache-Control", "max-age=60, public")
						h.Set("ETag", `"v1"`)
						h.Set("Accept-Ranges", "bytes")
						if i == 0 { // else it is sniffed
							h.Set("Content-Type", "text/plain; charset=utf-8")
						}
						write(w, prose)
					}
					own, better := &watched{Encoding: encoding}, &watched{Encoding: encoding}
					zip := &gzip.Compressor{Encodings: []gzip.Encoding{own}, Cache: &gzip.Cache{Encodings: []gzip.Encoding{better}}}
					s, without := serveWith(t, proto, zip, handler), serve(t, proto, handler)
					accept := "Accept-Encoding: " + encoding.Coding()
					for _, method := range []string{"GET", "GET", "HEAD", "GET"} {
						a, want := s.do(method, accept), without.do(method, accept)
						if method == "GET" {
							a.is(encoding.Coding(), prose)
							a.field("Content-Length", strconv.Itoa(len(a.raw)))
						}
						for _, h := range []http.Header{a.Header, want.Header} {
							h.Del("Content-Length")
							h.Del("Date")
						}
						if got, want := fmt.Sprint(a.Header), fmt.Sprint(want.Header); got != want {
							t.Errorf("%s\n%s, want\n%s", method, got, want)
						}
					}
					own.settled(t)
					better.settled(t)
					if own.ended() != 1 || better.ended() != 1 {
						t.Errorf("%d bodies encoded, and %d encoded better", own.ended(), better.ended())
					}
				}
			})
		})
	}
}

// A handler that answers preconditions and ranges still does.
func TestCache_serveContent(t *testing.T) {
	protocols(t, func(t *testing.T, proto int) {
		better := &watched{Encoding: gzip.Gzip{}}
		s := serveWith(t, proto, caching(better), func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "public")
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("ETag", `"v1"`)
			http.ServeContent(w, r, "", time.Time{}, strings.NewReader(prose))
		})
		for range 3 {
			a := s.get(takesGzip)
			a.is("gzip", prose)
			a.field("Content-Length", strconv.Itoa(len(a.raw)))
			a.field("Etag", `"v1-gzip"`)

			a = s.get(takesGzip, `If-None-Match: "v1-gzip"`)
			a.status(http.StatusNotModified)
			a.is("", "")
			a.field("Etag", `"v1-gzip"`)
			a.field("Vary", "Accept-Encoding")

			a = s.get(takesGzip, "Range: bytes=10-19")
			a.status(http.StatusPartialContent)
			a.is("", prose[10:20])

			s.get().is("", prose)
		}
		if n := better.ended(); n != 1 {
			t.Errorf("%d bodies encoded", n)
		}
	})
}

// One body in several codings, each encoded better once, or as usual where the Cache has nothing better.
func TestCache_codings(t *testing.T) {
	zipped, zstd, other := &watched{Encoding: gzip.Gzip{Level: 9}}, &watched{Encoding: gzip.Zstd{}}, &watched{Encoding: deflate{}}
	zip := caching(zipped, zstd)
	zip.Encodings = []gzip.Encoding{gzip.Zstd{}, gzip.Gzip{}, other} // for which the Cache has no better one
	s := serveWith(t, 1, zip, public())
	for range 3 {
		s.get("Accept-Encoding: gzip").is("gzip", prose)
		s.get("Accept-Encoding: zstd").is("zstd", prose)
		s.get("Accept-Encoding: identity").is("", prose)
		if a := s.get("Accept-Encoding: deflate"); a.coding() != "deflate" || a.ContentLength <= 0 {
			t.Errorf("Content-Encoding %q", a.coding())
		}
	}
	for _, w := range []*watched{zipped, zstd, other} {
		if n := w.ended(); n != 1 {
			t.Errorf("%s: %d bodies encoded", w.Coding(), n)
		}
	}
}

// Bodies in the coding dcz are kept by dictionary.
func TestCache_dictionaries(t *testing.T) {
	body := string(script[:60_000])
	one := &gzip.Dictionary{Content: script[:20_000], Match: "/*"}
	two := &gzip.Dictionary{Content: script[30_000:50_000], Match: "/*"}
	protocols(t, func(t *testing.T, proto int) {
		zip := &gzip.Compressor{Cache: &gzip.Cache{}, Dictionaries: []*gzip.Dictionary{one, two}}
		s := serveWith(t, proto, zip, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "public")
			w.Header().Set("ETag", `"v1"`)
			write(w, "text/javascript", body)
		})
		first := make(map[*gzip.Dictionary]answer)
		for range 3 {
			for _, d := range []*gzip.Dictionary{one, two} {
				a := s.get(takesDCZ(d.Content)...)
				if got, err := decodeDCZ(d.Content, a.raw); err != nil || string(got) != body || a.coding() != "dcz" {
					t.Errorf("%q: %d bytes, %v", a.coding(), len(got), err)
				}
				a.field("Content-Length", strconv.Itoa(len(a.raw))) // so it was kept
				a.field("Vary", "Accept-Encoding", "Available-Dictionary")
				if was, ok := first[d]; !ok {
					first[d] = a
				} else if string(was.raw) != string(a.raw) || was.Header.Get("Etag") != a.Header.Get("Etag") {
					t.Errorf("%d bytes %s, then %d bytes %s", len(was.raw), was.Header.Get("Etag"), len(a.raw), a.Header.Get("Etag"))
				}
			}
			s.get("Accept-Encoding: gzip, dcz").is("gzip", body)
		}
		if a, b := first[one].Header.Get("Etag"), first[two].Header.Get("Etag"); a == b || !strings.HasPrefix(a, `"v1-dcz-`) {
			t.Errorf("tags %s and %s", a, b)
		}
	})
}

// Several Compressors share a Cache; the fields are read by the first Wrap.
func TestCache_shared(t *testing.T) {
	better := &watched{Encoding: gzip.Gzip{}}
	cache := &gzip.Cache{Encodings: []gzip.Encoding{better}}
	one := (&gzip.Compressor{Cache: cache}).Wrap(public())
	cache.Encodings[0], cache.MaxBytes = nil, -1
	two := (&gzip.Compressor{Cache: cache}).Wrap(public())
	serveHandler(t, 1, one).get(takesGzip).is("gzip", prose)
	serveHandler(t, 1, two).get(takesGzip).is("gzip", prose)
	if n := better.ended(); n != 0 { // each server has its own Host
		t.Errorf("%d bodies encoded", n)
	}
	for _, h := range []http.Handler{one, two, one} {
		if got, err := ask(h, "http://example.org/"); err != nil || got != prose {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
	if n := better.ended(); n != 1 {
		t.Errorf("%d bodies encoded", n)
	}
}

// ask returns what a handler answers to a GET that takes gzip, decoded.
func ask(h http.Handler, target string, fields ...string) (string, error) {
	return answered(h, asking(target, fields...))
}

func asking(target string, fields ...string) *http.Request {
	r := httptest.NewRequest("GET", target, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		r.Header.Set(name, value)
	}
	return r
}

func answered(h http.Handler, r *http.Request) (string, error) {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	if n := rec.Header().Get("Content-Length"); n != "" && n != strconv.Itoa(rec.Body.Len()) {
		return "", fmt.Errorf("Content-Length %s beside %d bytes", n, rec.Body.Len())
	}
	body, err := decode(rec.Header().Get("Content-Encoding"), rec.Body.Bytes())
	return string(body), err
}

// Bodies of different hosts, URLs as the client sent them, and tags are kept beside each other.
func TestCache_keys(t *testing.T) {
	better := &watched{Encoding: gzip.Gzip{}}
	zip := caching(better).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public")
		w.Header().Set("ETag", r.Header.Get("X-Tag"))
		write(w, "text/plain", r.Host+r.RequestURI+prose)
	}))
	cut := http.StripPrefix("/a", http.StripPrefix("/b", zip)) // what is cut off counts
	targets := []string{"http://a/", "http://b/", "http://a/?q=1", "http://a/?q=2", "http://a/x", "http://a/%78", "http://a/a/b/x"}
	tags := []string{`"v1"`, `"v2"`, `""`}
	for range 3 {
		for _, target := range targets {
			for _, tag := range tags {
				h, r := zip, asking(target, "X-Tag: "+tag)
				if strings.HasPrefix(r.URL.Path, "/a/b") {
					h = cut
				}
				if got, err := answered(h, r); err != nil || got != r.Host+r.RequestURI+prose {
					t.Errorf("%s %s: %.40q, %v", target, tag, got, err)
				}
			}
		}
	}
	if n := better.ended(); n != len(targets)*len(tags) {
		t.Errorf("%d bodies encoded", n)
	}
}

// Where nothing is known of a body before it is whole, it is as if there were no Cache, except that
// nothing is sent before the handler returns or flushes.
func TestCache_streams(t *testing.T) {
	for _, first := range []string{"", prose} { // compared with nothing, and with what is kept
		protocols(t, func(t *testing.T, proto int) {
			better := &watched{Encoding: gzip.Gzip{}}
			flushing, whole := false, make(chan struct{})
			s := serveWith(t, proto, caching(better), func(w http.ResponseWriter, r *http.Request) {
				if !flushing {
					public()(w, r)
					return
				}
				with("Cache-Control: public", `ETag: "v1"`)(cutOff{w, 5000}, r)
				_ = http.NewResponseController(w).Flush()
				<-whole
				_, _ = io.WriteString(w, prose[5000:])
			})
			if first != "" {
				s.get(takesGzip).is("gzip", prose)
			}
			flushing = true
			for range 2 {
				res := s.open("gzip")
				body, got := decoder(t, "gzip", res.Body), make([]byte, 5000)
				if _, err := io.ReadFull(body, got); err != nil || string(got) != prose[:5000] || res.ContentLength >= 0 {
					t.Errorf("%.40q, %v, Content-Length %d", got, err, res.ContentLength)
				}
				whole <- struct{}{}
				if rest, err := io.ReadAll(body); err != nil || string(rest) != prose[5000:] {
					t.Errorf("%d bytes follow, %v", len(rest), err)
				}
				res.Body.Close()
			}
			flushing = false
			for range 3 {
				s.get(takesGzip).is("gzip", prose)
			}
			if n := better.ended(); n != 1 {
				t.Errorf("%d bodies encoded", n)
			}
		})
	}
}

// cutOff drops what is written to it beyond n bytes in one call.
type cutOff struct {
	http.ResponseWriter
	n int
}

func (w cutOff) Write(p []byte) (int, error) { return w.ResponseWriter.Write(p[:min(len(p), w.n)]) }

// What is too late for an encoded body is too late for one that goes to the Cache.
func TestCache_tooLate(t *testing.T) {
	for name, late := range map[string]func(t *testing.T, w http.ResponseWriter){
		"Disable": func(t *testing.T, w http.ResponseWriter) { disable(t, w, false) },
		"Hijack": func(t *testing.T, w http.ResponseWriter) {
			if _, _, err := w.(http.Hijacker).Hijack(); err == nil {
				t.Error("hijacked")
			}
		},
		"WriteHeader": func(_ *testing.T, w http.ResponseWriter) { w.WriteHeader(http.StatusTeapot) },
		"Header": func(_ *testing.T, w http.ResponseWriter) {
			w.Header().Set("ETag", `"v2"`)
			w.Header().Set("Set-Cookie", "late=1")
			w.Header().Set("Content-Type", "image/png")
		},
	} {
		t.Run(name, func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				better := &watched{Encoding: gzip.Gzip{}}
				s := serveWith(t, proto, caching(better), func(w http.ResponseWriter, r *http.Request) {
					public()(w, r)
					late(t, w)
				})
				for range 3 {
					a := s.get(takesGzip)
					a.status(http.StatusOK)
					a.is("gzip", prose)
					a.field("Etag", `"v1-gzip"`)
					a.field("Set-Cookie")
					a.field("Content-Type", "text/plain; charset=utf-8")
				}
				if n := better.ended(); n != 1 {
					t.Errorf("%d bodies encoded", n)
				}
			})
		})
	}
	better := &watched{Encoding: gzip.Gzip{}}
	s := serveWith(t, 1, caching(better), func(w http.ResponseWriter, r *http.Request) {
		disable(t, w, true)
		public()(w, r)
	})
	for range 3 {
		s.get(takesGzip).is("", prose)
	}
	if better.ended() > 0 {
		t.Error("a disabled response went to the Cache")
	}
}

// No two padded bodies are the same, so none is kept.
func TestCache_padding(t *testing.T) {
	better := &watched{Encoding: gzip.Gzip{}}
	zip := caching(better)
	zip.Padding = 100
	s := serveWith(t, 1, zip, public())
	for range 3 {
		s.get(takesGzip).is("gzip", prose)
	}
	if n := better.ended(); n != 0 {
		t.Errorf("%d bodies went to the Cache", n)
	}
}

func TestCache_panics(t *testing.T) {
	for _, c := range []struct {
		cache *gzip.Cache
		says  string
	}{
		{&gzip.Cache{MaxBytes: -1}, "Cache.MaxBytes is negative"},
		{&gzip.Cache{Encodings: []gzip.Encoding{gzip.Gzip{}, nil}}, "Cache.Encodings[1] is nil"},
		{&gzip.Cache{Encodings: []gzip.Encoding{gzip.Gzip{}, gzip.Gzip{Level: 9}}}, "Cache.Encodings[1]: gzip is there twice"},
		{&gzip.Cache{Encodings: []gzip.Encoding{gzip.Gzip{Level: 10}}}, "Cache.Encodings[0]: Gzip.Level is 10"},
		{&gzip.Cache{Encodings: []gzip.Encoding{named("GZIP")}}, `Cache.Encodings[0]: "GZIP" is not the name`},
		{&gzip.Cache{Encodings: []gzip.Encoding{named("")}}, `Cache.Encodings[0]: "" is not the name`},
		{&gzip.Cache{Encodings: []gzip.Encoding{named("identity")}}, `Cache.Encodings[0]: "identity" is not the name`},
		{&gzip.Cache{Encodings: []gzip.Encoding{named("dcz")}}, "Cache.Encodings[0]: dcz takes a dictionary"},
	} {
		t.Run(c.says, func(t *testing.T) {
			for range 2 { // the second time, too
				func() {
					defer func() {
						if v := fmt.Sprint(recover()); !strings.HasPrefix(v, "gzip: "+c.says) {
							t.Errorf("panic: %v", v)
						}
					}()
					(&gzip.Compressor{Cache: c.cache}).Wrap(public())
					t.Error("no panic")
				}()
			}
		})
	}
}
