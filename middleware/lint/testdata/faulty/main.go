// Command faulty prints where lint sees its faults. Its module has no dot in its name,
// like the standard library's packages.
package main

import (
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"path/filepath"

	"github.com/surcoat/surcoat/middleware/lint"
)

var page = template.Must(template.New("").Parse(`<p>{{.}}</p>`))

func small(w http.ResponseWriter) { w.WriteHeader(http.StatusUnauthorized) } // want missing-field

func set(h http.Header, name, value string) { h.Set(name, value) }

type view struct{ title string }

func (v view) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusNoContent)
	_ = page.Execute(w, v.title) // want body-not-allowed
}

type silent struct{}

func (silent) ServeHTTP(w http.ResponseWriter, r *http.Request) { // want request-changed
	r.Header.Set("X-Seen", "1")
}

func main() {
	watch := lint.Handler{Report: func(f lint.Fault) {
		fmt.Printf("%s:%d %s\n", filepath.Base(f.File), f.Line, f.Rule)
	}}
	for _, h := range []http.Handler{
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { small(w) }),
		view{"x"},
		silent{},
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			set(w.Header(), "ETag", "1") // want malformed-etag
			http.NotFound(w, r)
			http.NotFound(w, r) // want repeated-status
		}),
	} {
		watch.Wrap(h).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}
}
