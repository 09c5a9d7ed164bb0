package password_test

import (
	"testing"

	"github.com/surcoat/surcoat/middleware/auth/password"
)

func BenchmarkVerify(b *testing.B) {
	h := &password.Hasher{}
	stored := hashed(b, h, "correct horse battery staple")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Verify(b.Context(), stored, "correct horse battery staple"); err != nil {
			b.Fatal(err)
		}
	}
}
