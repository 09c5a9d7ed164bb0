package gzip_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/gzip"
)

func TestPadding_panics(t *testing.T) {
	for _, c := range []struct {
		zip  gzip.Compressor
		says string
	}{
		{gzip.Compressor{Padding: -1}, "Compressor.Padding is -1"},
		{gzip.Compressor{Padding: 1 << 20}, "Compressor.Padding is 1048576"},
		{gzip.Compressor{Padding: 1, Encodings: []gzip.Encoding{gzip.Gzip{}, deflate{}}}, "the coding deflate (Encodings[1])"},
	} {
		t.Run(c.says, func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, "gzip: Compressor.Padding") || !strings.Contains(got, c.says) {
					t.Errorf("panic: %s", got)
				}
			}()
			c.zip.Wrap(http.HandlerFunc(text))
			t.Error("no panic")
		})
	}
}

// The length of one body varies by the padding, over most of its range; its content does not.
func TestPadding_length(t *testing.T) {
	const padding = 500
	zip := &gzip.Compressor{Padding: padding, Dictionaries: []*gzip.Dictionary{{Content: template, Match: "/*"}}}
	for coding, fields := range map[string][]string{
		"gzip": {takesGzip},
		"zstd": {"Accept-Encoding: zstd"},
		"dcz":  takesDCZ(template),
	} {
		t.Run(coding, func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				plain := serveWith(t, proto, &gzip.Compressor{Dictionaries: zip.Dictionaries}, text).get(fields...)
				s := serveWith(t, proto, zip, text)
				shortest, longest := 1<<30, 0
				for range 100 {
					a := s.get(fields...)
					if coding == "dcz" {
						a.isDCZ(template, prose)
					} else {
						a.is(coding, prose)
					}
					shortest, longest = min(shortest, len(a.raw)), max(longest, len(a.raw))
				}
				// The odds that none of 100 numbers lies in the outer third are one in 80 billion on each side.
				if low, high := len(plain.raw)+padding/3, len(plain.raw)+padding*2/3; shortest > low || longest < high {
					t.Errorf("%d to %d bytes; %d without padding", shortest, longest, len(plain.raw))
				}
				if longest > len(plain.raw)+padding+8 /* what a frame or a field has beside */ {
					t.Errorf("up to %d bytes; %d without padding", longest, len(plain.raw))
				}
			})
		})
	}
}

// Bodies that differ cannot share a strong tag. The handler gets back the one it gave.
func TestPadding_tag(t *testing.T) {
	zip := &gzip.Compressor{Padding: 10}
	protocols(t, func(t *testing.T, proto int) {
		s := serveWith(t, proto, zip, content)
		s.get(takesGzip).field("Etag", `W/"v1-gzip"`)
		for _, c := range []struct {
			field  string
			status int
			tag    string
		}{
			{`If-None-Match: W/"v1-gzip"`, 304, `W/"v1-gzip"`},
			{`If-None-Match: "v1-gzip"`, 304, `W/"v1-gzip"`},
			{`If-None-Match: W/"v0-gzip"`, 200, `W/"v1-gzip"`},
			{`If-Match: W/"v1-gzip"`, 412, `"v1"`}, // a weak tag matches nothing (RFC 9110 §13.1.1)
		} {
			a := s.get(takesGzip, c.field)
			a.status(c.status)
			if c.status != 412 {
				a.field("Etag", c.tag)
			}
		}
		var got string
		seen := serveWith(t, proto, zip, func(w http.ResponseWriter, r *http.Request) {
			got = r.Header.Get("If-None-Match")
			text(w, r)
		})
		seen.get(takesGzip, `If-None-Match: W/"v1-gzip"`)
		if got != `"v1"` {
			t.Errorf("the handler sees %s", got)
		}
	})
}

// Padded bodies are not kept: each would be padded alike.
func TestPadding_cache(t *testing.T) {
	zip := &gzip.Compressor{Padding: 1000, Cache: &gzip.Cache{}}
	s := serveWith(t, 1, zip, with("Cache-Control: public", `ETag: "v1"`))
	lengths := make(map[int]bool)
	for range 20 {
		a := s.get(takesGzip)
		a.is("gzip", prose)
		lengths[len(a.raw)] = true
	}
	if len(lengths) < 3 {
		t.Errorf("%d lengths in 20 answers", len(lengths))
	}
}
