package gzip

// This file is inside the package, since what is still in memory, what is on its way in, and the format of
// files can be seen from nowhere else.

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"weak"

	"github.com/surcoat/surcoat/internal/urlpattern"
)

// versionBody is worth keeping.
func versionBody(i int) []byte {
	return fmt.Appendf(nil, "%d%s", i, strings.Repeat(" a surcoat", 1000))
}

func versionCandidate(t testing.TB, match, tag string) *candidate {
	t.Helper()
	s, err := newScope(match, "example.org", &url.URL{Path: "/"})
	if err != nil {
		t.Fatal(err)
	}
	return &candidate{url: "example.org" + match, tag: tag, scope: s}
}

func opened(t testing.TB, v *Versions) *Versions {
	t.Helper()
	if err := v.open(); err != nil {
		t.Fatal(err)
	}
	return v
}

// What is dropped is garbage, and with it the encoders, which are many times as large.
func TestVersions_droppedAreGarbage(t *testing.T) {
	v := opened(t, &Versions{MaxBytes: 8 * 12_000})
	keep := func() (dropped weak.Pointer[dictionary]) {
		content := versionBody(0)
		hash := sha256.Sum256(content)
		v.keep(versionCandidate(t, "/*", ""), content)
		d := v.get(hash)
		e, err := d.coding.get(io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = e.Write(content)
		d.coding.put(e)
		return weak.Make(d)
	}
	dropped := keep()
	for i := range 20 {
		v.keep(versionCandidate(t, "/*", ""), versionBody(1+i))
	}
	for range 3 { // pools are emptied in two steps
		runtime.GC()
	}
	if dropped.Value() != nil {
		t.Error("it is still in memory")
	}
}

// The room of bodies that are on their way in is given back, however their responses end, and there
// is no more of it than MaxBytes.
func TestVersions_arriving(t *testing.T) {
	v := &Versions{MaxBytes: 80_000}
	body := versionBody(0)
	var during func(w http.ResponseWriter)
	length := ""
	h := (&Compressor{Versions: v}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Cache-Control", "public")
		w.Header().Set("Use-As-Dictionary", `match="/*"`)
		if length != "" {
			w.Header().Set("Content-Length", length)
		}
		_, _ = w.Write(body[:5000])
		during(w)
	}))
	get := func() {
		defer func() { _ = recover() }()
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", "zstd")
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	for name, f := range map[string]func(http.ResponseWriter){
		"whole":            func(w http.ResponseWriter) { _, _ = w.Write(body[5000:]) },
		"short":            func(w http.ResponseWriter) {},
		"panic":            func(w http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"too large":        func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, 10_000)) },
		"much too large":   func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, 1<<20)) },
		"writing too much": func(w http.ResponseWriter) { _, _ = w.Write(body); _, _ = w.Write(body) },
	} {
		for _, length = range []string{"", fmt.Sprint(len(body))} {
			during = f
			get()
			if n := v.arriving.Load(); n != 0 {
				t.Errorf("%s, length %q: %d bytes are still arriving", name, length, n)
			}
		}
	}

	// Clients that take no bytes.
	length = ""
	most, depth := int64(0), 0
	during = func(w http.ResponseWriter) {
		most = max(most, v.arriving.Load())
		if depth++; depth < 40 {
			get()
		}
	}
	get()
	if n := v.arriving.Load(); n != 0 || most > 80_000 || most < 75_000 {
		t.Errorf("%d bytes were arriving at most, and %d are", most, n)
	}
}

// What is remembered of URLs is bounded, however many and long they are.
func TestVersions_seen(t *testing.T) {
	v := opened(t, &Versions{})
	known := versionCandidate(t, "/known", "v1")
	v.keep(known, versionBody(0))
	if v.wants(known) {
		t.Error("what is kept is wanted again")
	}
	for i := range 10 * maxSeen {
		c := versionCandidate(t, "/*", fmt.Sprint("v", i))
		c.url = fmt.Sprint("example.org/", i)
		if !v.wants(c) {
			t.Fatal("an unknown one is not wanted")
		}
		if i%2 == 0 {
			v.keep(c, versionBody(0))
		} else {
			v.refuse(c)
		}
		if v.wants(c) {
			t.Fatal("it is wanted again at once")
		}
	}
	if n := len(v.seen); n > maxSeen || n < maxSeen/4 {
		t.Errorf("%d are remembered", n)
	}
	long := versionCandidate(t, "/*", "v1")
	long.url = strings.Repeat("x", maxSeenLen)
	v.keep(long, versionBody(0))
	if v.seen[long.url] != (sighting{}) {
		t.Error("a long one is remembered")
	}
}

