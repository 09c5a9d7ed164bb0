//go:build dev

package debuginfo_test

import (
	"os"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/executable"
)

// large returns the binary to measure with: LARGE, or a program with a web server.
func large(b *testing.B) string {
	if path := os.Getenv("LARGE"); path != "" {
		return path
	}
	return build(b, "self", forDevelopment...)
}

// BenchmarkNew reads a binary. The running program's own takes about half as long, as two
// goroutines share the work.
func BenchmarkNew(b *testing.B) {
	path := large(b)
	b.ReportAllocs()
	for b.Loop() {
		f, err := executable.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := debuginfo.New(f); err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
}
