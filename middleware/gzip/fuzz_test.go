package gzip_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tags takes a well-formed list of entity tags apart, by another way than the package does.
var (
	tagPattern  = regexp.MustCompile(`(?:W/)?"[^\x00-\x20"\x7f]*"`)
	listPattern = regexp.MustCompile(`^[ \t,]*(?:` + tagPattern.String() + `[ \t]*(?:,[ \t,]*|$))*$`)
)

// FuzzIfNoneMatch holds the translation of entity tags to what can be said of any list: a
// well-formed one arrives with its tags in order, each without our suffix; any other
// arrives as it was sent; and the request outside is never changed.
func FuzzIfNoneMatch(f *testing.F) {
	for _, list := range []string{
		`"v1-gzip"`, `W/"v1-zstd", "v2"`, `*`, ``, `,,"a-gzip",`, `"a-gzip`, `"a-gzip" "b-gzip"`, `"-gzip"`, `"a,b-gzip"`,
		`w/"a-gzip"`, `W/`, `"` + "\x80" + `-gzip"`, `"a b-gzip"`, `"a-gzip-gzip"`, "\"a-gzip\"\t,\t\"b\"",
	} {
		f.Add(list, "gzip, zstd")
		f.Add(list, "")
	}
	f.Fuzz(func(t *testing.T, list, accept string) {
		var none, match []string
		zip := wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			none, match = r.Header["If-None-Match"], r.Header["If-Match"]
			w.Header().Set("ETag", `"v1"`)
			w.WriteHeader(http.StatusNotModified)
		}))
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["If-None-Match"] = []string{list}
		r.Header["If-Match"] = []string{list}
		r.Header["Accept-Encoding"] = []string{accept}
		before := maps.Clone(r.Header)
		rec := httptest.NewRecorder()
		zip.ServeHTTP(rec, r)
		if !maps.EqualFunc(before, r.Header, slices.Equal) || r.Header["If-Match"][0] != list {
			t.Errorf("the request was changed: %q", r.Header)
		}

		want := []string{list}
		if sent := tagPattern.FindAllString(list, -1); listPattern.MatchString(list) && len(sent) > 0 {
			plain := slices.Clone(sent)
			for i := range plain {
				for _, suffix := range []string{`-zstd"`, `-gzip"`} {
					if cut, ok := strings.CutSuffix(plain[i], suffix); ok {
						plain[i] = cut + `"`
						break
					}
				}
			}
			if !slices.Equal(sent, plain) {
				want = []string{strings.Join(plain, ", ")}
			}
		}
		if !slices.Equal(match, want) {
			t.Errorf("If-Match %q reaches the handler as %q, want %q", list, match, want)
		}
		if accept == "gzip, zstd" && !slices.Equal(none, want) {
			t.Errorf("If-None-Match %q reaches the handler as %q, want %q", list, none, want)
		}
		switch tag := rec.Header().Get("ETag"); tag {
		case `"v1"`:
		case `"v1-gzip"`, `"v1-zstd"`:
			if !strings.Contains(list, tag) {
				t.Errorf("%q is answered with %s, which was not asked for", list, tag)
			}
		default:
			t.Errorf("ETag %s", tag)
		}
	})
}

// FuzzETag: whatever a handler calls its body, the tag of the coded one is another, or weak,
// or not a tag at all; and it leads back to the handler's.
func FuzzETag(f *testing.F) {
	for _, tag := range []string{`"v1"`, `W/"v1"`, `""`, `v1`, `"a,b"`, `"a" "b"`, ` "a" `, `"a-gzip"`, "\"a\x7f\"", `"`} {
		f.Add(tag)
	}
	f.Fuzz(func(t *testing.T, tag string) {
		var none string
		zip := wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			none = r.Header.Get("If-None-Match")
			w.Header()["Etag"] = []string{tag}
			write(w, "text/plain", prose)
		}))
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		rec := httptest.NewRecorder()
		zip.ServeHTTP(rec, r)
		coded := rec.Header().Get("Etag")
		if trimmed := strings.Trim(tag, " \t"); tagPattern.FindString(trimmed) == trimmed && strings.HasPrefix(trimmed, `"`) {
			if want := strings.TrimSuffix(trimmed, `"`) + `-gzip"`; coded != want {
				t.Fatalf("%q becomes %q, want %q", tag, coded, want)
			}
			r.Header.Set("If-None-Match", coded)
			zip.ServeHTTP(httptest.NewRecorder(), r)
			if none != trimmed {
				t.Errorf("%q comes back as %q, want %q", coded, none, trimmed)
			}
		} else if coded != tag {
			t.Errorf("%q becomes %q", tag, coded)
		}
	})
}

// FuzzBody: however a handler cuts its body, and whatever the client accepts, the bytes arrive.
func FuzzBody(f *testing.F) {
	f.Add([]byte(prose), "gzip", uint16(100), true)
	f.Add([]byte("small"), "zstd;q=0.5, *", uint16(1), false)
	f.Add([]byte("\x89PNG\r\n\x1a\n"), "", uint16(3), false)
	var body []byte
	var step int
	var typed bool
	// One Compressor for all: a body must not depend on the one before it either.
	zip := wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if typed {
			w.Header().Set("Content-Type", "text/plain")
		}
		for rest := body; len(rest) > 0; {
			n := min(len(rest), step)
			if _, err := w.Write(rest[:n]); err != nil {
				panic(err)
			}
			rest = rest[n:]
		}
	}))
	f.Fuzz(func(t *testing.T, b []byte, accept string, s uint16, ty bool) {
		body, step, typed = b, int(s)+1, ty
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["Accept-Encoding"] = []string{accept}
		rec := httptest.NewRecorder()
		zip.ServeHTTP(rec, r)
		got, err := decode(rec.Header().Get("Content-Encoding"), rec.Body.Bytes())
		if err != nil || string(got) != string(body) {
			t.Errorf("%d bytes, want %d: %v", len(got), len(body), err)
		}
	})
}
