package gzip_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// A script bundle before and after a release.
var (
	bundle  = prose
	bundle2 = strings.Replace(prose, "42. A surcoat", "42. The surcoat", 1)
)

// released is a script that is the dictionary for its next version. Its header fields are those
// that make it one, but for fields, which are set as they are here.
type released struct {
	body   atomic.Pointer[string]
	fields []string // "Name: value"; without a value, the field is left out
}

func release(body string, fields ...string) *released {
	s := &released{fields: fields}
	s.body.Store(&body)
	return s
}

func (s *released) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/javascript")
	h.Set("Use-As-Dictionary", `match="/app.*"`)
	h.Set("Cache-Control", "public, max-age=3600")
	for _, f := range s.fields {
		switch name, value, ok := strings.Cut(f, ": "); {
		case ok:
			h.Set(name, value)
		default:
			h.Del(name)
		}
	}
	_, _ = io.WriteString(w, *s.body.Load())
}

// at starts a site at which the script is /app.js.
func (s *released) at(t *testing.T, proto int, zip *gzip.Compressor) *site {
	t.Helper()
	started := serveWith(t, proto, zip, s.ServeHTTP)
	started.server.URL += "/app.js"
	return started
}

// has are the fields of a browser that has the body.
func has(body string) []string { return takesDCZ([]byte(body)) }

const takesAll = "Accept-Encoding: gzip, deflate, br, zstd, dcb, dcz"

// Who has one version is sent the next as the difference, and who has none is sent all of it.
func TestVersions(t *testing.T) {
	protocols(t, func(t *testing.T, proto int) {
		page := release(bundle)
		s := page.at(t, proto, &gzip.Compressor{Versions: &gzip.Versions{}})
		first := s.get(takesAll)
		first.is("zstd", bundle)
		first.field("Vary", "Accept-Encoding", "Available-Dictionary")

		page.body.Store(&bundle2)
		next := s.get(has(bundle)...)
		next.isDCZ([]byte(bundle), bundle2)
		next.field("Vary", "Accept-Encoding", "Available-Dictionary")
		next.field("Use-As-Dictionary", `match="/app.*"`)
		if len(next.raw) > 400 {
			t.Errorf("%d bytes for one word", len(next.raw))
		}
		s.get(takesAll).is("zstd", bundle2)
		s.get(append(has(bundle), "Cookie: user=ada")...).isDCZ([]byte(bundle), bundle2)
		s.get(has(bundle2)...).isDCZ([]byte(bundle2), bundle2)
		s.get(has("another")...).is("zstd", bundle2)

		s.server.URL = strings.TrimSuffix(s.server.URL, "/app.js") + "/elsewhere"
		s.get(has(bundle)...).is("zstd", bundle2)
		s.quiet()
	})
}

