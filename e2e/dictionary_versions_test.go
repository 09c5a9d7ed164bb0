package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// application is a site with one version of its script, which is a dictionary for those to come.
func application(version string, versions *gzip.Versions) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		fmt.Fprintf(w, "<!doctype html><title>An application</title><link rel=icon href=data:,><p id=said><script src=/app.%s.js></script>", version)
	})
	mux.HandleFunc("GET /app."+version+".js", func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Use-As-Dictionary", `match="/app.*.js"`)
		io.WriteString(w, scriptOf(version))
	})
	return (&gzip.Compressor{Versions: versions}).Wrap(mux)
}

// scriptOf is most of it the same in all versions, and compresses badly.
func scriptOf(version string) string {
	var b strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&b, "function f%d(x) { return x * %d }\n", i, (i*i*7919)%100003)
	}
	fmt.Fprintf(&b, "document.querySelector('#said').textContent = 'This is %s.'\n", version)
	return b.String()
}

// Each version of a script is the dictionary for the next, also when another process serves that.
func TestVersionsOfAScript(t *testing.T) {
	dir := t.TempDir()
	kept := &gzip.Versions{Dir: dir}
	s := newSite(t, application("v1", kept))
	p := newPerson(t)
	seen := p.traffic()
	p.goTo(s.url)
	p.sees("#said", "This is v1.")
	whole := s.last("/app.v1.js")
	s.offers(p, "/app.v1.js")

	for _, c := range []struct {
		version  string
		versions *gzip.Versions
	}{{"v2", kept}, {"v3", &gzip.Versions{Dir: dir}}, {"v4", &gzip.Versions{Dir: dir}}} {
		s.redeploy(application(c.version, c.versions))
		p.goTo(s.url)
		p.sees("#said", "This is "+c.version+".")
		e := s.last("/app." + c.version + ".js")
		if e.coding != "dcz" || 15*e.length >= whole.length {
			t.Errorf("%s came as %q with %d bytes after %q with %d", c.version, e.coding, e.length, whole.coding, whole.length)
		}
		if got := seen.last(s.url + e.path).content(p); got != scriptOf(c.version) {
			t.Errorf("%s has %d bytes, want %d", c.version, len(got), len(scriptOf(c.version)))
		}
		holds(t, dir, int(c.version[1]-'0'))
	}
}
