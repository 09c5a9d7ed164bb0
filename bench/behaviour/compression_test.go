package behaviour_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"time"
)

// long is worth compressing for everyone.
var long = strings.Repeat("All that is gold does not glitter. ", 300)

func html(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, long)
}

// send returns a handler that sets header fields, given as "Name: value", and writes long.
func send(fields ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		for _, f := range fields {
			name, value, _ := strings.Cut(f, ": ")
			w.Header().Set(name, value)
		}
		_, _ = io.WriteString(w, long)
	}
}

const acceptGzip = "Accept-Encoding: gzip"

// compression is the specification of middleware/gzip, as far as it can be asked of
// any compressor.
var compression = []behaviour{
	{"gzip;q=0 is a refusal", func(t *testing.T, l layer) {
		for _, field := range []string{"gzip;q=0", "gzip ; Q=0.000", "gzip;q=0, *"} {
			if got := newSite(t, l, html).get("Accept-Encoding: " + field).coding(); got == "gzip" {
				t.Errorf("%s: compressed with gzip", field)
			}
		}
	}},
	{"* takes compression", func(t *testing.T, l layer) {
		wantCoded(t, newSite(t, l, html).get("Accept-Encoding: *"), long)
	}},
	{"identity where it is preferred", func(t *testing.T, l layer) {
		for _, field := range []string{"*;q=0", "identity;q=1, gzip;q=0.5"} {
			if got := newSite(t, l, html).get("Accept-Encoding: " + field).coding(); got != "" {
				t.Errorf("%s: compressed with %s", field, got)
			}
		}
	}},
	{"names of codings: x-gzip, case, two lines", func(t *testing.T, l layer) {
		s := newSite(t, l, html)
		wantCoded(t, s.get("Accept-Encoding: x-gzip"), long)
		wantCoded(t, s.get("Accept-Encoding: GZip"), long)
		wantCoded(t, s.get("Accept-Encoding: br", "Accept-Encoding: gzip"), long)
		wantPlain(t, s.get("Accept-Encoding: notgzip"), long)
	}},
	{"a malformed Accept-Encoding is answered", func(t *testing.T, l layer) {
		s := newSite(t, l, html)
		for _, field := range []string{"gzip;q=", "gzip;q=1.2.3", ";;;,,,", "gzip;q=NaN", "identity;q=0"} {
			if a := s.get("Accept-Encoding: " + field); a.StatusCode != http.StatusOK || a.body(t) != long {
				t.Errorf("%q: status %d", field, a.StatusCode)
			}
		}
	}},
	{"Vary: Accept-Encoding where it matters", func(t *testing.T, l layer) {
		s := newSite(t, l, html)
		for _, a := range []answer{s.get(acceptGzip), s.get()} {
			if !a.varies("Accept-Encoding") {
				t.Errorf("Content-Encoding %q, Vary %q", a.coding(), a.Header.Values("Vary"))
			}
		}
	}},
	{"no Vary on what is never compressed", func(t *testing.T, l layer) {
		a := newSite(t, l, send("Content-Type: image/png")).get(acceptGzip)
		if a.varies("Accept-Encoding") {
			t.Error("a PNG varies by Accept-Encoding")
		}
	}},
	{"the handler's own Vary survives", func(t *testing.T, l layer) {
		a := newSite(t, l, send("Vary: Origin")).get(acceptGzip)
		if !a.varies("Accept-Encoding") || !a.varies("Origin") {
			t.Errorf("Vary %q, want Origin and Accept-Encoding", a.Header.Values("Vary"))
		}
	}},
	{"a strong ETag names one representation", func(t *testing.T, l layer) {
		s := newSite(t, l, send(`ETag: "v1"`))
		plain, coded := s.get().Header.Get("ETag"), s.get(acceptGzip)
		if coded.coding() != "" && coded.Header.Get("ETag") == plain && !strings.HasPrefix(plain, "W/") {
			t.Errorf("both the plain and the compressed one are %s", plain)
		}
	}},
	{"the compressed ETag revalidates", func(t *testing.T, l layer) {
		s := newSite(t, l, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("ETag", `"v1"`)
			http.ServeContent(w, r, "", time.Time{}, strings.NewReader(long))
		})
		etag := s.get(acceptGzip).Header.Get("ETag")
		a := s.get(acceptGzip, "If-None-Match: "+etag)
		if a.StatusCode != http.StatusNotModified || a.Header.Get("ETag") != etag {
			t.Errorf("If-None-Match: %s: status %d, ETag %s", etag, a.StatusCode, a.Header.Get("ETag"))
		}
	}},
	{"the compressed ETag fits If-Match", func(t *testing.T, l layer) {
		s := newSite(t, l, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == "PUT" && r.Header.Get("If-Match") != `"v1"` {
				w.WriteHeader(http.StatusPreconditionFailed)
				return
			}
			send(`ETag: "v1"`)(w, r)
		})
		a := s.get(acceptGzip)
		if a.coding() == "" {
			t.Fatal("not compressed")
		}
		etag := a.Header.Get("ETag")
		if a := s.do("PUT", acceptGzip, "If-Match: "+etag); etag == "" || a.StatusCode != http.StatusOK {
			t.Errorf("If-Match: %s: status %d", etag, a.StatusCode)
		}
	}},
	{"Cache-Control: no-transform", func(t *testing.T, l layer) {
		wantPlain(t, newSite(t, l, send("Cache-Control: public,No-Transform")).get(acceptGzip), long)
	}},
	{"a body with a digest is left alone", func(t *testing.T, l layer) {
		wantPlain(t, newSite(t, l, send("Content-Digest: sha-256=:AAAA:")).get(acceptGzip), long)
	}},
	{"a range is left alone", func(t *testing.T, l layer) {
		s := newSite(t, l, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			http.ServeContent(w, r, "", time.Time{}, strings.NewReader(long))
		})
		a := s.get(acceptGzip, "Range: bytes=100-5099")
		if a.StatusCode != http.StatusPartialContent {
			t.Fatalf("status %d, want 206", a.StatusCode)
		}
		wantPlain(t, a, long[100:5100])
	}},
	{"no coding on what has no body", func(t *testing.T, l layer) {
		for _, status := range []int{200, 204, 304} {
			a := newSite(t, l, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				w.WriteHeader(status)
			}).get(acceptGzip)
			if a.StatusCode != status || a.coding() != "" || len(a.raw) != 0 {
				t.Errorf("%d: status %d, Content-Encoding %q, %d bytes", status, a.StatusCode, a.coding(), len(a.raw))
			}
		}
	}},
	{"HEAD does not mix two representations", func(t *testing.T, l layer) {
		a := newSite(t, l, send(fmt.Sprint("Content-Length: ", len(long)))).do("HEAD", acceptGzip)
		if a.coding() != "" && a.Header.Get("Content-Length") == fmt.Sprint(len(long)) {
			t.Error("Content-Encoding beside the length of the plain body")
		}
		if a.StatusCode != http.StatusOK {
			t.Errorf("status %d", a.StatusCode)
		}
	}},
	{"103 passes, the answer is compressed", earlyHints},
	{"a small body stays plain, with its length", func(t *testing.T, l layer) {
		a := newSite(t, l, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, "short")
		}).get(acceptGzip)
		wantPlain(t, a, "short")
		if a.ContentLength != 5 {
			t.Errorf("Content-Length %d, want 5", a.ContentLength)
		}
	}},
	{"many small writes are compressed", func(t *testing.T, l layer) {
		wantCoded(t, newSite(t, l, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			for i := range len(long) {
				_, _ = io.WriteString(w, long[i:i+1])
			}
		}).get(acceptGzip), long)
	}},
	{"a body that is encoded already is left alone", func(t *testing.T, l layer) {
		a := newSite(t, l, send("Content-Encoding: br", fmt.Sprint("Content-Length: ", len(long)))).get(acceptGzip)
		if a.coding() != "br" || string(a.raw) != long || a.ContentLength != int64(len(long)) {
			t.Errorf("Content-Encoding %q, %d bytes, Content-Length %d", a.coding(), len(a.raw), a.ContentLength)
		}
	}},
	{"twice is once", func(t *testing.T, l layer) {
		wantCoded(t, newSite(t, func(next http.Handler) http.Handler { return l(l(next)) }, html).get(acceptGzip), long)
	}},
	{"a missing type is sniffed from the plain bytes", func(t *testing.T, l layer) {
		page := "<!doctype html><title>A page</title>" + long
		a := newSite(t, l, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, page) }).get(acceptGzip)
		if got := a.Header.Get("Content-Type"); got != "text/html; charset=utf-8" || a.body(t) != page {
			t.Errorf("Content-Type %q", got)
		}
	}},
	{"what is compressed already is left alone", func(t *testing.T, l layer) {
		for _, mediaType := range []string{"image/png", "image/webp", "video/mp4", "font/woff2", "application/zip", "application/grpc", "application/octet-stream"} {
			if a := newSite(t, l, send("Content-Type: "+mediaType)).get(acceptGzip); a.coding() != "" {
				t.Errorf("%s: Content-Encoding %q", mediaType, a.coding())
			}
		}
	}},
	{"what is text by another name is compressed", func(t *testing.T, l layer) {
		for _, mediaType := range []string{"image/svg+xml", "application/wasm", "application/problem+json", "Text/HTML"} {
			if a := newSite(t, l, send("Content-Type: "+mediaType)).get(acceptGzip); a.coding() == "" {
				t.Errorf("%s: not compressed", mediaType)
			}
		}
	}},
	{"trailers arrive", func(t *testing.T, l layer) {
		s := newSite(t, l, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "X-Sum")
			html(w, r)
			w.Header().Set("X-Sum", "42")
			w.Header().Set(http.TrailerPrefix+"X-Late", "yes")
		})
		a := s.get(acceptGzip)
		wantCoded(t, a, long)
		if a.Trailer.Get("X-Sum") != "42" || a.Trailer.Get("X-Late") != "yes" {
			t.Errorf("trailers %v", a.Trailer)
		}
	}},
	{"a flush before the first byte opens the stream", opensStream},
	{"an event is delivered when it is flushed", deliversEvent},
	{"a panic before anything has left is no answer of 200", func(t *testing.T, l layer) {
		answer500 := func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer func() {
					if recover() != nil {
						w.WriteHeader(http.StatusInternalServerError)
					}
				}()
				next.ServeHTTP(w, r)
			})
		}
		a := newSite(t, func(next http.Handler) http.Handler { return answer500(l(next)) },
			func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				_, _ = io.WriteString(w, "half a page")
				panic("seeded")
			}).get(acceptGzip)
		if a.StatusCode != http.StatusInternalServerError || strings.Contains(string(a.raw), "half") {
			t.Errorf("status %d, body %q", a.StatusCode, a.raw)
		}
	}},
	{"an aborted body does not decode cleanly", func(t *testing.T, l layer) {
		s := newSite(t, l, func(w http.ResponseWriter, r *http.Request) {
			html(w, r)
			_ = http.NewResponseController(w).Flush()
			html(w, r)
			panic(http.ErrAbortHandler)
		})
		if text, err := s.get(acceptGzip).decode(); err == nil {
			t.Errorf("a whole answer of %d bytes", len(text))
		}
	}},
}