// What may show in others' responses is what anybody may have, and nothing else.
func TestVersions_onlyPublic(t *testing.T) {
	for _, c := range []struct {
		name     string
		method   string
		request  []string
		response []string
		coding   string // of the next version, for who has this one
	}{
		{"public", "GET", []string{takesAll}, nil, "dcz"},
		{"public among others", "GET", []string{takesAll}, []string{"Cache-Control: max-age=9, PUBLIC , must-revalidate"}, "dcz"},
		{"with a tag", "GET", []string{takesAll}, []string{`ETag: "v1"`}, "dcz"},
		{"in gzip", "GET", []string{takesGzip}, nil, "dcz"},
		{"relative", "GET", []string{takesAll}, []string{`Use-As-Dictionary: match="app.js"`}, "dcz"},
		{"of one origin", "GET", []string{takesAll, "Host: example.org"}, []string{`Use-As-Dictionary: match="https://example.org/*"`}, "dcz"},
		{"a type", "GET", []string{takesAll}, []string{`Use-As-Dictionary: match="/app.*", type=raw`}, "dcz"},
		{"Cookie", "GET", []string{takesAll, "Cookie: user=ada"}, nil, "zstd"},
		{"Authorization", "GET", []string{takesAll, "Authorization: Basic YTpi"}, nil, "zstd"},
		{"private", "GET", []string{takesAll}, []string{"Cache-Control: private, max-age=9"}, "zstd"},
		{"public and private", "GET", []string{takesAll}, []string{"Cache-Control: public, private"}, "zstd"},
		{"some fields private", "GET", []string{takesAll}, []string{`Cache-Control: public, private="X-User"`}, "zstd"},
		{"no-store", "GET", []string{takesAll}, []string{"Cache-Control: public, no-store"}, "zstd"},
		{"not called public", "GET", []string{takesAll}, []string{"Cache-Control: max-age=3600"}, "zstd"},
		{"no Cache-Control", "GET", []string{takesAll}, []string{"Cache-Control"}, "zstd"},
		{"publicity", "GET", []string{takesAll}, []string{"Cache-Control: publicity, x=public"}, "zstd"},
		{"Set-Cookie", "GET", []string{takesAll}, []string{"Set-Cookie: user=ada"}, "zstd"},
		{"POST", "POST", []string{takesAll}, nil, "zstd"},
		{"PUT", "PUT", []string{takesAll}, nil, "zstd"},
		{"HEAD", "HEAD", []string{takesAll}, nil, "zstd"},
		{"203", "GET", []string{takesAll, "X-Status: 203"}, nil, "zstd"},
		{"404", "GET", []string{takesAll, "X-Status: 404"}, nil, "zstd"},
		{"500", "GET", []string{takesAll, "X-Status: 500"}, nil, "zstd"},
		{"no Use-As-Dictionary", "GET", []string{takesAll}, []string{"Use-As-Dictionary"}, "zstd"},
		{"no match", "GET", []string{takesAll}, []string{"Use-As-Dictionary: id=x"}, "zstd"},
		{"no pattern", "GET", []string{takesAll}, []string{`Use-As-Dictionary: match="/(a|b)"`}, "zstd"},
		{"not a field", "GET", []string{takesAll}, []string{`Use-As-Dictionary: match="/app`}, "zstd"},
		{"another type", "GET", []string{takesAll}, []string{`Use-As-Dictionary: match="/app.*", type=zstd`}, "zstd"},
		{"another origin", "GET", []string{takesAll}, []string{`Use-As-Dictionary: match="https://example.com/*"`}, "zstd"},
		{"other pages", "GET", []string{takesAll}, []string{`Use-As-Dictionary: match="/wiki/*"`}, "zstd"},
		{"coded already", "GET", []string{takesAll}, []string{"Content-Encoding: identity"}, "zstd"},
		{"not a text", "GET", []string{takesAll}, []string{"Content-Type: image/png"}, "zstd"},
		{"no-transform", "GET", []string{takesAll}, []string{"Cache-Control: public, no-transform"}, "zstd"},
		{"broken off", "GET", []string{takesAll, "X-Panic: yes"}, nil, "zstd"},
		{"too short", "GET", []string{takesAll}, []string{fmt.Sprint("Content-Length: ", len(bundle)+1)}, "zstd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				page, next := release(bundle, c.response...), release(bundle2)
				var asked atomic.Bool
				s := serveWith(t, proto, &gzip.Compressor{Versions: &gzip.Versions{}}, func(w http.ResponseWriter, r *http.Request) {
					if asked.Swap(true) {
						next.ServeHTTP(w, r)
						return
					}
					if status := r.Header.Get("X-Status"); status != "" {
						w = &inStatus{w, status}
					}
					page.ServeHTTP(w, r)
					if r.Header.Get("X-Panic") != "" {
						panic(http.ErrAbortHandler)
					}
				})
				s.server.URL += "/app.js"
				versionsAsk(t, s, c.method, c.request)
				if !asked.Load() {
					t.Fatal("the handler was not asked")
				}
				a := s.get(has(bundle)...)
				if c.coding == "dcz" {
					a.isDCZ([]byte(bundle), bundle2)
				} else {
					a.is(c.coding, bundle2)
				}
			})
		})
	}
}

