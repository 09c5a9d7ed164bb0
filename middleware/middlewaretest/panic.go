package middlewaretest

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
)

// panicChecks: a panic is never half an answer. The suite recovers outside the layer,
// and answers 500 as long as nothing has reached the server.
func panicChecks() []check {
	return []check{
		{name: "before anything is written", run: panicEarly},
		{name: "after a header was set", run: panicAfterHeader},
		{name: "after 103", run: panicAfterHints},
		{name: "after a little was written", run: panicAfterWrite},
		{name: "after much was written", run: panicAfterMuch},
		{name: "after Flush", run: panicAfterFlush},
		{name: "after a file was copied", run: panicAfterCopy},
		{name: "in HTML after Flush", run: panicInHTML},
		{name: "with a Content-Length", run: panicWithLength},
		{name: "http.ErrAbortHandler", run: panicAbort},
		{name: "the next request is not affected", run: panicThenFine},
	}
}

const (
	whyClean = "until bytes have left, an outer layer can still send a clean 500; a half answer that looks whole is cached and believed"
	whyAbort = "bytes have left: only a broken-off body tells the client that it is not whole"
)

// cleanError accepts a whole answer of 500 or more that has none of the handler's bytes.
func (t *trial) cleanError(got *reply) {
	t.Helper()
	switch {
	case !got.whole() || got.status < 500:
		t.fail("a whole answer with status 500", got.String(), whyClean)
	case strings.Contains(string(got.raw), "half"):
		t.fail("an error answer without the handler's bytes", got.String(), whyClean)
	case got.header.Get("Content-Length") == "" && t.proto == http1 && len(got.raw) == 0:
		t.fail("an error answer with a body", got.String(), whyClean)
	}
}

// aborted accepts an answer that a client cannot take for a whole one.
func (t *trial) aborted(got *reply, rec *record) {
	t.Helper()
	if got.err == nil && got.bodyErr == nil {
		t.fail("the connection (or stream) breaks off", got.String(), whyAbort)
	}
	if strings.Contains(string(got.body), strings.TrimSpace(outerAnswer)) {
		t.fail("the answer breaks off", got.String(), "an error text at the end of another body is shown to people, or parsed")
	}
	// What a server still has in its buffers goes with the connection, by luck: what the
	// layer has given it must not look whole either.
	rec.did(func(rec *record) {
		if z, err := gzip.NewReader(bytes.NewReader(rec.body)); err == nil && got.coding() == "gzip" {
			if n, err := io.Copy(io.Discard, z); err == nil {
				t.failf("a body that does not decode to its end", whyAbort+"; where a proxy does not pass the broken connection on, the broken coding tells",
					"the layer has ended the coding properly, after %d bytes", n)
			}
		}
	})
}

// panicking serves a handler that writes and then panics.
func panicking(t *trial, write func(http.ResponseWriter)) *site {
	return t.serve(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		write(w)
		panic("middlewaretest: on purpose")
	})
}

func panicEarly(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		t.cleanError(panicking(t, func(http.ResponseWriter) {}).get(accept))
	})
}

func panicAfterHeader(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		s := t.serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-App", "set")
			panic("middlewaretest: on purpose")
		})
		t.cleanError(s.get(accept))
	})
}

func panicAfterHints(t *trial) {
	t.cleanError(panicking(t, func(w http.ResponseWriter) { w.WriteHeader(103) }).get(""))
}

// replaced reports whether the layer recovered and answered by itself: nothing of the
// handler's response had left then.
func (rec *record) replaced() bool { return len(rec.finals) == 1 && rec.finals[0] >= 500 }

// cleanOrAborted asks for the one before bytes have left, for the other after.
func (t *trial) cleanOrAborted(s *site, got *reply) {
	t.Helper()
	rec, left := s.record(), false
	if rec.did(func(rec *record) { left = rec.left && !rec.replaced() }); left {
		t.aborted(got, rec)
	} else {
		t.cleanError(got)
	}
}

// panicAfterWrite accepts both: a layer may hold a little back.
func panicAfterWrite(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		s := panicking(t, func(w http.ResponseWriter) { _, _ = io.WriteString(w, "half an answer") })
		t.cleanOrAborted(s, s.get(accept))
	})
}

func panicAfterMuch(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		s := panicking(t, func(w http.ResponseWriter) {
			for range 50 {
				_, _ = io.WriteString(w, prose)
			}
		})
		t.cleanOrAborted(s, s.get(accept))
	})
}

func panicAfterFlush(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		s := panicking(t, func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, prose)
			flush(w)
			_, _ = io.WriteString(w, prose)
		})
		t.aborted(s.get(accept), s.record())
	})
}

func panicAfterCopy(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		s := t.serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			_, _ = io.Copy(w, readerOnly{strings.NewReader(pixels)})
			flush(w)
			panic("middlewaretest: on purpose")
		})
		t.aborted(s.get(accept), s.record())
	})
}

func panicInHTML(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		s := t.serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, "<!doctype html><p>"+prose)
			flush(w)
			panic("middlewaretest: on purpose")
		})
		r := s.accepting("GET", accept)
		r.Header.Set("Accept", "text/html")
		got := s.do(r)
		if t.suite.AppendsToHTML && got.whole() && got.coding() == "" && got.length < 0 {
			return
		}
		t.aborted(got, s.record())
	})
}

func panicWithLength(t *trial) {
	s := t.serve(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Length", "100000")
		_, _ = io.WriteString(w, "<p>"+prose)
		flush(w)
		panic("middlewaretest: on purpose")
	})
	t.aborted(s.get(""), s.record())
}

// panicAbort: ErrAbortHandler asks for silence. ReverseProxy uses it when its backend
// breaks off.
func panicAbort(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		for _, write := range []func(http.ResponseWriter){
			func(http.ResponseWriter) {},
			func(w http.ResponseWriter) { _, _ = io.WriteString(w, "half an answer") },
			func(w http.ResponseWriter) { _, _ = io.WriteString(w, prose); flush(w) },
		} {
			s := t.serve(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				write(w)
				panic(http.ErrAbortHandler)
			})
			got := s.get(accept)
			if got.err == nil && got.bodyErr == nil {
				t.fail("no answer, or a broken-off one", got.String(),
					"the handler asked to abort (http.ErrAbortHandler): a proxy's client must see that the backend's answer broke off")
			}
			s.quiet()
		}
	})
}

func panicThenFine(t *trial) {
	s := t.serve(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/panic" {
			_, _ = io.WriteString(w, "half an answer")
			panic("middlewaretest: on purpose")
		}
		plainText(w, prose)
	})
	for range 5 {
		for _, accept := range []string{"", "gzip"} {
			r := s.request("GET", "/panic", nil)
			r.Header.Set("Accept-Encoding", accept)
			s.do(r)
			t.same(s.get(accept), 200, prose, "what a panic leaves behind (a pooled compressor, a lock) must not reach another request")
		}
	}
}
