package serve

import (
	"net/http"
	"slices"
	"strings"

	"github.com/surcoat/surcoat/internal/errpage"
)

// router sends a request to the application with the longest path that its own begins with. Unlike
// an http.ServeMux it leaves paths as they are, "//" and all: what they mean is the application's
// business. But where a path could mean to an application what is another's here, which may need
// other rights, the request is refused: for "." and "..", and where it would be another's without
// doubled slashes, with slashes for backslashes, and without parameters (";x=y", RFC 3986 §3.3), which
// Tomcat takes off each part before it looks for "..".
type router struct {
	paths    []string // the longest first
	handlers map[string]http.Handler
}

func (t *router) add(path string, h http.Handler) {
	if t.handlers == nil {
		t.handlers = make(map[string]http.Handler)
	}
	t.handlers[path] = h
	t.paths = append(t.paths, path)
	slices.SortFunc(t.paths, func(a, b string) int { return len(b) - len(a) })
}

func (t *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at, ok := t.find(r.URL.Path)
	least := simplest(r.URL.Path)
	if other, _ := t.find(least); other != at || !slashed(least) {
		errpage.Write(w, r, errpage.Problem{Status: http.StatusBadRequest})
		return
	}
	if !ok {
		errpage.Write(w, r, errpage.Problem{Status: http.StatusNotFound})
		return
	}
	t.handlers[at].ServeHTTP(w, r)
}

// find returns the path of the application that a path is for.
func (t *router) find(path string) (at string, ok bool) {
	for _, at := range t.paths {
		if rest, ok := strings.CutPrefix(path, at); ok && (rest == "" || rest[0] == '/') {
			return at, true
		}
	}
	return "", false
}

// simplest is the least that a path can mean to an application.
func simplest(path string) string {
	if !strings.ContainsAny(path, `\;`) && !strings.Contains(path, "//") {
		return path
	}
	var b strings.Builder
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part, _, _ = strings.Cut(part, ";"); part != "" {
			b.WriteString("/" + part)
		}
	}
	return b.String()
}
