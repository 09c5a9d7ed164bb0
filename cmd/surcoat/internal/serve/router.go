package serve

import (
	"net/http"
	"slices"
	"strings"

	"github.com/surcoat/surcoat/internal/errpage"
)

// router sends a request to the application with the longest path that its own begins with. Unlike
// an http.ServeMux it leaves paths as they are, "//" and all: what they mean is the application's
// business. But for "." and "..", with which a path could mean to an application what is another's
// here: such a request is refused.
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
	if !slashed(strings.ReplaceAll(r.URL.Path, `\`, "/")) {
		errpage.Write(w, r, errpage.Problem{Status: http.StatusBadRequest})
		return
	}
	for _, path := range t.paths {
		if rest, ok := strings.CutPrefix(r.URL.Path, path); ok && (rest == "" || rest[0] == '/') {
			t.handlers[path].ServeHTTP(w, r)
			return
		}
	}
	errpage.Write(w, r, errpage.Problem{Status: http.StatusNotFound})
}
