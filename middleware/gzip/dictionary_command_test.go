package gzip_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// The program that defined Zstandard takes what we send with a dictionary: the body after the 40
// bytes that name it (RFC 9842 §5), and the whole of it, as those are a frame to skip.
func TestTransport_officialCommand(t *testing.T) {
	program, err := exec.LookPath("zstd")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("CI has to install zstd: %v", err)
		}
		t.Skipf("NOT TESTED against the official decoder: install zstd: %v", err)
	}
	for _, c := range []struct {
		name             string
		dictionary, used int // bytes of the dictionary, and of its end that are in the body
		before, after    int // bytes that are new, before and after those
		padding          int
		flush            bool
	}{
		{"1 KB", 1 << 10, 1 << 10, 0, 2000, 0, false},
		{"1 KB and a long body", 1 << 10, 1 << 10, 0, 1 << 20, 0, false},
		{"100 KB", 100 << 10, 100 << 10, 500, 500, 0, false},
		{"100 KB, flushed", 100 << 10, 100 << 10, 500, 500, 0, true},
		{"100 KB, padded", 100 << 10, 100 << 10, 500, 500, 1000, false},
		{"100 KB, flushed and padded", 100 << 10, 100 << 10, 500, 500, 1000, true},
		{"1 MB", 1 << 20, 1 << 20, 5000, 5000, 0, true},
		{"1 MB and a long body", 1 << 20, 300_000, 2 << 20, 2 << 20, 0, false},
		{"12 MB", 12 << 20, 100_000, 500, 500, 0, true}, // no window that is allowed reaches over all of it
	} {
		t.Run(c.name, func(t *testing.T) {
			random := rand.NewChaCha8([32]byte{})
			common := noise(random, c.dictionary)
			body := bytes.Join([][]byte{noise(random, c.before), common[len(common)-c.used:], noise(random, c.after)}, nil)

			d := &gzip.Dictionary{Content: common, Match: "/*"}
			zip := &gzip.Compressor{Dictionaries: []*gzip.Dictionary{d}, Padding: c.padding}
			a := serveWith(t, 1, zip, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				half := len(body) / 2
				w.Write(body[:half])
				if c.flush {
					w.(http.Flusher).Flush()
				}
				w.Write(body[half:])
			}).get(takesDCZ(common)...)
			if hash := sha256.Sum256(common); a.coding() != "dcz" || !bytes.Equal(a.raw[8:40], hash[:]) {
				t.Fatalf("Content-Encoding %q, begins % x", a.coding(), a.raw[:40])
			}
			if most := c.before + c.after + c.padding + 2000; len(a.raw) > most {
				t.Errorf("%d bytes, want up to %d", len(a.raw), most)
			}

			file := filepath.Join(t.TempDir(), "dictionary")
			if err := os.WriteFile(file, common, 0o600); err != nil {
				t.Fatal(err)
			}
			for skipped, coded := range map[int][]byte{0: a.raw, 40: a.raw[40:]} {
				cmd := exec.Command(program, "-d", "-c", "-D", file)
				var plain, said bytes.Buffer
				cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(coded), &plain, &said
				if err := cmd.Run(); err != nil || said.Len() > 0 || !bytes.Equal(plain.Bytes(), body) {
					t.Errorf("without %d bytes: %v %s: %d bytes, want %d", skipped, err, &said, plain.Len(), len(body))
				}
			}
		})
	}
}

// noise cannot be compressed.
func noise(random io.Reader, n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		panic(fmt.Sprint("reading from a generator: ", err))
	}
	return b
}
