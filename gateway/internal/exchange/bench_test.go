package exchange_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/exchange"
)

// nowhere is a carrier that costs nothing.
type nowhere struct{}

func (nowhere) Head(int, []exchange.Field) error   { return nil }
func (nowhere) Inform(int, []exchange.Field) error { return nil }
func (nowhere) Body([]byte) error                  { return nil }
func (nowhere) Flush() error                       { return nil }
func (nowhere) End([]exchange.Field) error         { return nil }
func (nowhere) Abort()                             {}

func BenchmarkServe(b *testing.B) {
	hello := []byte("hello")
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write(hello)
	})
	r := get(context.Background())
	b.ReportAllocs()
	for b.Loop() {
		exchange.Serve(h, r, nowhere{}, exchange.Options{Context: exchange.NewContext(context.Background(), nil)})
	}
}
