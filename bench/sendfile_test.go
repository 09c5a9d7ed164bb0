//go:build !dev

package bench_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/surcoat/surcoat/bench/compression"
	"github.com/surcoat/surcoat/bench/fixtures"
	"github.com/surcoat/surcoat/middleware"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/gzip"
	"github.com/surcoat/surcoat/middleware/session"
)

// TestSendfile shows for File20M why it costs what it does: the file itself reaches the ReadFrom of the server's own
// writer, which passes it on to the kernel, through the Compressor and through a whole stack. In a dev build the
// traceback page listens to what is read, and nothing is measured there.
func TestSendfile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "video")
	if err := os.WriteFile(path, fixtures.Video(1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	file := compression.File(path)
	users := &auth.MemoryUsers{}
	stack := middleware.Stack{
		Trace:    &cgitrace.Page{},
		Compress: &gzip.Compressor{},
		Session:  &session.Manager{},
		Auth:     &auth.Guard{Schemes: []auth.Scheme{&auth.Session{Users: users}}, Optional: true},
	}
	for name, h := range map[string]http.Handler{
		"bare":       file,
		"Compressor": (&gzip.Compressor{}).Wrap(file),
		"Stack":      stack.Chain().Then(file),
	} {
		counted := &countingFiles{next: h}
		server := httptest.NewServer(counted)
		r, err := http.NewRequest("GET", server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip")
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		server.Close()
		if n != 1<<20 || err != nil || counted.bytes != n || counted.written != 0 {
			t.Errorf("%s: %d bytes arrived (%v), %d of them from the file itself and %d written", name, n, err, counted.bytes, counted.written)
		}
	}
}

// countingFiles stands between the server and the layers, and counts what comes as a file.
type countingFiles struct {
	next           http.Handler
	bytes, written int64
}

func (c *countingFiles) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.next.ServeHTTP(&fileCounter{w, c}, r)
}

type fileCounter struct {
	http.ResponseWriter
	counts *countingFiles
}

func (f *fileCounter) Unwrap() http.ResponseWriter { return f.ResponseWriter }

func (f *fileCounter) Write(p []byte) (int, error) {
	f.counts.written += int64(len(p))
	return f.ResponseWriter.Write(p)
}

func (f *fileCounter) ReadFrom(src io.Reader) (int64, error) {
	n, err := f.ResponseWriter.(io.ReaderFrom).ReadFrom(src)
	if part, ok := src.(*io.LimitedReader); ok {
		src = part.R
	}
	if _, ok := src.(*os.File); ok { // what net/http's ReadFrom looks for
		f.counts.bytes += n
	}
	return n, err
}
