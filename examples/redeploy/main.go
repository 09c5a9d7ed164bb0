// Command redeploy shows what a browser is sent after a new version of a site was deployed:
// the difference. From the repository's root
//
//	go run ./examples/redeploy --release 1
//
// and open http://localhost:8080 in Chrome or Edge; stop it, start --release 2, and reload. The log
// says what went over the wire.
package main

import (
	"flag"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/surcoat/surcoat/middleware/gzip"
)

func main() {
	number := flag.Int("release", 1, "which `release` to serve, 1 or 2")
	addr := flag.String("addr", "localhost:8080", "the `address` to serve at")
	dir := flag.String("versions", filepath.Join(os.TempDir(), "surcoat-redeploy"), "the `folder` that keeps what browsers may have")
	flag.Parse()
	if *number != 1 && *number != 2 {
		log.Fatal("redeploy: --release can be 1 or 2")
	}
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	log.Printf("release %d is at url=http://localhost:%s/", *number, port)
	log.Fatal(http.Serve(listener, site(newRelease(*number), *dir)))
}

// site serves a release. What earlier ones left in dir is what their browsers still have.
func site(r release, dir string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", file{"text/html; charset=utf-8", "public, max-age=0, stale-while-revalidate=2592000", `match="/", match-dest=("document")`, r.page})
	mux.Handle("GET "+r.scriptName, file{"text/javascript; charset=utf-8", "public, max-age=31536000, immutable", `match="/app.*.js"`, r.script})
	zip := &gzip.Compressor{Versions: &gzip.Versions{Dir: dir}}
	return logged{zip.Wrap(mux)}
}

// file is a public file whose next version is sent as the difference from it.
type file struct {
	contentType, cacheControl, useAsDictionary string
	content                                    []byte
}

func (f file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", f.cacheControl)
	h.Set("Use-As-Dictionary", f.useAsDictionary)
	h.Set("ETag", `"`+hash(f.content)+`"`)
	_, _ = w.Write(f.content)
}

// logged is a layer that says what leaves.
type logged struct{ next http.Handler }

func (l logged) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &counter{ResponseWriter: w}
	l.next.ServeHTTP(c, r)
	coding := w.Header().Get("Content-Encoding")
	if coding == "" {
		coding = "plain"
	}
	log.Printf("%s %s: %d bytes, %s", r.Method, r.URL.Path, c.n, coding)
}

type counter struct {
	http.ResponseWriter
	n int
}

func (c *counter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.n += n
	return n, err
}
