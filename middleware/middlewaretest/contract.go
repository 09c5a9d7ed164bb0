package middlewaretest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/surcoat/surcoat/middleware/lint"
)

// contractChecks run the layer, around handlers that are in order, under package lint:
// what that reports is the layer's own.
func contractChecks() []check {
	checks := []check{}
	for _, d := range decent {
		checks = append(checks, check{name: d.name, run: func(t *trial) { keepsContract(t, d.method, d.serve) }})
	}
	return checks
}

// decent are handlers with nothing wrong.
var decent = []struct {
	name   string
	method string
	serve  http.HandlerFunc
}{
	{"text", "GET", func(w http.ResponseWriter, r *http.Request) { plainText(w, prose) }},
	{"small text", "GET", func(w http.ResponseWriter, r *http.Request) { plainText(w, "hello") }},
	{"nothing", "GET", func(w http.ResponseWriter, r *http.Request) {}},
	{"JSON in pieces", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		enc := json.NewEncoder(w)
		for i := range 200 {
			_ = enc.Encode(map[string]int{"line": i})
		}
	}},
	{"content with validators", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", `"1"`)
		http.ServeContent(w, r, "a.txt", modified, strings.NewReader(prose))
	}},
	{"HEAD of content", "HEAD", func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "a.txt", modified, strings.NewReader(prose))
	}},
	{"an error", "GET", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", http.StatusNotFound) }},
	{"a redirect", "GET", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/there", http.StatusSeeOther) }},
	{"no content", "GET", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) }},
	{"not modified", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", `"1"`)
		w.WriteHeader(http.StatusNotModified)
	}},
	{"a declared length", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(prose)))
		plainText(w, prose)
	}},
	{"a stream", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for range 3 {
			_, _ = io.WriteString(w, "data: x\n\n")
			flush(w)
		}
	}},
	{"trailers", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-App-Sum")
		plainText(w, prose)
		w.Header().Set("X-App-Sum", "1")
		w.Header().Set(http.TrailerPrefix+"X-App-Late", "1")
	}},
	{"early hints", "GET", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		plainText(w, prose)
	}},
	{"an upload", "POST", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		plainText(w, "thanks")
	}},
	{"an upload that nobody reads", "POST", func(w http.ResponseWriter, r *http.Request) { plainText(w, "no, thanks") }},
}

func keepsContract(t *trial, method string, serve http.HandlerFunc) {
	t.withCodings(func(t *trial, accept string) {
		var mu sync.Mutex
		var faults []lint.Fault
		watch := lint.Handler{Report: func(f lint.Fault) {
			mu.Lock()
			defer mu.Unlock()
			faults = append(faults, f)
		}}
		s := t.serveWrapped(watch.Wrap(t.layer(serve)))
		r := s.accepting(method, accept)
		if method == "POST" {
			r = s.request(method, "/", strings.NewReader(prose))
		}
		s.do(r)
		s.record()
		s.quiet()
		mu.Lock()
		defer mu.Unlock()
		for _, f := range faults {
			t.fail("nothing for package lint to report", f.Error(), "the handler is in order; what breaks the contract is the layer")
		}
	})
}
