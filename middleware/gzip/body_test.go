package gzip_test

import (
	"bytes"
	stdgzip "compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// spec 14
func TestMinSize(t *testing.T) {
	for _, c := range []struct {
		min, size int
		coding    string
	}{
		{0, 1, ""},
		{0, 1023, ""},
		{0, 1024, "gzip"},
		{0, 5000, "gzip"},
		{1, 1, "gzip"},
		{100, 99, ""},
		{100, 100, "gzip"},
		{10_000, 9999, ""},
		{10_000, 10_000, "gzip"},
	} {
		t.Run(fmt.Sprint(c.min, "/", c.size), func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				body := prose[:c.size]
				declare := false
				s := serveWith(t, proto, &gzip.Compressor{MinSize: c.min}, func(w http.ResponseWriter, _ *http.Request) {
					if declare {
						w.Header().Set("Content-Length", fmt.Sprint(c.size))
					}
					write(w, "text/plain", body)
				})
				for range 2 {
					a := s.get(takesGzip)
					a.is(c.coding, body)
					if c.coding == "" {
						a.field("Content-Length", fmt.Sprint(c.size))
					}
					declare = true
				}
				s.quiet()
			})
		})
	}
}

// spec 14: a length that the layer adds, for more than the server counts by itself, neither hides
// that a body is short nor costs it its trailers.
func TestMinSize_large(t *testing.T) {
	zip := &gzip.Compressor{MinSize: 100_000}
	s := serveWith(t, 1, zip, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(prose)+1))
		io.WriteString(w, prose)
	})
	if a := s.get(takesGzip); a.rawErr == nil {
		t.Error("a short body looks whole")
	}
	s = serveWith(t, 1, zip, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		io.WriteString(w, prose)
		w.Header().Set("X-Sum", "42")
	})
	a := s.get(takesGzip)
	a.is("", prose)
	if a.Trailer.Get("X-Sum") != "42" {
		t.Errorf("trailers %v", a.Trailer)
	}
}

// spec 14: what counts is the whole body and not its first piece.
func TestSmallWrites(t *testing.T) {
	protocols(t, func(t *testing.T, proto int) {
		s := serve(t, proto, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			for i := range 10 << 10 {
				if n, err := io.WriteString(w, prose[i:i+1]); n != 1 || err != nil {
					t.Errorf("WriteString: %d, %v", n, err)
				}
			}
		})
		for _, coding := range []string{"gzip", "zstd"} {
			s.get("Accept-Encoding: "+coding).is(coding, prose[:10<<10])
		}
		s.get().is("", prose[:10<<10])
	})
}

// Whichever way the pieces are written, the body is the same.
func TestWaysToWrite(t *testing.T) {
	ways := []func(w http.ResponseWriter, s string) (int, error){
		func(w http.ResponseWriter, s string) (int, error) { return w.Write([]byte(s)) },
		func(w http.ResponseWriter, s string) (int, error) { return io.WriteString(w, s) },
		func(w http.ResponseWriter, s string) (int, error) { return fmt.Fprint(w, s) },
		func(w http.ResponseWriter, s string) (int, error) {
			n, err := io.Copy(w, onlyReader{strings.NewReader(s)})
			return int(n), err
		},
		func(w http.ResponseWriter, s string) (int, error) {
			n, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader(s))
			return int(n), err
		},
		func(w http.ResponseWriter, s string) (int, error) {
			return len(s), http.NewResponseController(w).Flush()
		},
	}
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				var want strings.Builder
				typed := seed%3 > 0
				s := serve(t, proto, func(w http.ResponseWriter, r *http.Request) {
					random := rand.New(rand.NewPCG(seed, 1))
					want.Reset()
					if typed {
						w.Header().Set("Content-Type", "text/plain; charset=utf-8")
					}
					for range 1 + random.IntN(12) {
						at := random.IntN(len(prose))
						piece := prose[at:min(len(prose), at+1<<random.IntN(15))]
						way := random.IntN(len(ways))
						if n, err := ways[way](w, piece); n != len(piece) || err != nil {
							t.Errorf("way %d of %d bytes: %d, %v", way, len(piece), n, err)
						}
						if way < len(ways)-1 {
							want.WriteString(piece)
						}
					}
				})
				for _, accept := range []string{"", "gzip", "zstd", "identity"} {
					a := s.get("Accept-Encoding: " + accept)
					a.is(a.coding(), want.String())
				}
				s.quiet()
			})
		})
	}
}

type onlyReader struct{ io.Reader }

