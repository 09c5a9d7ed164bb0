package gzip_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/gzip"
)

func TestFiles_ranges(t *testing.T) {
	everywhere(t, publicFiles, func(t *testing.T, s *site) {
		tags := map[string]string{}
		for _, accept := range []string{"", "gzip", "zstd"} {
			tags[accept] = s.ask("GET", "/app.js", "Accept-Encoding: "+accept).Header.Get("Etag")
		}
		for _, c := range []struct {
			accept, bytes, ifRange string
			status                 int
			want, contentRange     string
		}{
			{"", "bytes=0-3", "", 206, prose[:4], fmt.Sprintf("bytes 0-3/%d", len(prose))},
			{"", "bytes=-3", "", 206, prose[len(prose)-3:], fmt.Sprintf("bytes %d-%d/%d", len(prose)-3, len(prose)-1, len(prose))},
			{"gzip", "bytes=0-2", "", 206, "app", "bytes 0-2/11"},
			{"gzip", "bytes=7-", "", 206, "gzip", "bytes 7-10/11"},
			{"zstd", "bytes=-4", "", 206, "zstd", "bytes 7-10/11"},
			{"gzip", "bytes=7-", "tag of gzip", 206, "gzip", "bytes 7-10/11"},
			{"gzip", "bytes=7-", "tag of zstd", 200, "app in gzip", ""},
			{"gzip", "bytes=7-", "tag of ", 200, "app in gzip", ""},
			{"zstd", "bytes=7-", "tag of gzip", 200, "app in zstd", ""},
			{"", "bytes=0-2", "tag of gzip", 200, prose, ""},
			{"", "bytes=0-2", "tag of ", 206, prose[:3], fmt.Sprintf("bytes 0-2/%d", len(prose))},
			{"gzip", "bytes=7-", "W/tag of gzip", 200, "app in gzip", ""},
			{"gzip", "bytes=7-", longAgo.UTC().Format(http.TimeFormat), 200, "app in gzip", ""}, // of which coding?
			{"gzip", "bytes=7-", "nonsense", 200, "app in gzip", ""},
			{"gzip", "lines=1-2", "", 200, "app in gzip", ""},
			{"gzip", "bytes", "", 200, "app in gzip", ""},
		} {
			fields := []string{"Accept-Encoding: " + c.accept, "Range: " + c.bytes}
			if c.ifRange != "" {
				value := c.ifRange
				if before, accept, ok := strings.Cut(c.ifRange, "tag of "); ok {
					value = before + tags[accept]
				}
				fields = append(fields, "If-Range: "+value)
			}
			a := s.ask("GET", "/app.js", fields...)
			a.has(c.status, c.accept, c.want)
			if got := a.Header.Get("Content-Range"); got != c.contentRange {
				t.Errorf("%v: Content-Range %q", fields, got)
			}
			a.field("Accept-Ranges", "bytes")
			a.field("Etag", tags[c.accept])
			if a.ContentLength != int64(len(c.want)) {
				t.Errorf("%v: Content-Length %d", fields, a.ContentLength)
			}
		}
		// Ranges are for GET (RFC 9110 §14.2).
		a := s.ask("HEAD", "/app.js", takesGzip, "Range: bytes=0-3")
		a.status(200)
		a.field("Content-Length", "11")
	})
}

// A date is good enough where there is only one coding it can be about.
func TestFiles_ifRangeDate(t *testing.T) {
	s := serveHandler(t, 1, &gzip.Files{FS: inMemory(publicFiles, longAgo)})
	date := "If-Range: " + longAgo.UTC().Format(http.TimeFormat)
	s.ask("GET", "/plain.txt", "Range: bytes=0-3", date).has(206, "", prose[:4])
	s.ask("GET", "/plain.txt", "Range: bytes=0-3", "If-Range: "+time.Now().UTC().Format(http.TimeFormat)).has(200, "", prose)
}

