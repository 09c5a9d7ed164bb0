package gzip_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// spec, Compressed cache: two users share a URL and an entity tag. Nothing is kept of a response that
// could be one's own.
func TestCache_private(t *testing.T) {
	const tag = `ETag: "v1"`
	for _, c := range []struct {
		name    string
		header  []string
		status  int
		method  string
		request []string
		kept    bool
	}{
		{name: "public", header: []string{"Cache-Control: public", tag}, kept: true},
		{name: "public among others", header: []string{"Cache-Control: max-age=60 , PUBLIC", tag, "Vary: accept-encoding"}, kept: true},
		{name: "to a request with a cookie", header: []string{"Cache-Control: public", tag}, request: []string{"Cookie: a=1"}, kept: true},
		{name: "no Cache-Control", header: []string{tag}},
		{name: "not public", header: []string{"Cache-Control: max-age=60", tag}},
		{name: "private", header: []string{"Cache-Control: private", tag}},
		{name: "private and public", header: []string{"Cache-Control: public", "Cache-Control: private", tag}},
		{name: "private fields", header: []string{`Cache-Control: public, private="x"`, tag}},
		{name: "no-store", header: []string{"Cache-Control: public, no-store", tag}},
		{name: "no-transform", header: []string{"Cache-Control: public, no-transform", tag}},
		{name: "publicity", header: []string{"Cache-Control: publicity, x=public", tag}},
		{name: "Set-Cookie", header: []string{"Cache-Control: public", tag, "Set-Cookie: a=1"}},
		{name: "Authorization", header: []string{"Cache-Control: public", tag}, request: []string{"Authorization: Basic YTpi"}},
		{name: "Vary: Cookie", header: []string{"Cache-Control: public", tag, "Vary: Cookie"}},
		{name: "Vary: two lines", header: []string{"Cache-Control: public", tag, "Vary: Accept-Encoding", "Vary: X-User"}},
		{name: "Vary: a list", header: []string{"Cache-Control: public", tag, "Vary: Accept-Encoding,X-User"}},
		{name: "Vary: *", header: []string{"Cache-Control: public", tag, "Vary: *"}},
		{name: "no tag", header: []string{"Cache-Control: public"}},
		{name: "weak tag", header: []string{"Cache-Control: public", `ETag: W/"v1"`}},
		{name: "two tags", header: []string{"Cache-Control: public", tag, `ETag: "v2"`}},
		{name: "two tags in a line", header: []string{"Cache-Control: public", `ETag: "v1", "v2"`}},
		{name: "not a tag", header: []string{"Cache-Control: public", "ETag: v1"}},
		{name: "POST", header: []string{"Cache-Control: public", tag}, method: "POST"},
		{name: "404", header: []string{"Cache-Control: public", tag}, status: 404},
		{name: "203", header: []string{"Cache-Control: public", tag}, status: 203},
		{name: "206", header: []string{"Cache-Control: public", tag, "Content-Range: bytes 0-9/10"}, status: 206},
		{name: "Content-Encoding", header: []string{"Cache-Control: public", tag, "Content-Encoding: x-own"}},
		{name: "Content-Digest", header: []string{"Cache-Control: public", tag, "Content-Digest: sha-256=:AAAA:"}},
		{name: "trailers", header: []string{"Cache-Control: public", tag, "Trailer: X-Sum"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				better := &watched{Encoding: gzip.Gzip{}}
				s := serveWith(t, proto, caching(better), func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "text/plain")
					r.Header.Del("Authorization") // as some layers do
					for _, f := range c.header {
						name, value, _ := strings.Cut(f, ": ")
						w.Header().Add(name, value)
					}
					if c.status > 0 {
						w.WriteHeader(c.status)
					}
					_, _ = io.WriteString(w, r.Header.Get("X-User")+"'s own\n"+prose)
				})
				method := "GET"
				if c.method != "" {
					method = c.method
				}
				for range 2 {
					for _, user := range []string{"Ada", "Ada", "Eve", "Bob"} {
						a := s.do(method, append([]string{takesGzip, "X-User: " + user}, c.request...)...)
						a.is(a.coding(), user+"'s own\n"+prose)
					}
				}
				if n := better.ended(); n != 0 != c.kept {
					t.Errorf("%d bodies went to the Cache", n)
				}
			})
		})
	}
}

// lies are bodies that have the same tag: of equal length, shorter, longer, one the beginning of the
// other.
func lies() []string {
	text := prose[:3000]
	differing := func(at int) string { return text[:at] + "#" + text[at+1:] }
	return []string{
		text, differing(0), differing(len(text) - 1), differing(1024), // MinSize
		text[:1024], text[:len(text)-1], text + "x", text + text, "x" + text,
	}
}

// However a handler lies, and however it writes, everybody gets what it wrote for them.
func TestCache_lyingHandler(t *testing.T) {
	all := lies()
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			body, tag := "", ""
			h := caching(gzip.Gzip{Level: 1}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Cache-Control", "public")
				w.Header().Set("Content-Type", "text/plain")
				w.Header().Set("ETag", tag)
				write(w, body)
			}))
			for i, first := range all {
				for j, second := range all {
					tag = fmt.Sprintf(`"%d-%d"`, i, j)
					for i, lie := range []string{first, second, second, first} {
						body = lie
						if got, err := ask(h, "/"); err != nil || got != lie {
							t.Fatalf("answer %d has %d bytes, want %d: %v", i, len(got), len(lie), err)
						}
					}
				}
			}
		})
	}
}

