package middlewaretest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// exchangeChecks are about ordinary messages, which every layer has to leave what
// they are.
func exchangeChecks() []check {
	return []check{
		{name: "bodies of all sizes", run: bodies},
		{name: "many small writes", run: smallWrites},
		{name: "a write says how much it took", run: writeCounts},
		{name: "statuses", run: statuses},
		{name: "statuses without a body", run: bodiless},
		{name: "a body on 204 is refused", run: bodyOn204},
		{name: "HEAD", run: head},
		{name: "a range stays as it is", run: partial},
		{name: "Content-Length of a body nobody changes", run: contentLength},
		{name: "a type that the handler leaves to the server", run: sniffed},
		{name: "trailers", run: trailers},
		{name: "request body and trailers", run: requestBody},
	}
}

func bodies(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		for _, size := range []int{0, 1, 100, 511, 512, 513, 2048, 4096, 20000, 1 << 20} {
			body := strings.Repeat(prose, size/len(prose)+1)[:size]
			s := t.serve(func(w http.ResponseWriter, r *http.Request) { plainText(w, body) })
			t.same(s.get(accept), 200, body, fmt.Sprintf("a body of %d bytes must arrive as it was written", size))
			s.quiet()
		}
	})
}

func smallWrites(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		s := t.serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			for i := range len(prose) / 5 {
				piece := prose[i*5 : i*5+5]
				if i%2 == 0 {
					_, _ = w.Write([]byte(piece))
				} else {
					_, _ = io.WriteString(w, piece)
				}
			}
		})
		t.same(s.get(accept), 200, prose, "Write and WriteString keep their order, whatever a layer holds back")
		s.quiet()
	})
}

func writeCounts(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		type count struct {
			n   int
			err error
		}
		counts := make(chan [4]count, 1)
		s := t.serve(func(w http.ResponseWriter, r *http.Request) {
			var c [4]count
			w.Header().Set("Content-Type", "text/plain")
			c[0].n, c[0].err = w.Write(nil)
			c[1].n, c[1].err = w.Write([]byte(prose))
			c[2].n, c[2].err = io.WriteString(w, prose)
			n, err := io.Copy(w, readerOnly{strings.NewReader(prose)})
			c[3] = count{int(n), err}
			counts <- c
		})
		got := s.get(accept)
		select {
		case c := <-counts:
			for i, want := range []int{0, len(prose), len(prose), len(prose)} {
				if c[i].n != want || c[i].err != nil {
					t.failf(fmt.Sprintf("%s returns %d and no error", [...]string{"an empty Write", "Write", "WriteString", "io.Copy"}[i], want),
						"io.Writer demands it: a caller that sees less reports a short write",
						"%d, %v", c[i].n, c[i].err)
				}
			}
		default:
			t.fail("the handler runs to its end", got.String(), "it only writes")
		}
	})
}