func TestFiles_severalRanges(t *testing.T) {
	everywhere(t, publicFiles, func(t *testing.T, s *site) {
		for _, c := range []struct{ path, accept, whole, contentType string }{
			{"/plain.txt", "gzip", prose, "text/plain; charset=utf-8"},
			{"/app.js", "gzip", "app in gzip", "text/javascript; charset=utf-8"},
		} {
			a := s.ask("GET", c.path, "Accept-Encoding: "+c.accept, "Range: bytes=0-1,5-6,-2")
			a.status(206)
			if a.ContentLength != int64(len(a.raw)) {
				t.Errorf("Content-Length %d beside %d bytes", a.ContentLength, len(a.raw))
			}
			mediaType, params, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
			if err != nil || mediaType != "multipart/byteranges" {
				t.Fatalf("Content-Type %q", a.Header.Get("Content-Type"))
			}
			mr := multipart.NewReader(strings.NewReader(string(a.raw)), params["boundary"])
			n := len(c.whole)
			for _, want := range []string{c.whole[:2], c.whole[5:7], c.whole[n-2:]} {
				part, err := mr.NextRawPart()
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(part)
				if err != nil || string(body) != want || part.Header.Get("Content-Type") != c.contentType {
					t.Errorf("a part %q of %s, want %q of %s (%v)", body, part.Header.Get("Content-Type"), want, c.contentType, err)
				}
			}
		}
	})
}

// A range that is not there is answered with a page as the site's other errors are, which says how long
// the file is all the same.
func TestFiles_rangeOutside(t *testing.T) {
	everywhere(t, publicFiles, func(t *testing.T, s *site) {
		a := s.ask("GET", "/app.js", takesGzip, "Range: bytes=11-", "Accept: application/json")
		a.status(416)
		a.field("Content-Range", "bytes */11")
		a.field("Content-Type", "application/problem+json")
		for _, name := range []string{"Content-Encoding", "Etag", "Last-Modified", "Accept-Ranges"} {
			a.field(name)
		}
		s.ask("GET", "/app.js", takesGzip, "Range: bytes=5-1").status(416)
		s.ask("GET", "/empty.txt", "Range: bytes=0-9").has(200, "", "")
	})
}

func TestFiles_preconditions(t *testing.T) {
	everywhere(t, publicFiles, func(t *testing.T, s *site) {
		tags := map[string]string{}
		for _, accept := range []string{"", "gzip", "zstd"} {
			tags[accept] = s.ask("GET", "/app.js", "Accept-Encoding: "+accept).Header.Get("Etag")
		}
		for _, c := range []struct {
			accept, field string
			status        int
		}{
			{"gzip", "If-None-Match: {gzip}", 304},
			{"gzip", "If-None-Match: W/{gzip}", 304},
			{"gzip", `If-None-Match: "other", {zstd}, {gzip}`, 304},
			{"gzip", "If-None-Match: *", 304},
			{"gzip", "If-None-Match: {}", 200}, // a cache's other representations
			{"gzip", "If-None-Match: {zstd}", 200},
			{"zstd", "If-None-Match: {gzip}", 200},
			{"", "If-None-Match: {gzip}", 200},
			{"", "If-None-Match: {}", 304},
			{"gzip", `If-None-Match: "other"`, 200},
			{"gzip", "If-Match: {gzip}", 200},
			{"gzip", "If-Match: *", 200},
			{"gzip", "If-Match: {}", 412},
			{"gzip", "If-Match: W/{gzip}", 412},
		} {
			field := c.field
			for accept, tag := range tags {
				field = strings.ReplaceAll(field, "{"+accept+"}", tag)
			}
			a := s.ask("GET", "/app.js", "Accept-Encoding: "+c.accept, field)
			a.status(c.status)
			a.field("Vary", "Accept-Encoding")
			switch c.status {
			case 304:
				a.has(304, "", "")
				a.field("Etag", tags[c.accept])
				a.field("Content-Length")
			case 412:
				a.field("Content-Type", "text/plain; charset=utf-8")
				a.field("Etag")
				a.field("Content-Encoding")
			}
		}
	})
}