// spec 15
func TestOwnEncoding(t *testing.T) {
	var b bytes.Buffer
	zw := stdgzip.NewWriter(&b)
	io.WriteString(zw, prose)
	zw.Close()
	for _, coding := range []string{"gzip", "br", "identity", "x-unknown"} {
		protocols(t, func(t *testing.T, proto int) {
			s := serve(t, proto, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", coding)
				w.Header().Set("Content-Length", fmt.Sprint(b.Len()))
				w.Header().Set("ETag", `"v1"`)
				write(w, "text/plain", b.String())
			})
			a := s.get("Accept-Encoding: gzip, zstd, br")
			if a.coding() != coding || !bytes.Equal(a.raw, b.Bytes()) || a.ContentLength != int64(b.Len()) {
				t.Errorf("Content-Encoding %q, %d bytes, Content-Length %d", a.coding(), len(a.raw), a.ContentLength)
			}
			a.field("Etag", `"v1"`)
		})
	}
}

// spec 15
func TestTwice(t *testing.T) {
	protocols(t, func(t *testing.T, proto int) {
		s := serveHandler(t, proto, wrap(wrap(http.HandlerFunc(content))))
		a := s.get(takesGzip)
		a.is("gzip", prose)
		a.field("Etag", `"v1-gzip"`)
		a.field("Vary", "Accept-Encoding")
		a = s.get(takesGzip, `If-None-Match: "v1-gzip"`)
		a.status(http.StatusNotModified)
		a.field("Etag", `"v1-gzip"`)
		s.get().is("", prose)
		s.quiet()
	})
}

// spec 16
func TestSniff(t *testing.T) {
	html := "<!doctype html><title>A page</title>" + prose
	for _, c := range []struct{ name, body, contentType, coding string }{
		{"html", html, "text/html; charset=utf-8", "gzip"},
		{"text", prose, "text/plain; charset=utf-8", "gzip"},
		{"xml", `<?xml version="1.0"?>` + prose, "text/xml; charset=utf-8", "gzip"},
		{"png", "\x89PNG\r\n\x1a\n" + prose, "image/png", ""},
		{"gzip", "\x1f\x8b\x08" + prose, "application/x-gzip", ""},
		{"small html", html[:50], "text/html; charset=utf-8", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				for _, step := range []int{1 << 20, 7} { // at once, and in pieces that say nothing
					s := serve(t, proto, func(w http.ResponseWriter, _ *http.Request) {
						for rest := c.body; rest != ""; rest = rest[min(step, len(rest)):] {
							io.WriteString(w, rest[:min(step, len(rest))])
						}
					})
					for _, fields := range [][]string{{takesGzip}, nil} {
						a := s.get(fields...)
						a.field("Content-Type", c.contentType)
						if fields == nil {
							a.is("", c.body)
						} else {
							a.is(c.coding, c.body)
						}
					}
				}
			})
		})
	}
}

// spec 16: what a body is takes more bytes to see than whether it is to be compressed.
func TestSniff_smallMinSize(t *testing.T) {
	s := serveWith(t, 1, &gzip.Compressor{MinSize: 1}, func(w http.ResponseWriter, _ *http.Request) {
		for _, piece := range []string{"  ", "\n<", "!doctype html>", prose} {
			io.WriteString(w, piece)
		}
	})
	a := s.get(takesGzip)
	a.field("Content-Type", "text/html; charset=utf-8")
	a.is("gzip", "  \n<!doctype html>"+prose)
}

// spec 16
func TestNilContentType(t *testing.T) {
	for _, body := range []string{prose, "small"} {
		protocols(t, func(t *testing.T, proto int) {
			a := serve(t, proto, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = nil
				io.WriteString(w, body)
			}).get(takesGzip)
			a.field("Content-Type")
			a.is(a.coding(), body)
		})
	}
}

// spec 17
func TestMediaTypes(t *testing.T) {
	for _, c := range []struct {
		coding string
		types  []string
	}{
		{"", []string{
			"image/png", "image/jpeg", "image/webp", "image/avif", "video/mp4", "audio/mpeg", "font/woff", "font/woff2",
			"application/zip", "application/gzip", "application/pdf", "application/grpc", "application/grpc+proto",
			"application/octet-stream", "multipart/byteranges; boundary=x", "text/event-stream", "", ";", "text", "/", "x",
		}},
		{"gzip", []string{
			"text/plain", "text/html; charset=utf-8", "Text/HTML", "text/css;charset=utf-8", " text/csv ; header=present", "text/x-made-up",
			"application/json", "application/problem+json", "APPLICATION/LD+JSON", "application/javascript", "text/javascript",
			"application/xml", "application/atom+xml", "application/wasm", "image/svg+xml", "font/ttf", "font/otf",
			"application/vnd.ms-fontobject", "image/x-icon", "image/vnd.microsoft.icon",
		}},
	} {
		for _, contentType := range c.types {
			t.Run(contentType, func(t *testing.T) {
				protocols(t, func(t *testing.T, proto int) {
					a := serve(t, proto, func(w http.ResponseWriter, _ *http.Request) { write(w, contentType, prose) }).get(takesGzip)
					a.is(c.coding, prose)
				})
			})
		}
	}
}