func statuses(t *trial) {
	for _, status := range []int{200, 201, 202, 203, 300, 302, 307, 400, 403, 404, 409, 418, 422, 429, 451, 500, 502, 503, 599} {
		s := t.serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-App", "kept")
			if status/100 == 3 {
				w.Header().Set("Location", "/elsewhere")
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"app": true}`)
		})
		got := s.get("")
		t.ok(got, status, "the status is the handler's to choose")
		if got.whole() && got.header.Get("X-App") != "kept" && status < 500 {
			t.fail(fmt.Sprintf("the handler's own header field with status %d", status), "it was lost", "clients rely on it (Retry-After, Link, request ids)")
		}
		s.quiet()
	}
}

func bodiless(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		for _, status := range []int{204, 304} {
			s := t.serve(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Etag", `"app"`)
				w.WriteHeader(status)
			})
			got := s.get(accept)
			t.same(got, status, "", "such an answer has no body (RFC 9110 §6.4.1), not even the frame of an empty coding")
			if got.whole() && got.coding() != "" {
				t.failf("no Content-Encoding", "there is no content; caches would store the field with what they have", "Content-Encoding %q on %d", got.coding(), status)
			}
			t.ok(s.get(accept), status, "the connection stays usable")
			s.quiet()
		}
	})
}

func bodyOn204(t *trial) {
	for _, status := range []int{204, 304} {
		s := t.serve(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, prose) // net/http refuses it with ErrBodyNotAllowed
		})
		t.same(s.get("gzip"), status, "", "a body where none is allowed would be read as the next answer on the connection")
		t.same(s.get("gzip"), status, "", "the connection stays in step")
		s.quiet()
	}
}

func head(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		for _, known := range []bool{false, true} {
			s := t.serve(func(w http.ResponseWriter, r *http.Request) {
				if known {
					w.Header().Set("Content-Length", strconv.Itoa(len(prose)))
				}
				plainText(w, prose)
			})
			got, get := s.do(s.accepting("HEAD", accept)), s.get(accept)
			if got.err != nil || got.status != 200 || len(got.raw) != 0 {
				t.fail("HEAD answered 200 without a body", got.String(), "HEAD is GET without the content (RFC 9110 §9.3.2)")
				continue
			}
			t.same(get, 200, prose, "GET after HEAD on the same connection")
			// Where the length is given it must be GET's own, if the coding is GET's.
			length, same := got.header.Get("Content-Length"), got.coding() == get.coding()
			if get.whole() && length != "" && (!same || length != strconv.Itoa(len(get.raw))) {
				t.failf("no Content-Length, or GET's", "a cache may update what it stored for GET from it (RFC 9111 §4.3.5)",
					"HEAD: Content-Length %s, Content-Encoding %q; GET: %d bytes, Content-Encoding %q", length, got.coding(), len(get.raw), get.coding())
			}
			s.quiet()
		}
	})
}

func partial(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		s := t.serve(func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "prose.txt", modified, strings.NewReader(prose))
		})
		r := s.accepting("GET", accept)
		r.Header.Set("Range", "bytes=100-2999")
		got := s.do(r)
		t.same(got, 206, prose[100:3000], "a range counts bytes of the representation that the handler chose")
		if got.err == nil && (got.coding() != "" || got.header.Get("Content-Range") != fmt.Sprintf("bytes 100-2999/%d", len(prose))) {
			t.failf("the range of the identity coding", "a client puts ranges together by these numbers; coded parts make garbage",
				"Content-Range %q, Content-Encoding %q", got.header.Get("Content-Range"), got.coding())
		}
		s.quiet()
	})
}

func contentLength(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		s := t.serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			w.Header().Set("Content-Length", strconv.Itoa(len(pixels)))
			_, _ = io.WriteString(w, pixels)
		})
		got := s.get(accept)
		t.same(got, 200, pixels, "the body must arrive as it was written")
		if got.whole() && got.coding() == "" && got.length != int64(len(pixels)) {
			t.failf(fmt.Sprintf("Content-Length %d, as the handler declared", len(pixels)),
				"without it there is no progress bar, no sendfile, and no way to see that a download broke off",
				"%d", got.length)
		}
		s.quiet()
	})
}

func sniffed(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		page := "<!doctype html><title>x</title>" + prose
		s := t.serve(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, page) })
		got := s.get(accept)
		t.same(got, 200, page, "the body must arrive as it was written")
		if ct := got.header.Get("Content-Type"); got.whole() && !strings.HasPrefix(ct, "text/html") {
			t.failf("Content-Type text/html, which net/http finds out from the first bytes",
				"a layer that changes the body has to find it out before: browsers offer such a page for download", "%q", ct)
		}
	})
}

func trailers(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		s := t.serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "X-App-Sum")
			plainText(w, prose)
			w.Header().Set("X-App-Sum", "declared")
			w.Header().Set(http.TrailerPrefix+"X-App-Late", "undeclared")
		})
		got := s.get(accept)
		t.same(got, 200, prose, "the body of an answer with trailers")
		if got.whole() && (got.trailer.Get("X-App-Sum") != "declared" || got.trailer.Get("X-App-Late") != "undeclared") {
			t.failf("both trailers, the declared and the late one",
				"gRPC and checksums travel there; a layer that copies headers once loses them", "%v", got.trailer)
		}
		s.quiet()
	})
}

func requestBody(t *trial) {
	type sent struct {
		body    string
		err     error
		trailer string
	}
	seen := make(chan sent, 1)
	s := t.serve(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		seen <- sent{string(b), err, r.Trailer.Get("X-Sum")}
		plainText(w, "read")
	})
	r := s.request("POST", "/", io.MultiReader(bytes.NewReader([]byte(prose))))
	r.Trailer = http.Header{"X-Sum": {"42"}}
	got := s.do(r)
	select {
	case v := <-seen:
		if v.body != prose || v.err != nil || v.trailer != "42" {
			t.failf("the body that was sent, and its trailer", "uploads pass through every layer",
				"%s, error %v, trailer %q", excerpt([]byte(v.body)), v.err, v.trailer)
		}
	default:
		t.fail("the handler runs", got.String(), "a POST must reach it like a GET")
		return
	}
	t.same(got, 200, "read", "the answer to a POST")

	// MaxBytesReader is how handlers bound a body.
	tooLarge := make(chan error, 1)
	s = t.serve(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 10))
		tooLarge <- err
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	})
	t.ok(s.do(s.request("POST", "/", strings.NewReader(prose))), 413, "the handler refused the body")
	select {
	case err := <-tooLarge:
		if _, is := errors.AsType[*http.MaxBytesError](err); !is {
			t.failf("a *http.MaxBytesError", "handlers branch on it to answer 413", "%v", err)
		}
	default:
	}
	s.quiet()
}