func TestFiles_dates(t *testing.T) {
	h := &gzip.Files{FS: os.DirFS(onDisk(t, publicFiles))}
	protocols(t, func(t *testing.T, proto int) {
		s := serveHandler(t, proto, h)
		for _, accept := range []string{"", "gzip"} {
			accept = "Accept-Encoding: " + accept
			date := func(d time.Duration) string { return longAgo.Add(d).UTC().Format(http.TimeFormat) }
			s.ask("GET", "/app.js", accept).field("Last-Modified", date(0))
			s.ask("GET", "/app.js", accept, "If-Modified-Since: "+date(0)).status(304)
			s.ask("GET", "/app.js", accept, "If-Modified-Since: "+date(-time.Second)).status(200)
			s.ask("GET", "/app.js", accept, "If-Unmodified-Since: "+date(0)).status(200)
			s.ask("GET", "/app.js", accept, "If-Unmodified-Since: "+date(-time.Second)).status(412)
			// A tag that does not match is the better word (RFC 9110 §13.1.3).
			s.ask("GET", "/app.js", accept, "If-Modified-Since: "+date(0), `If-None-Match: "old"`).status(200)
		}
	})
}

// Files that can only be read in order have everything but ranges once they are too large to be held.
func TestFiles_readInOrder(t *testing.T) {
	large := strings.Repeat(prose, 100)
	h := &gzip.Files{FS: zipped(t, map[string]string{"large.txt": large, "large": large, "large.gz": large[1:], "small.txt": prose})}
	protocols(t, func(t *testing.T, proto int) {
		s := serveHandler(t, proto, h)
		for _, c := range []struct{ path, accept, coding, want string }{
			{"/large.txt", "", "", large},
			{"/large", "", "", large}, // its type is sniffed
			{"/large", "gzip", "gzip", large[1:]},
		} {
			a := s.ask("GET", c.path, "Accept-Encoding: "+c.accept, "Range: bytes=0-9")
			a.has(200, c.coding, c.want)
			a.field("Accept-Ranges")
			a.field("Content-Type", "text/plain; charset=utf-8")
			a.field("Content-Length", fmt.Sprint(len(c.want)))
			s.ask("GET", c.path, "Accept-Encoding: "+c.accept, "If-None-Match: "+a.Header.Get("Etag")).status(304)
		}
		s.ask("GET", "/small.txt", "Range: bytes=0-9").has(206, "", prose[:10])
		s.quiet()
	})
}

// The server gets the file itself, in the form in which it can use sendfile.
func TestFiles_sendfile(t *testing.T) {
	dir := onDisk(t, publicFiles)
	for _, files := range []fs.FS{os.DirFS(dir), rootOf(t, dir)} {
		for _, accept := range []string{"identity", "gzip"} {
			for _, h := range []http.Handler{&gzip.Files{FS: files}, wrap(&gzip.Files{FS: files})} {
				w := &sendfiler{ResponseRecorder: httptest.NewRecorder()}
				r := httptest.NewRequest("GET", "/app.js", nil)
				r.Header.Set("Accept-Encoding", accept)
				h.ServeHTTP(w, r)
				if !w.file {
					t.Errorf("%T, %s: the server gets no file", h, accept)
				}
			}
		}
	}
}

// sendfiler is a server's writer as far as its ReadFrom goes.
type sendfiler struct {
	*httptest.ResponseRecorder
	file bool
}

func (s *sendfiler) ReadFrom(src io.Reader) (int64, error) {
	if limited, ok := src.(*io.LimitedReader); ok {
		_, s.file = limited.R.(*os.File)
	}
	return io.Copy(s.ResponseRecorder, src)
}

// A file that becomes shorter while it is served does not arrive as if it were whole, and the handler does
// not leave it to the server to notice.
func TestFiles_shrinks(t *testing.T) {
	files := &gzip.Files{FS: shrinking{inMemory(map[string]string{"a.txt": prose}, longAgo)}}
	func() {
		defer func() {
			if v := recover(); v != http.ErrAbortHandler {
				t.Errorf("panic: %v", v)
			}
		}()
		fetch(files, "/a.txt")
	}()
	fetch(files, "/a.txt", "Range: bytes=0-99") // which it still has
	for _, h := range []http.Handler{files, wrap(files)} {
		protocols(t, func(t *testing.T, proto int) {
			s := serveHandler(t, proto, h)
			r, err := http.NewRequest("GET", s.server.URL+"/a.txt", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept-Encoding", "gzip")
			res, err := s.server.Client().Do(r)
			if err != nil {
				return // nothing at all has left
			}
			defer res.Body.Close()
			if body, err := io.ReadAll(res.Body); err == nil {
				t.Errorf("status %d and %d bytes, as if they were all", res.StatusCode, len(body))
			}
		})
	}
}

// shrinking has files which end after 1000 bytes, whatever their size was when they were opened.
type shrinking struct{ fs.FS }

func (f shrinking) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return &short{seekingFile: file.(seekingFile)}, nil
}

