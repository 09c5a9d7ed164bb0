package bench_test

import (
	"testing"

	"github.com/surcoat/surcoat/bench/fixtures"
	"github.com/surcoat/surcoat/bench/harness"
)

// BenchmarkStackServed is Stack behind net/http's server, over one kept-alive
// connection of the loopback interface. The server's and the client's own work is in all figures alike.
func BenchmarkStackServed(b *testing.B) {
	for _, coding := range []string{"", "gzip"} {
		name, w := stackWork(coding, fixtures.Alike)
		b.Run(name, func(b *testing.B) {
			for _, rv := range stacks(fixtures.Alike) {
				b.Run("lib="+rv.Lib, func(b *testing.B) {
					h := rv.Build(b)
					c := harness.Dial(b, h, w.Prepare(b, h))
					if err := w.Check(c.Exchange(b)); err != nil {
						b.Fatal(err)
					}
					b.ReportAllocs()
					for b.Loop() {
						c.Exchange(b)
					}
					if err := w.Check(c.Exchange(b)); err != nil {
						b.Fatal(err)
					}
				})
			}
		})
	}
}
