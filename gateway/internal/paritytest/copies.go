package paritytest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// copies are of bodies that come from a reader.
func copies() []Case {
	get := Request{}
	copied := func(src func() io.Reader, before func(w http.ResponseWriter)) func(http.ResponseWriter, *http.Request, Note) {
		return func(w http.ResponseWriter, _ *http.Request, note Note) {
			if before != nil {
				before(w)
			}
			n, err := io.Copy(w, src())
			note("%d %v", n, err)
		}
	}
	plain := func(n int) func() io.Reader {
		return func() io.Reader { return struct{ io.Reader }{strings.NewReader(strings.Repeat("x", n))} }
	}
	file := func(n int) func() io.Reader { return func() io.Reader { return temporary(n) } }
	length := func(n string) func(w http.ResponseWriter) {
		return func(w http.ResponseWriter) { w.Header().Set("Content-Length", n) }
	}
	write := func(w http.ResponseWriter) { _, _ = w.Write([]byte("first")) }
	serve := func(w http.ResponseWriter, r *http.Request, _ Note) {
		http.ServeContent(w, r, "a.txt", time.Unix(1e9, 0), bytes.NewReader([]byte(strings.Repeat("0123456789", 1000))))
	}
	serveFile := func(w http.ResponseWriter, r *http.Request, _ Note) {
		http.ServeContent(w, r, "a.txt", time.Unix(1e9, 0), temporary(100_000).(*os.File))
	}
	return []Case{
		{"copy 0", get, copied(plain(0), nil)},
		{"copy 100", get, copied(plain(100), nil)},
		{"copy 511", get, copied(plain(511), nil)},
		{"copy 600", get, copied(plain(600), nil)},
		{"copy 5000", get, copied(plain(5000), nil)},
		{"copy 1 MB", get, copied(plain(1<<20), nil)},
		{"copy after write", get, copied(plain(5000), write)},
		{"copy a WriterTo", get, copied(func() io.Reader { return strings.NewReader(strings.Repeat("x", 5000)) }, nil)},
		{"copy a file", get, copied(file(100_000), nil)},
		{"copy a file with length", get, copied(file(100_000), length("100000"))},
		{"copy a file with length too large", get, copied(file(1000), length("1001"))},
		{"copy with length too small", get, copied(plain(400), length("300"))},
		{"copy, HEAD", Request{Method: "HEAD"}, copied(plain(5000), nil)},
		{"copy a file, HEAD", Request{Method: "HEAD"}, copied(file(5000), nil)},
		{"copy, 204", get, copied(plain(5000), func(w http.ResponseWriter) { w.WriteHeader(204) })},
		{"copy fails", get, copied(func() io.Reader {
			return io.MultiReader(strings.NewReader(strings.Repeat("x", 5000)), failing{})
		}, nil)},
		{"copy fails at once", get, copied(func() io.Reader { return failing{} }, nil)},
		{"two copies", get, func(w http.ResponseWriter, _ *http.Request, note Note) {
			for range 2 {
				n, err := io.Copy(w, plain(3000)())
				note("%d %v", n, err)
			}
			_, _ = w.Write([]byte("end"))
		}},
		{"ServeContent", get, serve},
		{"ServeContent HEAD", Request{Method: "HEAD"}, serve},
		{"ServeContent range", Request{Header: []string{"Range: bytes=10-19"}}, serve},
		{"ServeContent ranges", Request{Header: []string{"Range: bytes=10-19"}}, serve},
		{"ServeContent not modified", Request{Header: []string{"If-Modified-Since: " + time.Unix(1e9, 0).UTC().Format(http.TimeFormat)}}, serve},
		{"ServeContent bad range", Request{Header: []string{"Range: bytes=99999-"}}, serve},
		{"ServeContent of a file", get, serveFile},
		{"ServeContent range of a file", Request{Header: []string{"Range: bytes=50000-59999"}}, serveFile},
	}
}

// failing is a source that breaks.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("broken source") }

// temporary is a file of that length that is gone when it is closed.
func temporary(n int) io.Reader {
	f, err := os.CreateTemp("", filepath.Base("parity"))
	if err != nil {
		panic(err)
	}
	_ = os.Remove(f.Name())
	_, _ = f.WriteString(strings.Repeat("x", n))
	_, _ = f.Seek(0, io.SeekStart)
	return f
}
