package gzip_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/gzip"
	"github.com/surcoat/surcoat/middleware/middlewaretest"
)

// The whole suite, with requests that are coded on their way in.
func TestDecompressor_conformance(t *testing.T) {
	codings := []gzip.Encoding{gzip.Gzip{}, gzip.Zstd{}}
	if raceEnabled { // the suite takes its time
		codings = codings[:1]
	}
	for _, coding := range codings {
		middlewaretest.Run(t, func(next http.Handler) http.Handler {
			inner := (&gzip.Decompressor{}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if length, coded := r.Context().Value(sentLength{}).(int64); coded {
					r.ContentLength = length // cannot be known, and the suite looks at it
					if length >= 0 {
						r.Header.Set("Content-Length", fmt.Sprint(length))
					}
				}
				next.ServeHTTP(w, r)
			}))
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Body == http.NoBody {
					inner.ServeHTTP(w, r)
					return
				}
				coded := r.WithContext(context.WithValue(r.Context(), sentLength{}, r.ContentLength))
				coded.Header = r.Header.Clone()
				coded.Header.Set("Content-Encoding", coding.Coding())
				coded.Body, coded.ContentLength = codingBody(r.Body, coding), -1
				defer func() { r.Pattern, r.MultipartForm = coded.Pattern, coded.MultipartForm }()
				inner.ServeHTTP(w, coded)
			})
		})
	}
}

type sentLength struct{}

func TestDecompressor_codings(t *testing.T) {
	for _, c := range []struct {
		field   string // lines divided by |
		applied string
	}{
		{"gzip", "gzip"},
		{"zstd", "zstd"},
		{"x-gzip", "gzip"},
		{"X-GZip", "gzip"},
		{"ZSTD", "zstd"},
		{"gzip, zstd", "gzip zstd"},
		{"zstd, gzip", "zstd gzip"},
		{"gzip, gzip", "gzip gzip"},
		{"gzip|zstd", "gzip zstd"},
		{"gzip,identity|\tzstd ,", "gzip zstd"},
		{"identity, gzip", "gzip"},
		{", ,gzip,,", "gzip"},
		{"identity", ""},
		{"Identity|identity", ""},
		{"", ""},
		{",", ""},
	} {
		t.Run(c.field, func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				h := new(reading)
				s := serveHandler(t, proto, (&gzip.Decompressor{}).Wrap(h))
				body := codedIn(prose, strings.Fields(c.applied)...)
				for _, r := range []io.Reader{bytes.NewReader(body), onlyReader{bytes.NewReader(body)}} {
					s.post(c.field, r).status(http.StatusOK)
					if h.body != prose || h.err != nil {
						t.Errorf("%d bytes, %v", len(h.body), h.err)
					}
					if v, ok := h.r.Header["Content-Encoding"]; ok {
						t.Errorf("the handler sees Content-Encoding %q", v)
					}
					if c.applied == "" {
						continue
					}
					if v, ok := h.r.Header["Content-Length"]; ok || h.r.ContentLength != -1 {
						t.Errorf("the handler sees Content-Length %q, %d", v, h.r.ContentLength)
					}
				}
				s.quiet()
			})
		})
	}
}

// RFC 9110 §12.5.3, RFC 7694 §3
func TestDecompressor_unknownCoding(t *testing.T) {
	for _, field := range []string{
		"br", "dcz", "dcb", "deflate", "gzipped", "gzip;q=1", "*", "gzip zstd", `"gzip"`, "aws-chunked, gzip",
		"gzip, br", "br, gzip", "gzip|br", "gzip, gzip, gzip", "zstd|gzip|zstd", strings.Repeat("gzip,", 10_000), strings.Repeat("g", 60_000),
	} {
		t.Run(field[:min(len(field), 20)], func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				h := new(reading)
				s := serveHandler(t, proto, (&gzip.Decompressor{}).Wrap(h))
				a := s.post(field, strings.NewReader(prose), "Accept: application/json")
				a.status(http.StatusUnsupportedMediaType)
				a.field("Accept-Encoding", "zstd, gzip")
				a.field("Content-Type", "application/problem+json")
				if !strings.Contains(string(a.raw), "It takes: zstd, gzip.") {
					t.Errorf("the answer is %s", a.raw)
				}
				if h.n > 0 {
					t.Error("the handler was called")
				}
			})
		})
	}
}