func wantCoded(t *testing.T, a answer, want string) {
	t.Helper()
	if a.coding() == "" {
		t.Error("not compressed")
	}
	if got := a.body(t); got != want {
		t.Errorf("status %d, a body of %d bytes, want %d", a.StatusCode, len(got), len(want))
	}
}

func wantPlain(t *testing.T, a answer, want string) {
	t.Helper()
	if a.coding() != "" {
		t.Errorf("Content-Encoding %q", a.coding())
	}
	if string(a.raw) != want {
		t.Errorf("status %d, a body of %d bytes, want %d", a.StatusCode, len(a.raw), len(want))
	}
}

func earlyHints(t *testing.T, l layer) {
	s := newSite(t, l, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		html(w, r)
	})
	var early textproto.MIMEHeader
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		Got1xxResponse: func(status int, h textproto.MIMEHeader) error {
			if status == http.StatusEarlyHints {
				early = h
			}
			return nil
		},
	})
	r, _ := http.NewRequestWithContext(ctx, "GET", s.server.URL, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	res, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if early.Get("Link") == "" || early.Get("Content-Encoding") != "" {
		t.Errorf("103 with %v", early)
	}
	wantCoded(t, answer{res, raw, err}, long)
}

func opensStream(t *testing.T, l layer) {
	release := make(chan struct{})
	s := newSite(t, l, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	r, _ := http.NewRequest("GET", s.server.URL, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	res, err := s.client.Do(r)
	if err != nil {
		t.Fatalf("no header although it was flushed: %v", err)
	}
	res.Body.Close()
}

func deliversEvent(t *testing.T, l layer) {
	release := make(chan struct{})
	s := newSite(t, l, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "data: one\n\n")
		w.(http.Flusher).Flush()
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	r, _ := http.NewRequest("GET", s.server.URL, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	res, err := s.client.Do(r)
	if err != nil {
		t.Fatalf("no header although it was flushed: %v", err)
	}
	defer res.Body.Close()
	from := io.Reader(res.Body)
	if res.Header.Get("Content-Encoding") == "gzip" {
		if from, err = gzip.NewReader(from); err != nil {
			t.Fatal(err)
		}
	}
	if line, err := bufio.NewReader(from).ReadString('\n'); err != nil || line != "data: one\n" {
		t.Errorf("read %q, %v", line, err)
	}
}
