package cgitrace_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

func BenchmarkPage(b *testing.B) {
	quiet := slog.New(slog.DiscardHandler)
	nothing := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	panics := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") })
	for _, bm := range []struct {
		name  string
		next  http.Handler
		outer int // header fields that layers outside have set
	}{
		{"quiet", nothing, 0},
		{"quiet, four fields set outside", nothing, 4},
		{"panic", panics, 0},
	} {
		b.Run(bm.name, func(b *testing.B) {
			h := (&cgitrace.Page{Logger: quiet}).Wrap(bm.next)
			r := httptest.NewRequest("GET", "/", nil)
			w := httptest.NewRecorder()
			for i := range bm.outer {
				w.Header().Set("X-Outer-"+string(rune('a'+i)), "x")
			}
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(w, r)
			}
		})
	}
}

func TestAllocations(t *testing.T) {
	if cgitrace.Enabled {
		t.Skip("the bound is production's")
	}
	h := (&cgitrace.Page{}).Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r, w := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
	w.Header().Set("X-Outer", "a")
	if n := testing.AllocsPerRun(100, func() { h.ServeHTTP(w, r) }); n > 1 {
		t.Errorf("%v allocations for a handler that does not panic", n)
	}
}