// A request without a body has nothing that a coding could be of.
func TestDecompressor_noBody(t *testing.T) {
	protocols(t, func(t *testing.T, proto int) {
		h := new(reading)
		s := serveHandler(t, proto, (&gzip.Decompressor{}).Wrap(h))
		for _, method := range []string{"GET", "HEAD", "POST", "DELETE"} {
			for _, coding := range []string{"gzip", "zstd", "br"} {
				s.do(method, "Content-Encoding: "+coding).status(http.StatusOK)
				if h.body != "" || h.err != nil || h.r.ContentLength != 0 || h.r.Header["Content-Encoding"] != nil {
					t.Errorf("%s %s: %q, %v, length %d", method, coding, h.body, h.err, h.r.ContentLength)
				}
			}
		}
		for _, codings := range []string{"gzip", "zstd", "gzip, zstd", "gzip, gzip"} { // empty, but that shows only at its end
			s.post(codings, onlyReader{strings.NewReader("")}).status(http.StatusOK)
			if h.body != "" || h.err != nil {
				t.Errorf("%s: %q, %v", codings, h.body, h.err)
			}
		}
		s.quiet()
	})
}

// RFC 9530: what was true of the coded body is not said of the plain one.
func TestDecompressor_digests(t *testing.T) {
	h := new(reading)
	d := (&gzip.Decompressor{}).Wrap(h)
	fields := []string{"Content-Length", "Content-Digest", "Repr-Digest", "Digest", "Content-Md5"}
	kept := []string{"Unencoded-Digest", "Content-Type", "Want-Content-Digest", "Signature"}
	for _, coded := range []bool{true, false} {
		r := posted("gzip", codedIn(prose, "gzip"))
		if !coded {
			r = posted("identity", []byte(prose))
		}
		for _, name := range slices.Concat(fields, kept) {
			r.Header.Set(name, "x")
		}
		d.ServeHTTP(httptest.NewRecorder(), r)
		for _, name := range fields {
			if v, ok := h.r.Header[name]; ok == coded {
				t.Errorf("coded: %t; the handler sees %s %q", coded, name, v)
			}
		}
		for _, name := range kept {
			if h.r.Header.Get(name) != "x" {
				t.Errorf("the handler does not see %s", name)
			}
		}
	}
}

func TestDecompressor_requestIsNotChanged(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{id}", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			t.Error(err)
		}
		if got := r.FormValue("name"); got != "value" {
			t.Errorf("the form has %q", got)
		}
		r.Header.Set("X-New", "1")
	})
	var form bytes.Buffer
	mw := multipart.NewWriter(&form)
	_ = mw.WriteField("name", "value")
	_ = mw.Close()

	body := codedIn(form.String(), "gzip")
	r := httptest.NewRequest("POST", "/7", bytes.NewReader(body))
	r.Header.Set("Content-Encoding", "gzip")
	r.Header.Set("Content-Type", mw.FormDataContentType())
	header, rc := maps.Clone(r.Header), r.Body
	(&gzip.Decompressor{}).Wrap(mux).ServeHTTP(httptest.NewRecorder(), r)
	if !maps.EqualFunc(header, r.Header, slices.Equal) || r.ContentLength != int64(len(body)) || r.Body != rc {
		t.Errorf("the request was changed: %v, length %d", r.Header, r.ContentLength)
	}
	if r.Pattern != "POST /{id}" || r.MultipartForm == nil {
		t.Errorf("outer layers see the pattern %q and the form %v", r.Pattern, r.MultipartForm)
	}
}

