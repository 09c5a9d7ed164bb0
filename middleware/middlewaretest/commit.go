package middlewaretest

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

var modified = time.Date(2020, 2, 2, 20, 20, 20, 0, time.UTC)

// start is a way in which a handler may begin its answer.
type start struct {
	name  string
	write func(http.ResponseWriter)
	body  string
}

func starts() []start {
	return []start{
		{"nothing written", func(w http.ResponseWriter) {}, ""},
		{"explicit status", func(w http.ResponseWriter) { w.WriteHeader(200) }, ""},
		{"explicit status and Write", func(w http.ResponseWriter) { w.WriteHeader(200); _, _ = w.Write([]byte("body")) }, "body"},
		{"Write", func(w http.ResponseWriter) { _, _ = w.Write([]byte("body")) }, "body"},
		{"empty Write", func(w http.ResponseWriter) { _, _ = w.Write(nil) }, ""},
		{"WriteString", func(w http.ResponseWriter) { _, _ = io.WriteString(w, "body") }, "body"},
		{"ReadFrom", func(w http.ResponseWriter) { _, _ = io.Copy(w, readerOnly{strings.NewReader("body")}) }, "body"},
		{"large ReadFrom", func(w http.ResponseWriter) { _, _ = io.Copy(w, readerOnly{strings.NewReader(prose)}) }, prose},
		{"large Write", func(w http.ResponseWriter) { _, _ = w.Write([]byte(prose)) }, prose},
		{"Flush", func(w http.ResponseWriter) { flush(w); _, _ = io.WriteString(w, "body") }, "body"},
		{"ResponseController.Flush", func(w http.ResponseWriter) {
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, "body")
		}, "body"},
		{"Flush and nothing more", func(w http.ResponseWriter) { flush(w) }, ""},
		{"103 before the answer", func(w http.ResponseWriter) { w.WriteHeader(103); _, _ = io.WriteString(w, "body") }, "body"},
		{"103 and nothing more", func(w http.ResponseWriter) { w.WriteHeader(103) }, ""},
	}
}

func flush(w http.ResponseWriter) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
		return
	}
	_ = http.NewResponseController(w).Flush()
}

// commitChecks: whatever a layer adds to the header, it adds once, however the answer
// begins.
func commitChecks() []check {
	checks := []check{
		{name: "one final status reaches the server", run: oneStatus},
		{name: "a header set late is still set", run: lateHeader},
	}
	for _, st := range starts() {
		checks = append(checks, check{name: st.name, run: func(t *trial) { startsAlike(t, st) }})
	}
	return checks
}

// answering is a handler that sets a header field and then begins its answer in st's way.
func answering(st start) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-App", "set")
		w.Header().Set("Content-Type", "text/plain")
		st.write(w)
	}
}

func startsAlike(t *trial, st start) {
	reference := t.serve(answering(starts()[2])).get("")
	if !reference.whole() {
		t.Fatalf("the answer to compare with failed: %v", reference)
	}
	t.withCodings(func(t *trial, accept string) {
		s := t.serve(answering(st))
		got := s.get(accept)
		if !t.same(got, 200, st.body, "the answer, begun with "+st.name) {
			return
		}
		if got.header.Get("X-App") != "set" {
			t.fail("the handler's header field", "it is lost", "what a handler sets before it begins must reach the client")
		}
		if got, want := got.added(), reference.added(); !slices.Equal(got, want) {
			t.failf(fmt.Sprintf("the layer adds the fields %q, as it does to a plain answer", want),
				"a cookie or a security header that depends on how a handler begins is lost for streams, files and empty answers",
				"it adds %q", got)
		}
		s.quiet()
		rec := s.record()
		rec.did(func(rec *record) {
			if len(rec.finals) > 1 {
				t.failf("at most one WriteHeader with a final status", "the header leaves once", "%v", rec.finals)
			}
		})
	})
}

func oneStatus(t *trial) {
	for _, status := range []int{200, 201, 404, 500} {
		t.withCodings(func(t *trial, accept string) {
			s := t.serve(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				w.WriteHeader(status)
				_, _ = io.WriteString(w, prose)
			})
			t.ok(s.get(accept), status, "the status is the handler's")
			s.record().did(func(rec *record) {
				if !slices.Equal(rec.finals, []int{status}) && !(status == 200 && len(rec.finals) == 0) {
					t.failf(fmt.Sprintf("WriteHeader(%d), once", status), "outer layers (logs, metrics) see what reaches the server", "%v", rec.finals)
				}
			})
			s.quiet()
		})
	}
}

func lateHeader(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		s := t.serve(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("X-App-Removed", "1")
			h.Set("Content-Type", "text/plain")
			h["X-App-Many"] = []string{"one", "two"}
			h.Del("X-App-Removed")
			w.Header().Add("X-App-Many", "three")
			_, _ = io.WriteString(w, prose)
		})
		got := s.get(accept)
		t.same(got, 200, prose, "the body")
		if got.whole() && (len(got.header.Values("X-App-Many")) != 3 || got.header.Get("X-App-Removed") != "") {
			t.failf("three lines X-App-Many and no X-App-Removed", "w.Header() is one map for all layers; a copy goes out of step", "%v", got.header)
		}
	})
}
