package gzip_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

const takesGzip = "Accept-Encoding: gzip"

// spec 5
func TestVary(t *testing.T) {
	const ae = "Accept-Encoding"
	notModified := func(fields ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			for _, f := range fields {
				name, value, _ := strings.Cut(f, ": ")
				w.Header().Add(name, value)
			}
			w.WriteHeader(http.StatusNotModified)
		}
	}
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		accept  string
		want    []string
	}{
		{"compressed", text, "gzip", []string{ae}},
		{"eligible, no Accept-Encoding", text, "", []string{ae}},
		{"eligible, refused", text, "gzip;q=0", []string{ae}},
		{"eligible, unknown coding", text, "br", []string{ae}},
		{"eligible, small", func(w http.ResponseWriter, _ *http.Request) { write(w, "text/plain", "small") }, "gzip", []string{ae}},
		{"eligible, small, length declared", with("Content-Length: 3"), "gzip", []string{ae}},
		{"sniffed, no Accept-Encoding", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, prose) }, "", []string{ae}},
		{"304", notModified(), "gzip", []string{ae}},
		{"304, no Accept-Encoding", notModified(), "", []string{ae}},
		{"304, eligible type", notModified("Content-Type: text/css"), "gzip", []string{ae}},
		{"304, ineligible type", notModified("Content-Type: image/png"), "gzip", nil},
		{"304, Vary", notModified("Vary: Cookie"), "gzip", []string{"Cookie", ae}},
		{"the handler's Vary", with("Vary: Origin"), "gzip", []string{"Origin", ae}},
		{"the handler's Vary, identity", with("Vary: Origin"), "", []string{"Origin", ae}},
		{"the handler's two lines", with("Vary: Origin", "Vary: Cookie"), "gzip", []string{"Origin", "Cookie", ae}},
		{"already there", with("Vary: accept-encoding"), "gzip", []string{"accept-encoding"}},
		{"already there, in a list", with("Vary: Origin, Accept-Encoding"), "gzip", []string{"Origin, Accept-Encoding"}},
		{"star", with("Vary: *"), "gzip", []string{"*"}},
		{"ineligible type", func(w http.ResponseWriter, _ *http.Request) { write(w, "image/png", prose) }, "gzip", nil},
		{"ineligible type, sniffed", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "\x89PNG\r\n\x1a\n"+prose) }, "gzip", nil},
		{"ineligible type, sniffed, identity", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "\x89PNG\r\n\x1a\n"+prose) }, "", nil},
		{"204", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, "gzip", nil},
		{"error page", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, prose, http.StatusTeapot) }, "gzip", []string{ae}},
	} {
		t.Run(c.name, func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				s := serve(t, proto, c.handler)
				var fields []string
				if c.accept != "" {
					fields = append(fields, "Accept-Encoding: "+c.accept)
				}
				s.get(fields...).field("Vary", c.want...)
			})
		})
	}
}

// A handler that sets Vary after outer layers did, the usual way to lose theirs.
func TestVary_setLate(t *testing.T) {
	s := serve(t, 1, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Vary", "Origin")
		w.WriteHeader(http.StatusOK)
		io.WriteString(w, prose)
	})
	s.get(takesGzip).field("Vary", "Origin", "Accept-Encoding")
}