// The index finds what trying all patterns finds.
func TestPatterns(t *testing.T) {
	texts := []string{
		"/", "/app.js", "/app.*", "/wiki/*", "/wiki/:page", "/wiki{/:page}?", "/wiki/:page?", "/a b", "/%61", "/~x/-_.", "/q?x=1", "/q?*",
		"/{a}", "/{ab}?c", `/\app`, "/a//b", "//x", "/.well-known/x", "/*.css", "*", "/x/:y*", "/ab?", "?y",
		"/:a/b", "/:a/b/:c", "/:a.js", "/*/app.js", "/x{/y}+/z", "/x{/y}*z", "/{:a}b", `/:a\\b`, "/%C3%A4bc", "/%C3%A4/c", "/x@y/z", "/*?x=/z",
	}
	urls := []string{
		"/", "/app.js", "/app.css", "/app.", "/wiki", "/wiki/", "/wiki/a", "/wiki/a/b", "/a%20b", "/%61", "/a", "/~x/-_.", "/%7ex/-_.", "/q", "/q?x=1", "/q?x=2",
		"/abc", "/c", "/app", "/a//b", "//x", "/x", "/.well-known/x", "/s/x.css", "/x/a/b", "/ab", "/?y", "/%2fapp.js", "/ä", "/app.js?v=2",
		"/a/b", "/a/b/c", "/a.js", "/x/app.js", "/x/y/z", "/x/y/y/z", "/x/yz", "/xz", "/%C3%A4bc", "/äbc", "/%C3%A4/c", "/x@y/z", "/x%40y/z", "/x/z?x=/z", "/x%2Fapp.js",
	}
	matched := 0
	for _, text := range texts {
		s, err := newScope(text, "example.org", &url.URL{Path: "/"})
		if err != nil {
			t.Logf("%s: %v", text, err)
			continue
		}
		p := &patterns{exact: make(map[string]urlpattern.Pattern)}
		p.add(s)
		for _, target := range urls {
			u, err := url.ParseRequestURI(target)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := p.match(u), s.pattern.Match(u); got != want {
				t.Errorf("%s matches %s: %t, want %t", text, target, got, want)
			} else if got {
				matched++
			}
		}
	}
	if matched < 40 {
		t.Errorf("only %d match: that is no test", matched)
	}
}

// Files that the package writes are read as they were written, and no other bytes do harm.
func FuzzVersionFile(f *testing.F) {
	s, err := newScope("/app.*", "", &url.URL{Path: "/"})
	if err != nil {
		f.Fatal(err)
	}
	header, err := formatHeader(s, 3)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(header, "abc"...))
	f.Add([]byte("surcoat dictionary 1 {}\n"))
	f.Add([]byte("surcoat dictionary 1 {\"match\":\"/\",\"size\":1e3}\nx"))
	f.Add([]byte("surcoat dictionary 2 \n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		_, body, _ := bytes.Cut(b, []byte("\n"))
		content, s, err := parseFile(b, sha256.Sum256(body))
		if err != nil {
			return
		}
		if !bytes.Equal(content, body) {
			t.Fatalf("%q has the content %q", b, content)
		}
		header, err := formatHeader(s, len(content))
		if err != nil || len(header) > maxFileHeader {
			t.Fatalf("the header of %q: %d bytes, %v", b, len(header), err)
		}
		again, s2, err := parseFile(append(header, content...), sha256.Sum256(body))
		if err != nil || !bytes.Equal(again, content) || s2.text != s.text {
			t.Errorf("%q: written again it is %q, %v", b, header, err)
		}
	})
}

func TestParseVersionFile(t *testing.T) {
	name := versionFile(sha256.Sum256(nil))
	for _, c := range []struct {
		name          string
		temporary, ok bool
	}{
		{name, false, true},
		{name + ".X.tmp", true, true},
		{name + ".tmp", true, true},
		{name + ".X.tmp.bak", false, false},
		{name + "x", false, false},
		{strings.ToUpper(name[:64]) + name[64:], false, false},
		{name[1:], false, false},
		{"x" + name[1:], false, false},
		{name[:64], false, false},
		{name[:10], false, false},
		{"", false, false},
	} {
		if _, temporary, ok := parseVersionFile(c.name); temporary != c.temporary || ok != c.ok {
			t.Errorf("%s: temporary %t, ours %t", c.name, temporary, ok)
		}
	}
}

// BenchmarkVersions_covers is what each response pays that has a Use-As-Dictionary, or a Compressor
// that has dictionaries, with as many patterns as there can be.
func BenchmarkVersions_covers(b *testing.B) {
	for name, match := range map[string]string{"same": "/app.*", "exact": "/wiki/page-%d", "prefix": "/app/%d/*", "suffix": "/*/%d.js", "names": "/:app/%d"} {
		b.Run(name, func(b *testing.B) {
			v := opened(b, new(Versions))
			for i := range maxVersions {
				text := match
				if strings.Contains(match, "%d") {
					text = fmt.Sprintf(match, i)
				}
				v.keep(versionCandidate(b, text, ""), versionBody(i))
			}
			u := &url.URL{Path: "/wiki/another"}
			b.ReportAllocs()
			for b.Loop() {
				if v.covers(u) {
					b.Fatal("there is none for this one")
				}
			}
		})
	}
}