// The same with many at once, over a network.
func TestCache_lyingConcurrently(t *testing.T) {
	all := lies()
	protocols(t, func(t *testing.T, proto int) {
		s := serveWith(t, proto, caching(gzip.Gzip{Level: 1}, gzip.Zstd{}), func(w http.ResponseWriter, r *http.Request) {
			var lie, version int
			_, _ = fmt.Sscan(r.Header.Get("X-Lie"), &lie, &version)
			w.Header().Set("Cache-Control", "public")
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("ETag", fmt.Sprintf(`"%d"`, version))
			for rest := all[lie]; rest != ""; {
				n := min(len(rest), 1+rand.N(1000))
				_, _ = io.WriteString(w, rest[:n])
				rest = rest[n:]
			}
		})
		var users sync.WaitGroup
		for range 8 {
			users.Go(func() {
				for i := range 30 {
					lie := rand.N(len(all))
					coding := []string{"gzip", "zstd"}[rand.N(2)]
					s.get("Accept-Encoding: "+coding, fmt.Sprintf("X-Lie: %d %d", lie, i/4)).is(coding, all[lie])
				}
			})
		}
		users.Wait()
	})
}

// Two handlers begin when nothing is kept, and end one after the other with bodies of the same tag. The
// second one, which was compared with nothing while it was written, is compared at its end.
func TestCache_lyingFromTheStart(t *testing.T) {
	for _, c := range []struct {
		name          string
		first, second string
		encoded       int    // for both
		kept          string // afterwards
	}{
		{"the same", prose, prose, 1, prose},
		{"another", prose, "x" + prose[1:], 2, ""},
		{"another, longer", prose, "x" + prose, 2, ""},
		{"another, shorter", prose, prose[:5000] + "x", 2, ""},
		{"another at the end", prose, prose[:len(prose)-1] + "x", 2, ""},
		{"longer", prose[:5000], prose, 2, prose},
		{"shorter", prose, prose[:5000], 2, prose},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				whole := map[string]chan struct{}{"1": make(chan struct{}), "2": make(chan struct{})}
				bodies := map[string]string{"1": c.first, "2": c.second}
				own, better := &watched{Encoding: gzip.Gzip{}}, &watched{Encoding: gzip.Gzip{}}
				zip := &gzip.Compressor{Encodings: []gzip.Encoding{own}, Cache: &gzip.Cache{Encodings: []gzip.Encoding{better}}}
				h := zip.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Cache-Control", "public")
					w.Header().Set("ETag", `"v1"`)
					write(w, "text/plain", bodies[r.Header.Get("X-Body")])
					<-whole[r.Header.Get("X-Body")]
				}))
				for _, which := range []string{"1", "2"} {
					go func() {
						if got, err := ask(h, "/", "X-Body: "+which); err != nil || got != bodies[which] {
							t.Errorf("%s: %d bytes, want %d: %v", which, len(got), len(bodies[which]), err)
						}
					}()
					synctest.Wait()
				}
				for _, which := range []string{"1", "2"} {
					close(whole[which])
					synctest.Wait()
				}
				if n := own.ended(); n != c.encoded {
					t.Errorf("%d bodies encoded, want %d", n, c.encoded)
				}
				if bodies["1"] = c.kept; c.kept == "" {
					bodies["1"] = c.first
				}
				for range 2 {
					if got, err := ask(h, "/", "X-Body: 1"); err != nil || got != bodies["1"] {
						t.Errorf("afterwards: %d bytes, want %d: %v", len(got), len(bodies["1"]), err)
					}
				}
				if n := better.ended(); n != 0 != (c.kept != "") {
					t.Errorf("%d bodies encoded better", n)
				}
			})
		})
	}
}

// A tag that was given to two bodies is not trusted again; one whose first body was cut short is.
func TestCache_distrust(t *testing.T) {
	for _, c := range []struct {
		name   string
		bodies []string
		ended  int
	}{
		{"the same", []string{prose, prose, prose}, 1},
		{"another", []string{prose, "x" + prose, prose, prose, "x" + prose, "x" + prose}, 0},
		{"another, late", []string{prose, prose, "x" + prose, prose, "x" + prose, prose}, 1},
		{"a longer one", []string{prose[:5000], prose, prose, prose[:5000], prose}, 1},
		{"a longer one, late", []string{prose[:5000], prose[:5000], prose, prose, prose[:5000], prose}, 2},
		{"a shorter one", []string{prose, prose[:5000], prose[:5000], prose}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			better := &watched{Encoding: gzip.Gzip{}}
			body := ""
			h := caching(better).Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Cache-Control", "public")
				w.Header().Set("ETag", `"v1"`)
				write(w, "text/plain", body)
			}))
			for _, body = range c.bodies {
				if got, err := ask(h, "/"); err != nil || got != body {
					t.Errorf("%d bytes, want %d: %v", len(got), len(body), err)
				}
			}
			if n := better.ended(); n != c.ended {
				t.Errorf("%d bodies were encoded better, want %d", n, c.ended)
			}
		})
	}
}