// content is a handler with validators, ranges and preconditions, which are net/http's.
func content(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"v1"`)
	http.ServeContent(w, r, "page.txt", time.Time{}, strings.NewReader(prose))
}

// spec 6
func TestETag(t *testing.T) {
	for _, c := range []struct{ sent, accept, want string }{
		{`"v1"`, "gzip", `"v1-gzip"`},
		{`"v1"`, "zstd", `"v1-zstd"`},
		{`"v1"`, "", `"v1"`},
		{`""`, "gzip", `"-gzip"`},
		{`"a,b"`, "gzip", `"a,b-gzip"`},
		{`W/"v1"`, "gzip", `W/"v1"`},
		{`v1`, "gzip", `v1`},
		{`"v1`, "gzip", `"v1`},
		{`"v1", "v2"`, "gzip", `"v1", "v2"`},
	} {
		protocols(t, func(t *testing.T, proto int) {
			a := serve(t, proto, with("ETag: "+c.sent)).get("Accept-Encoding: " + c.accept)
			a.is(c.accept, prose)
			a.field("Etag", c.want)
		})
	}
}

// spec 6
func TestIfNoneMatch(t *testing.T) {
	for _, c := range []struct {
		name, list, accept string
		status             int
		etag               string
	}{
		{"ours", `"v1-gzip"`, "gzip", 304, `"v1-gzip"`},
		{"ours, zstd", `"v1-zstd"`, "zstd", 304, `"v1-zstd"`},
		{"ours, made weak on the way", `W/"v1-gzip"`, "gzip", 304, `"v1-gzip"`},
		{"in a list", `"v0-gzip", "v1-gzip", "v2"`, "gzip", 304, `"v1-gzip"`},
		{"the handler's", `"v1"`, "gzip", 304, `"v1"`},
		{"both", `"v1", "v1-gzip"`, "gzip", 304, `"v1-gzip"`},
		{"both, identity now", `"v1", "v1-gzip"`, "gzip;q=0.1, identity", 304, `"v1"`},
		{"two codings, the one of now", `"v1-zstd", "v1-gzip"`, "gzip, zstd;q=0.5", 304, `"v1-gzip"`},
		{"another coding that the client still takes", `"v1-gzip"`, "gzip, zstd", 304, `"v1-gzip"`},
		{"a coding that this client does not take", `"v1-zstd"`, "gzip", 200, `"v1-gzip"`},
		{"a cache with both, for a client of one", `"v1-zstd", "v1-gzip"`, "gzip", 304, `"v1-gzip"`},
		{"no Accept-Encoding", `"v1-gzip"`, "", 304, `"v1-gzip"`},
		{"another version", `"v0-gzip"`, "gzip", 200, `"v1-gzip"`},
		{"a coding we do not have", `"v1-br"`, "gzip, br", 200, `"v1-gzip"`},
		{"star", `*`, "gzip", 304, `"v1"`},
		{"malformed", `"v1-gzip`, "gzip", 200, `"v1-gzip"`},
		{"malformed further on", `"v1-gzip" "v2"`, "gzip", 200, `"v1-gzip"`},
		{"empty members", `, ,"v1-gzip",`, "gzip", 304, `"v1-gzip"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				s := serve(t, proto, content)
				fields := []string{"If-None-Match: " + c.list}
				if c.accept != "" {
					fields = append(fields, "Accept-Encoding: "+c.accept)
				}
				a := s.get(fields...)
				a.status(c.status)
				a.field("Etag", c.etag)
				a.field("Vary", "Accept-Encoding")
				if c.status == 304 {
					a.is("", "")
				} else {
					a.is("gzip", prose)
				}
			})
		})
	}
}

// spec 6: two lines are one list.
func TestIfNoneMatch_lines(t *testing.T) {
	a := serve(t, 1, content).get(takesGzip, `If-None-Match: "v0"`, `If-None-Match: "v1-gzip"`)
	a.status(http.StatusNotModified)
	a.field("Etag", `"v1-gzip"`)
}

// spec 6
func TestIfMatch(t *testing.T) {
	for _, c := range []struct{ sent, want string }{
		{`"v1-gzip"`, `"v1"`},
		{`"v1-zstd"`, `"v1"`},
		{`"v1"`, `"v1"`},
		{`"v0", "v1-gzip"`, `"v0", "v1"`},
		{`*`, `*`},
		{`"v1-gzip`, `"v1-gzip`},
	} {
		protocols(t, func(t *testing.T, proto int) {
			var got string
			s := serve(t, proto, func(w http.ResponseWriter, r *http.Request) {
				got = strings.Join(r.Header["If-Match"], " | ")
				w.WriteHeader(http.StatusNoContent)
			})
			// Without Accept-Encoding too: it is about the answer to this request.
			s.do("PUT", "If-Match: "+c.sent).status(http.StatusNoContent)
			if got != c.want {
				t.Errorf("If-Match: %s reaches the handler as %s, want %s", c.sent, got, c.want)
			}
		})
	}
}

// spec 6: a coded body is never continued with a range of the plain one.
func TestIfRange(t *testing.T) {
	protocols(t, func(t *testing.T, proto int) {
		s := serve(t, proto, content)
		a := s.get(takesGzip, "Range: bytes=10-19", `If-Range: "v1-gzip"`)
		a.status(http.StatusOK)
		a.is("gzip", prose)
		a = s.get(takesGzip, "Range: bytes=10-19", `If-Range: "v1"`)
		a.status(http.StatusPartialContent)
		a.is("", prose[10:20])
	})
}

// The request belongs to the layers outside: what is translated is a copy.
func TestRequestIsNotChanged(t *testing.T) {
	var inner, pattern string
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		inner = r.Header.Get("If-None-Match") + r.Header.Get("If-Match")
		w.WriteHeader(http.StatusNoContent)
	})
	zip := wrap(mux)
	s := serveHandler(t, 1, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		zip.ServeHTTP(w, r)
		pattern = r.Pattern
		if got := r.Header.Get("If-None-Match") + r.Header.Get("If-Match"); got != `"a-gzip""b-gzip"` {
			t.Errorf("outside: %s", got)
		}
	}))
	s.get(takesGzip, `If-None-Match: "a-gzip"`, `If-Match: "b-gzip"`)
	if inner != `"a""b"` {
		t.Errorf("inside: %s", inner)
	}
	if pattern != "GET /{$}" {
		t.Errorf("the pattern outside is %q", pattern)
	}
}

// spec 7
func TestNoTransform(t *testing.T) {
	for _, field := range []string{"no-transform", "No-Transform", "public,no-transform", "public , NO-TRANSFORM ", "no-transform=1"} {
		protocols(t, func(t *testing.T, proto int) {
			a := serve(t, proto, with("Cache-Control: "+field, `ETag: "v1"`)).get(takesGzip)
			a.is("", prose)
			a.field("Etag", `"v1"`)
			a.field("Vary")
		})
	}
	serve(t, 1, with("Cache-Control: public", "Cache-Control: no-transform")).get(takesGzip).is("", prose)
	serve(t, 1, with("Cache-Control: public, max-age=60", "X-Note: no-transform")).get(takesGzip).is("gzip", prose)
}

// spec 8
func TestDigests(t *testing.T) {
	for _, field := range []string{
		"Content-Digest: sha-256=:AAAA:", "Repr-Digest: sha-256=:AAAA:", "Content-MD5: AAAA", "Digest: sha-256=AAAA",
		"Trailer: Content-Digest", "Trailer: X-Sum, repr-digest",
	} {
		protocols(t, func(t *testing.T, proto int) {
			serve(t, proto, with(field)).get(takesGzip).is("", prose)
		})
	}
}