func TestDecompressor_wrapPanics(t *testing.T) {
	h := new(reading)
	for _, c := range []struct {
		d    gzip.Decompressor
		next http.Handler
		says string
	}{
		{gzip.Decompressor{}, nil, "gzip: Decompressor.Wrap: next is nil"},
		{gzip.Decompressor{MaxBytes: -1}, h, "Decompressor.MaxBytes is negative"},
		{gzip.Decompressor{MaxRatio: -1}, h, "Decompressor.MaxRatio is negative"},
		{gzip.Decompressor{Decodings: []gzip.Decoding{gzip.Gzip{}, nil}}, h, "Decompressor.Decodings[1] is nil"},
		{gzip.Decompressor{Decodings: []gzip.Decoding{gzip.Gzip{}, gzip.Gzip{}}}, h, "gzip is there twice"},
		{gzip.Decompressor{Decodings: []gzip.Decoding{decodingNamed("GZIP")}}, h, `"GZIP" is not the name`},
		{gzip.Decompressor{Decodings: []gzip.Decoding{decodingNamed("identity")}}, h, `"identity" is not the name`},
		{gzip.Decompressor{Decodings: []gzip.Decoding{decodingNamed("x-gzip")}}, h, `"x-gzip" is not the name`},
		{gzip.Decompressor{Decodings: []gzip.Decoding{decodingNamed("broken")}}, h, "Decompressor.Decodings[0]: zlib"},
		{gzip.Decompressor{Decodings: []gzip.Decoding{without("br")}}, h, "Decompressor.Decodings[0]: NewDecoder of br returned nil"},
	} {
		t.Run(c.says, func(t *testing.T) {
			defer func() {
				if v := fmt.Sprint(recover()); !strings.Contains(v, c.says) || !strings.HasPrefix(v, "gzip: Decompressor") {
					t.Errorf("panic: %v", v)
				}
			}()
			c.d.Wrap(c.next)
			t.Error("no panic")
		})
	}
}

// decodingNamed cannot be used.
type decodingNamed string

func (n decodingNamed) Coding() string                    { return string(n) }
func (n decodingNamed) NewDecoder() (gzip.Decoder, error) { return nil, zlib.ErrHeader }

func TestDecompressor_fieldsAreReadOnce(t *testing.T) {
	d := &gzip.Decompressor{MaxBytes: math.MaxInt64, Decodings: []gzip.Decoding{gzip.Gzip{}}}
	h := new(reading)
	wrapped := d.Wrap(h)
	d.MaxBytes, d.Decodings[0] = 1, gzip.Zstd{}
	wrapped.ServeHTTP(httptest.NewRecorder(), posted("gzip", codedIn(prose, "gzip")))
	if h.body != prose || h.err != nil {
		t.Errorf("%d bytes, %v", len(h.body), h.err)
	}
}

// No codings at all: nothing coded is taken.
func TestDecompressor_noDecodings(t *testing.T) {
	h := new(reading)
	s := serveHandler(t, 1, (&gzip.Decompressor{Decodings: []gzip.Decoding{}}).Wrap(h))
	a := s.post("gzip", bytes.NewReader(codedIn(prose, "gzip")))
	a.status(http.StatusUnsupportedMediaType)
	a.field("Accept-Encoding", "identity")
	s.post("identity", strings.NewReader(prose)).status(http.StatusOK)
	if h.n != 1 || h.body != prose {
		t.Errorf("%d calls, %d bytes", h.n, len(h.body))
	}
}

// With a Compressor in the same chain it does not matter which is outside.
func TestDecompressor_withCompressor(t *testing.T) {
	back := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.Copy(w, r.Body)
	})
	for i, h := range []http.Handler{wrap((&gzip.Decompressor{}).Wrap(back)), (&gzip.Decompressor{}).Wrap(wrap(back))} {
		protocols(t, func(t *testing.T, proto int) {
			for _, coding := range []string{"gzip", "zstd"} {
				a := serveHandler(t, proto, h).post(coding, bytes.NewReader(codedIn(prose, coding)), "Accept-Encoding: "+coding)
				a.is(coding, prose)
				if a.StatusCode != http.StatusOK {
					t.Errorf("order %d: %d", i, a.StatusCode)
				}
			}
		})
	}
}