// versionsAsk asks a question to which the answer may break off.
func versionsAsk(t *testing.T, s *site, method string, fields []string) {
	t.Helper()
	r, err := http.NewRequest(method, s.server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Add(name, value)
	}
	if res, err := s.server.Client().Do(r); err == nil {
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
}

// inStatus begins a response with a status.
type inStatus struct {
	http.ResponseWriter
	status string
}

func (w *inStatus) Write(p []byte) (int, error) {
	var status int
	if n, _ := fmt.Sscan(w.status, &status); n == 1 {
		w.WriteHeader(status)
		w.status = ""
	}
	return w.ResponseWriter.Write(p)
}

// A layer inside may take out what it has read.
func TestVersions_fieldsTakenOut(t *testing.T) {
	for _, name := range []string{"Cookie", "Authorization"} {
		page := release(bundle)
		s := serveWith(t, 1, &gzip.Compressor{Versions: &gzip.Versions{}}, func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del(name)
			page.ServeHTTP(w, r)
		})
		s.server.URL += "/app.js"
		s.get(takesAll, name+": Ada").is("zstd", bundle)
		page.body.Store(&bundle2)
		s.get(has(bundle)...).is("zstd", bundle2)
	}
}

// However a body is written, it is kept whole.
func TestVersions_waysToWrite(t *testing.T) {
	for name, way := range map[string]http.HandlerFunc{
		"at once": func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, bundle) },
		"declared": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(bundle)))
			_, _ = io.WriteString(w, bundle)
		},
		"from file": func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, onlyReader{strings.NewReader(bundle)}) },
		"flushed": func(w http.ResponseWriter, r *http.Request) {
			for rest := bundle; rest != ""; rest = rest[min(len(rest), 999):] {
				_, _ = io.WriteString(w, rest[:min(len(rest), 999)])
				w.(http.Flusher).Flush()
			}
		},
	} {
		for _, cache := range []*gzip.Cache{nil, {}} {
			t.Run(fmt.Sprint(name, " ", cache != nil), func(t *testing.T) {
				next := false
				s := serveWith(t, 1, &gzip.Compressor{Versions: &gzip.Versions{}, Cache: cache}, func(w http.ResponseWriter, r *http.Request) {
					if next {
						release(bundle2).ServeHTTP(w, r)
						return
					}
					release("", `ETag: "v1"`).ServeHTTP(w, r)
					way(w, r)
				})
				s.server.URL += "/app.js"
				s.get(takesAll).is("zstd", bundle)
				next = true
				s.get(has(bundle)...).isDCZ([]byte(bundle), bundle2)
			})
		}
	}
}

// A body is known by its tag, or else by its date, once it has been kept, and not before.
func TestVersions_tags(t *testing.T) {
	for _, name := range []string{"ETag", "Last-Modified"} {
		t.Run(name, func(t *testing.T) {
			page := release(bundle, name+`: "v1"`)
			s := page.at(t, 1, &gzip.Compressor{Versions: &gzip.Versions{}})
			versionsAsk(t, s, "GET", []string{takesAll, "Cookie: user=ada"})
			versionsAsk(t, s, "HEAD", []string{takesAll})
			s.get(takesAll).is("zstd", bundle)
			s.get(has(bundle)...).isDCZ([]byte(bundle), bundle)

			// The same tag for other bytes: they are not looked at.
			page.body.Store(&bundle2)
			s.get(takesAll).is("zstd", bundle2)
			s.get(has(bundle2)...).is("zstd", bundle2)

			page.fields = []string{name + `: "v2"`}
			s.get(takesAll).is("zstd", bundle2)
			s.get(has(bundle2)...).isDCZ([]byte(bundle2), bundle2)
		})
	}
	t.Run("none", func(t *testing.T) {
		page := release(bundle)
		s := page.at(t, 1, &gzip.Compressor{Versions: &gzip.Versions{}})
		for _, body := range []string{bundle, bundle2, bundle} {
			page.body.Store(&body)
			s.get(takesAll).is("zstd", body)
			s.get(has(body)...).isDCZ([]byte(body), body)
		}
	})
}

// The same bytes may come to be meant for other pages.
func TestVersions_newPattern(t *testing.T) {
	page := release(bundle, `Use-As-Dictionary: match="/wiki/*"`)
	s := page.at(t, 1, &gzip.Compressor{Versions: &gzip.Versions{}})
	s.get(takesAll).is("zstd", bundle)
	s.get(has(bundle)...).is("zstd", bundle)
	page.fields = nil
	s.get(takesAll).is("zstd", bundle)
	s.get(has(bundle)...).isDCZ([]byte(bundle), bundle)
}

