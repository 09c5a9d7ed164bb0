package compression

import (
	"compress/gzip"
	"crypto/sha256"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/surcoat/surcoat/bench/fixtures"
)

// File is the handler of [File20M]: it serves the file at path as a video, which is compressed already.
func File(path string) http.Handler { return file{path} }

type file struct{ path string }

func (f file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	src, err := os.Open(f.path)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer src.Close()
	w.Header()["Content-Type"] = videoType
	http.ServeContent(w, r, "", time.Time{}, src)
}

var videoType = []string{"video/mp4"}

const fileSize = 20 << 20

// File20M fetches a file of 20 MiB over TCP. Its figure is the CPU time of the server, which is a
// process of its own (see [Serve]), so that what the client spends is not in it.
func File20M(b *testing.B, layers ...Layer) {
	if _, err := processCPU(); err != nil {
		b.Skip(err)
	}
	content := fixtures.Video(fileSize)
	path := filepath.Join(b.TempDir(), "video")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		b.Fatal(err)
	}
	want := sha256.Sum256(content)
	for _, l := range layers {
		b.Run("lib="+l.Lib, func(b *testing.B) {
			s := startServer(b, l.Lib, path)
			if got := s.fetch(b, true); got != want {
				b.Fatal("the file did not arrive as it is")
			}
			before := s.cpu(b)
			for b.Loop() {
				s.fetch(b, false)
			}
			b.ReportMetric(float64(s.cpu(b)-before)/float64(b.N), "server-ns/op")
			if got := s.fetch(b, true); got != want {
				b.Fatal("the file did not arrive as it is")
			}
		})
	}
}

// fetch gets the file, and its hash if hashed.
func (s *server) fetch(b *testing.B, hashed bool) (sum [sha256.Size]byte) {
	if _, err := io.WriteString(s.conn, "GET / HTTP/1.1\r\nHost: bench.example\r\nAccept-Encoding: gzip\r\n\r\n"); err != nil {
		b.Fatal(err)
	}
	res, err := http.ReadResponse(s.in, nil)
	if err != nil {
		b.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		b.Fatalf("status %d", res.StatusCode)
	}
	if !hashed {
		for err == nil {
			_, err = res.Body.Read(s.piece)
		}
		if err != io.EOF {
			b.Fatal(err)
		}
		return sum
	}
	body := io.Reader(res.Body)
	if res.Header.Get("Content-Encoding") == "gzip" {
		if body, err = gzip.NewReader(res.Body); err != nil {
			b.Fatal(err)
		}
	}
	h := sha256.New()
	if _, err := io.Copy(h, body); err != nil {
		b.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body) // the end of the body, which gzip does not look for
	return [sha256.Size]byte(h.Sum(nil))
}
