//go:build dev

package report_test

import (
	"io"
	"testing"
)

func BenchmarkHTML(b *testing.B) {
	r := realistic()
	nodes := 0
	for _, f := range r.Sections[0].Frames {
		for _, v := range f.Variables {
			nodes += v.Size()
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := r.HTML(io.Discard, "NONCE"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(nodes), "nodes")
}

func BenchmarkJSON(b *testing.B) {
	r := realistic()
	b.ReportAllocs()
	for b.Loop() {
		r.JSON(io.Discard)
	}
}

func BenchmarkText(b *testing.B) {
	r := realistic()
	b.ReportAllocs()
	for b.Loop() {
		r.Text(io.Discard)
	}
}
