package postgresstore_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/surcoat/surcoat/middleware/session/postgresstore"
)

// BenchmarkStore is one operation on one of 1000 sessions of 400 bytes, in each of the
// ways in which pgx sends statements. The server does not wait for the disk.
func BenchmarkStore(b *testing.B) {
	srv := newDatabase(b)
	for _, mode := range modes {
		s := open(b, postgresstore.Config{URL: srv.URL() + "&default_query_exec_mode=" + mode, Table: newTable(), ExpireEvery: -1})
		r := record("ada", strings.Repeat("x", 400))
		for n := range 1000 {
			if _, err := s.Save(b.Context(), id(n), r); err != nil {
				b.Fatal(err)
			}
		}
		b.Run("load/"+mode, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n++
				if _, err := s.Load(b.Context(), id(n%1000)); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("save/"+mode, func(b *testing.B) {
			b.ReportAllocs()
			r, err := s.Load(b.Context(), id(1))
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if r.Version, err = s.Save(b.Context(), id(1), r); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("touch/"+mode, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n++
				if err := s.Touch(b.Context(), id(n%1000), r.Expires); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("loads at once/"+mode, func(b *testing.B) {
			b.ReportAllocs()
			var n atomic.Int64
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					if _, err := s.Load(b.Context(), id(int(n.Add(1)%1000))); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
