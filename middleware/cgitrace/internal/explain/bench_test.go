//go:build dev

package explain_test

import (
	"os"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/explain"
)

// The first page parses the file, later ones find it parsed.
func BenchmarkLine(b *testing.B) {
	text, err := os.ReadFile("testdata/failures/pointers.go")
	if err != nil {
		b.Fatal(err)
	}
	const line, function = 162, "main.init.func37"
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			explain.Of("", text, line, function, "", vars{})
		}
	})
	b.Run("reason", func(b *testing.B) {
		at := explain.At(text, line, function)
		b.ReportAllocs()
		for b.Loop() {
			at(nilPointer, vars{"us": []*User{{}, nil}, "i": 1, "u": &User{}})
		}
	})
}