func TestTypes(t *testing.T) {
	zip := &gzip.Compressor{Types: func(mediaType string) bool { return mediaType == "application/x-own" }}
	for contentType, coding := range map[string]string{"Application/X-Own; v=1": "gzip", "text/plain": ""} {
		s := serveWith(t, 1, zip, func(w http.ResponseWriter, _ *http.Request) { write(w, contentType, prose) })
		s.get(takesGzip).is(coding, prose)
	}
}

// spec 18
func TestZstdWindow(t *testing.T) {
	for _, c := range []struct {
		zip  gzip.Zstd
		body int // longer than the window
		want uint64
	}{
		{gzip.Zstd{}, 2 << 20, 512 << 10},
		{gzip.Zstd{Window: 8 << 20}, 20 << 20, 8 << 20},
		{gzip.Zstd{Window: 64 << 10}, 2 << 20, 64 << 10},
		{gzip.Zstd{Level: zstd.SpeedBestCompression}, 2 << 20, 512 << 10},
		{gzip.Zstd{Level: zstd.SpeedFastest}, 2 << 20, 512 << 10},
	} {
		big := strings.Repeat(prose, c.body/len(prose)+1)[:c.body]
		s := serveWith(t, 1, &gzip.Compressor{Encodings: []gzip.Encoding{c.zip}},
			func(w http.ResponseWriter, _ *http.Request) { write(w, "text/plain", big) })
		a := s.get("Accept-Encoding: zstd")
		a.is("zstd", big)
		var h zstd.Header
		if err := h.Decode(a.raw); err != nil {
			t.Fatal(err)
		}
		if h.WindowSize != c.want {
			t.Errorf("%+v: a window of %d bytes, want %d", c.zip, h.WindowSize, c.want)
		}
		if h.WindowSize > 8<<20 {
			t.Error("more than clients have to provide (RFC 9659)")
		}
	}
}

// The date that a gzip body claims to have been changed is none.
func TestGzipHeader(t *testing.T) {
	a := serve(t, 1, text).get(takesGzip)
	zr, err := stdgzip.NewReader(bytes.NewReader(a.raw))
	if err != nil || !zr.ModTime.IsZero() || zr.Name != "" || zr.Comment != "" {
		t.Errorf("%+v, %v", zr.Header, err)
	}
}

// spec 19
func TestTrailers(t *testing.T) {
	for _, body := range []string{prose, prose[:2000], "small", ""} {
		for _, accept := range []string{"", "gzip", "zstd"} {
			for _, contentType := range []string{"text/plain; charset=utf-8", ""} {
				for _, kind := range []string{"declared", "undeclared", "both"} {
					t.Run(fmt.Sprintf("%d/%s/%s/%s", len(body), accept, contentType, kind), func(t *testing.T) {
						protocols(t, func(t *testing.T, proto int) { trailers(t, proto, body, accept, contentType, kind) })
					})
				}
			}
		}
	}
}

func trailers(t *testing.T, proto int, body, accept, contentType, kind string) {
	s := serve(t, proto, func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		if contentType != "" {
			h.Set("Content-Type", contentType)
		}
		if kind != "undeclared" {
			h.Set("Trailer", "X-Sum")
		}
		io.WriteString(w, body)
		if kind != "undeclared" {
			h.Set("X-Sum", "42") // without asking for the header again
		}
		if kind != "declared" {
			w.Header().Set(http.TrailerPrefix+"X-Late", "yes")
		}
	})
	a := s.get("Accept-Encoding: " + accept)
	if len(body) < 1024 {
		accept = ""
	}
	a.is(accept, body)
	if kind != "undeclared" && a.Trailer.Get("X-Sum") != "42" || a.Header.Get("X-Sum") != "" {
		t.Errorf("trailer %v, header %v", a.Trailer, a.Header)
	}
	// Of a small plain body net/http itself drops undeclared trailers, unless it is flushed.
	dropped := proto == 1 && kind == "undeclared" && accept == "" && (len(body) == 0 || a.Header.Get("Content-Length") != "")
	if kind != "declared" && !dropped && a.Trailer.Get("X-Late") != "yes" {
		t.Errorf("undeclared trailer: %v", a.Trailer)
	}
	s.quiet()
}