type short struct {
	seekingFile
	read int
}

func (s *short) Read(p []byte) (int, error) {
	if s.read >= 1000 {
		return 0, io.EOF
	}
	n, err := s.seekingFile.Read(p[:min(len(p), 1000-s.read)])
	s.read += n
	return n, err
}

// Inside a Compressor copies stay as they are, other files are compressed as everything is, and the tags
// of both are understood when they come back.
func TestFiles_inACompressor(t *testing.T) {
	for _, kind := range fileSystems {
		t.Run(kind.name, func(t *testing.T) {
			h := wrap(&gzip.Files{FS: kind.of(t, publicFiles)})
			protocols(t, func(t *testing.T, proto int) {
				s := serveHandler(t, proto, h)
				for _, c := range []struct{ path, accept, coding, body string }{
					{"/app.js", "gzip", "gzip", "app in gzip"},
					{"/app.js", "gzip, zstd", "zstd", "app in zstd"},
					{"/app.js", "br", "br", "app in brotli"},
					{"/app.js", "", "", prose},
				} {
					a := s.ask("GET", c.path, "Accept-Encoding: "+c.accept)
					a.has(200, c.coding, c.body)
					a.field("Vary", "Accept-Encoding")
					a.field("Content-Length", fmt.Sprint(len(c.body)))
					again := s.ask("GET", c.path, "Accept-Encoding: "+c.accept, "If-None-Match: "+a.Header.Get("Etag"))
					again.has(304, "", "")
					again.field("Etag", a.Header.Get("Etag"))
					again.field("Vary", "Accept-Encoding")
					s.ask("GET", c.path, "Accept-Encoding: "+c.accept, "Range: bytes=0-1").has(206, c.coding, c.body[:2])
				}
				for _, coding := range []string{"gzip", "zstd", ""} {
					a := s.ask("GET", "/plain.txt", "Accept-Encoding: "+coding)
					a.is(coding, prose)
					tag := a.Header.Get("Etag")
					if coding != "" && !strings.HasSuffix(tag, "-"+coding+`"`) {
						t.Errorf("Etag %s", tag)
					}
					again := s.ask("GET", "/plain.txt", "Accept-Encoding: "+coding, "If-None-Match: "+tag)
					again.has(304, "", "")
					again.field("Etag", tag)
				}
				s.ask("GET", "/logo.png", takesGzip).has(200, "", publicFiles["logo.png"])
				s.ask("GET", "/app.js.gz", takesGzip).has(200, "", "app in gzip")
				s.quiet()
			})
		})
	}
}

// A client with a dictionary gets the difference, if it is of this kind, and copies otherwise.
func TestFiles_dictionary(t *testing.T) {
	dictionary := []byte(prose)
	files := map[string]string{"app.js": "// new\n" + prose, "app.js.gz": "app in gzip", "logo.png": prose, "logo.png.gz": "logo in gzip"}
	zip := &gzip.Compressor{Dictionaries: []*gzip.Dictionary{{Content: dictionary, Match: "/*"}}}
	h := zip.Wrap(&gzip.Files{FS: inMemory(files, longAgo)})
	hash := sha256.Sum256(dictionary)
	has := "Available-Dictionary: :" + base64.StdEncoding.EncodeToString(hash[:]) + ":"
	protocols(t, func(t *testing.T, proto int) {
		s := serveHandler(t, proto, h)
		a := s.ask("GET", "/app.js", "Accept-Encoding: gzip, dcz", has)
		a.field("Content-Encoding", "dcz")
		a.field("Vary", "Accept-Encoding", "Available-Dictionary")
		if len(a.raw) > len(prose)/10 {
			t.Errorf("%d bytes, which is no difference", len(a.raw))
		}
		s.ask("GET", "/app.js", "Accept-Encoding: gzip, dcz", has, "If-None-Match: "+a.Header.Get("Etag")).status(304)
		s.ask("GET", "/app.js", "Accept-Encoding: gzip, dcz").has(200, "gzip", "app in gzip")
		s.ask("GET", "/app.js", "Accept-Encoding: gzip", has).has(200, "gzip", "app in gzip")
		s.ask("GET", "/logo.png", "Accept-Encoding: gzip, dcz", has).has(200, "gzip", "logo in gzip")
	})
}

