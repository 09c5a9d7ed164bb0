//go:build dev

package cgitrace_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

func BenchmarkTraceback(b *testing.B) {
	for _, bm := range []struct{ name, accept string }{{"html", browser}, {"json", "application/json"}, {"text", "*/*"}} {
		b.Run(bm.name, func(b *testing.B) {
			h := (&cgitrace.Page{Logger: slog.New(slog.DiscardHandler)}).Wrap(http.HandlerFunc(culprit))
			r := request("GET", bm.accept, "")
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}
