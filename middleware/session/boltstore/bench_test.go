package boltstore_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/session/boltstore"
)

func BenchmarkLoad(b *testing.B) {
	for name, cache := range map[string]int64{"memory": 0, "file": 1} {
		b.Run(name, func(b *testing.B) {
			s := open(b, boltstore.Config{CacheBytes: cache})
			ids := fill(b, s, 10_000, "ada")
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Load(b.Context(), ids[i%len(ids)]); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}

func BenchmarkTouch(b *testing.B) {
	s := open(b, boltstore.Config{})
	ids := fill(b, s, 10_000, "ada")
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Touch(b.Context(), ids[i%len(ids)], time.Now().Add(time.Hour)); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

// BenchmarkSaveParallel changes sessions, as many at a time as there are goroutines.
func BenchmarkSaveParallel(b *testing.B) {
	for _, savers := range []int{1, 64} {
		b.Run(fmt.Sprint(savers), func(b *testing.B) {
			s := open(b, boltstore.Config{})
			ids := fill(b, s, savers, "ada")
			work, done := make(chan struct{}), make(chan error)
			for i := range ids {
				go func() {
					r := record("ada")
					r.Version = 1
					var err error
					for range work {
						if err == nil {
							r.Version, err = s.Save(context.Background(), ids[i], r)
						}
					}
					done <- err
				}()
			}
			b.ReportAllocs()
			for b.Loop() {
				work <- struct{}{}
			}
			close(work)
			for range ids {
				if err := <-done; err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRevoke10000(b *testing.B) {
	s := open(b, boltstore.Config{})
	for b.Loop() {
		b.StopTimer()
		fill(b, s, 10_000, "ada")
		b.StartTimer()
		if err := s.Revoke(b.Context(), "ada"); err != nil {
			b.Fatal(err)
		}
	}
}