// The last of a file of some size arrives, through the real sendfile too.
func TestFiles_large(t *testing.T) {
	dir := t.TempDir()
	file, err := os.Create(filepath.Join(dir, "large.bin"))
	if err != nil {
		t.Fatal(err)
	}
	const size = 4 << 20
	w := bufio.NewWriter(file)
	for i := range size / 8 {
		fmt.Fprintf(w, "%07d\n", i)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	protocols(t, func(t *testing.T, proto int) {
		s := serveHandler(t, proto, wrap(&gzip.Files{FS: os.DirFS(dir)}))
		a := s.ask("GET", "/large.bin", takesGzip)
		if len(a.raw) != size || string(a.raw[size-8:]) != fmt.Sprintf("%07d\n", size/8-1) {
			t.Errorf("%d bytes that end in %q", len(a.raw), a.raw[max(0, len(a.raw)-8):])
		}
	})
}

// A file with a copy is a dictionary for its next version all the same.
func TestFiles_versions(t *testing.T) {
	const takes = "Accept-Encoding: gzip, dcz"
	served := func(files map[string]string, kept *gzip.Versions, use string) http.Handler {
		zip := &gzip.Compressor{Versions: kept}
		return zip.Wrap(&gzip.Files{FS: inMemory(files, longAgo), Header: func(_ string, h http.Header) {
			h.Add("Cache-Control", "public, max-age=86400")
			h.Add("Use-As-Dictionary", use)
		}})
	}
	v1 := map[string]string{"app.js": prose, "app.js.gz": "app in gzip", "small.js": "small", "small.js.gz": "small in gzip"}
	v2 := map[string]string{"app.js": "// new\n" + prose, "app.js.gz": "new app in gzip"}
	protocols(t, func(t *testing.T, proto int) {
		kept := new(gzip.Versions)
		s := serveHandler(t, proto, served(v1, kept, `match="/app*"`))
		// Nobody's own, no part, and nothing that is not to be kept.
		s.ask("GET", "/app.js", takes, "Cookie: a=b").has(200, "gzip", "app in gzip")
		s.ask("GET", "/app.js", takes, "Authorization: Basic eA==").has(200, "gzip", "app in gzip")
		s.ask("GET", "/app.js", takes, "Range: bytes=0-2").has(206, "gzip", "app")
		s.ask("GET", "/small.js", takes).has(200, "gzip", "small in gzip")

		first := s.ask("GET", "/app.js", takes)
		first.field("Cache-Control", "public, max-age=86400") // the hook's addition is there once
		first.is("gzip", prose)
		s.ask("GET", "/app.js", takes).has(200, "gzip", "app in gzip")

		s = serveHandler(t, proto, served(v2, kept, `match="/app*"`))
		s.ask("GET", "/app.js", takes, availableDictionary([]byte(prose))).isDCZ([]byte(prose), v2["app.js"])
		s.ask("GET", "/app.js", takes, "Cookie: a=b").has(200, "gzip", "new app in gzip")
	})
	t.Run("no dictionary", func(t *testing.T) {
		s := serveHandler(t, 1, served(v1, new(gzip.Versions), "garbage"))
		for range 2 {
			s.ask("GET", "/app.js", takes).has(200, "gzip", "app in gzip")
		}
	})
	t.Run("no Versions", func(t *testing.T) {
		s := serveHandler(t, 1, served(v1, nil, `match="/app*"`))
		s.ask("GET", "/app.js", takes).has(200, "gzip", "app in gzip")
	})
}