// Without Versions nothing is kept, and caches need not know of dictionaries.
func TestVersions_none(t *testing.T) {
	s := release(bundle).at(t, 1, &gzip.Compressor{})
	for range 2 {
		a := s.get(has(bundle)...)
		a.is("zstd", bundle)
		a.field("Vary", "Accept-Encoding")
	}
}

// Compressors that share their Versions share the dictionaries.
func TestVersions_sharedByCompressors(t *testing.T) {
	kept := &gzip.Versions{}
	release(bundle).at(t, 1, &gzip.Compressor{Versions: kept}).get(takesAll).is("zstd", bundle)
	release(bundle2).at(t, 2, &gzip.Compressor{Versions: kept, MinSize: 1}).get(has(bundle)...).isDCZ([]byte(bundle), bundle2)
	release(bundle2).at(t, 2, &gzip.Compressor{Versions: &gzip.Versions{}}).get(has(bundle)...).is("zstd", bundle2)
}

// versionsGet asks a handler without a network.
func versionsGet(h http.Handler, fields ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/app.js", nil)
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// knows reports whether a body is a dictionary for the script that h serves.
func knows(t *testing.T, h http.Handler, body string) bool {
	t.Helper()
	w := versionsGet(h, has(body)...)
	coding := w.Header().Get("Content-Encoding")
	if coding == "dcz" {
		if _, err := decodeDCZ([]byte(body), w.Body.Bytes()); err != nil {
			t.Errorf("the body does not decode: %v", err)
		}
	}
	return coding == "dcz"
}

// numbered returns a body that is worth keeping, of n bytes.
func numbered(i, n int) string {
	return fmt.Sprintf("%06d", i) + strings.Repeat(bundle, 1+n/len(bundle))[:n-6]
}

// MaxBytes and the number of dictionaries are bounds. Who goes first is who was not used for
// longest.
func TestVersions_bounds(t *testing.T) {
	for _, c := range []struct {
		name       string
		max        int64
		size, n    int
		keep, lose []int
	}{
		{"bytes", 100_000, 10_000, 20, []int{0, 19, 18, 13}, []int{1, 2, 9, 10}},
		{"one alone", 80_000, 10_000, 2, []int{0, 1}, nil},
		{"one alone, too large", 80_000, 10_001, 2, nil, []int{0, 1}},
		{"number", 0, 1100, 300, []int{0, 299, 100, 60}, []int{1, 2, 30, 44}},
		{"hardly any", 1, 2000, 2, nil, []int{0, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			page := release(bundle)
			h := (&gzip.Compressor{Versions: &gzip.Versions{MaxBytes: c.max}}).Wrap(page)
			for i := range c.n {
				body := numbered(i, c.size)
				page.body.Store(&body)
				versionsGet(h, takesAll)
				if len(c.keep) > 0 && !knows(t, h, numbered(0, c.size)) { // which is used all the time
					t.Fatalf("after %d others the first is gone", i)
				}
			}
			for _, i := range c.lose {
				if knows(t, h, numbered(i, c.size)) {
					t.Errorf("%d is still there", i)
				}
			}
			for _, i := range c.keep {
				if !knows(t, h, numbered(i, c.size)) {
					t.Errorf("%d is gone", i)
				}
			}
		})
	}
}

// What is gone is kept again when it is seen again, whatever its tag.
func TestVersions_again(t *testing.T) {
	page := release(bundle)
	h := (&gzip.Compressor{Versions: &gzip.Versions{MaxBytes: 80_000}}).Wrap(page)
	for range 2 {
		for i := range 20 {
			body := numbered(i, 9000)
			page.body.Store(&body)
			page.fields = []string{fmt.Sprintf(`ETag: "v%d"`, i)}
			versionsGet(h, takesAll)
			if !knows(t, h, body) {
				t.Errorf("%d was not kept", i)
			}
		}
	}
}

func TestVersions_panics(t *testing.T) {
	defer func() {
		if got := fmt.Sprint(recover()); got != "gzip: Versions.MaxBytes is negative" {
			t.Errorf("panic: %s", got)
		}
	}()
	(&gzip.Compressor{Versions: &gzip.Versions{MaxBytes: -1}}).Wrap(http.HandlerFunc(text))
	t.Error("no panic")
}
