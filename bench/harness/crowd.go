package harness

import (
	"net/http"
	"testing"
)

// A Crowd is visitors of one site who each have a session of their own, and come at the
// same time.
type Crowd struct {
	Work
	Visitors int // for each processor
	// Rare is asked for instead of Request by one request in OneIn.
	Rare  func() *http.Request
	OneIn int
}

// Compare measures every rival with the crowd, each as a sub-benchmark.
func (c Crowd) Compare(b *testing.B, rivals ...Rival) {
	for _, rv := range rivals {
		b.Run("lib="+rv.Lib, func(b *testing.B) {
			h := rv.Build(b)
			first := c.Prepare(b, h)
			c.verify(b, h, first)
			b.SetParallelism(c.Visitors)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				usual := c.Prepare(b, h)
				rare := c.Rare()
				rare.Header = usual.Header
				rec, r := NewRecorder(), new(http.Request)
				for i := 1; pb.Next(); i++ {
					*r = *usual
					if i%c.OneIn == 0 {
						*r = *rare
					}
					rec.reset()
					h.ServeHTTP(rec, r)
				}
			})
			c.verify(b, h, first)
		})
	}
}
