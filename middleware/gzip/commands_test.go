package gzip_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// The programs that defined the formats take what we send.
func TestOfficialCommands(t *testing.T) {
	large := strings.Repeat(prose, 3<<20/len(prose))
	for _, coding := range []string{"gzip", "zstd"} {
		t.Run(coding, func(t *testing.T) {
			program, err := exec.LookPath(coding)
			if err != nil {
				if os.Getenv("CI") == "true" {
					t.Fatalf("CI has to install %s: %v", coding, err)
				}
				t.Skipf("NOT TESTED against the official decoder: install %s: %v", coding, err)
			}
			for _, body := range []string{prose, large} {
				for _, encoding := range []gzip.Encoding{gzip.Gzip{}, gzip.Gzip{Level: 9}, gzip.Zstd{}, gzip.Zstd{Level: zstd.SpeedBestCompression, Window: 8 << 20}} {
					if encoding.Coding() != coding {
						continue
					}
					zip := &gzip.Compressor{Encodings: []gzip.Encoding{encoding}}
					for _, handler := range writingIn(body) {
						a := serveWith(t, 1, zip, handler).get("Accept-Encoding: " + coding)
						if a.coding() != coding {
							t.Fatalf("Content-Encoding %q", a.coding())
						}
						var plain, said bytes.Buffer
						cmd := exec.Command(program, "-d", "-c")
						cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(a.raw), &plain, &said
						if err := cmd.Run(); err != nil || said.Len() > 0 || plain.String() != body {
							t.Errorf("%+v: %v %s: %d bytes, want %d", encoding, err, &said, plain.Len(), len(body))
						}
					}
				}
			}
		})
	}
}

// writingIn returns handlers that write body at once, and in pieces with a flush after
// each.
func writingIn(body string) []http.HandlerFunc {
	return []http.HandlerFunc{
		func(w http.ResponseWriter, _ *http.Request) { write(w, "text/plain", body) },
		func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.(http.Flusher).Flush()
			for rest := body; rest != ""; {
				n := min(len(rest), len(body)/7+1)
				io.WriteString(w, rest[:n])
				w.(http.Flusher).Flush()
				rest = rest[n:]
			}
		},
	}
}
