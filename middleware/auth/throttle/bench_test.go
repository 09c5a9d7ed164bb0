package throttle_test

import (
	"fmt"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth/throttle"
)

// What a guess costs beside its hash: one that is refused, as in a flood, and one that is right.
func BenchmarkAttempt(b *testing.B) {
	b.Run("refused", func(b *testing.B) {
		limits := &throttle.Throttle{Delay: 1 << 40, MaxDelay: 1 << 45}
		for range 5 {
			if a, err := limits.Attempt(b.Context(), stranger("ada")); err == nil {
				a.Fail()
			}
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := limits.Attempt(b.Context(), stranger("ada")); err == nil {
				b.Fatal("let through")
			}
		}
	})
	b.Run("right", func(b *testing.B) {
		limits := &throttle.Throttle{}
		b.ReportAllocs()
		for b.Loop() {
			if a, err := limits.Attempt(b.Context(), stranger("ada")); err == nil {
				a.Succeed()
			}
		}
	})
	b.Run("wrong, tables full", func(b *testing.B) {
		limits, i := &throttle.Throttle{}, 0
		guess := func() {
			if a, err := limits.Attempt(b.Context(), throttle.Key{Account: fmt.Sprint(i), Client: address(i)}); err == nil {
				a.Fail()
			}
			i++
		}
		for range 1 << 15 {
			guess()
		}
		b.ReportAllocs()
		for b.Loop() {
			guess()
		}
	})
}
