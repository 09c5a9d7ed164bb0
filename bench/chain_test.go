package bench_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/justinas/alice"
	"github.com/urfave/negroni/v3"

	"github.com/surcoat/surcoat/bench/harness"
	"github.com/surcoat/surcoat/chain"
)

// A composer puts layers around a handler the way a library does.
type composer struct {
	lib  string
	then func(h http.Handler, layers ...func(http.Handler) http.Handler) http.Handler
}

var composers = []composer{
	{"surcoat", func(h http.Handler, layers ...func(http.Handler) http.Handler) http.Handler {
		return chain.New(layers...).Then(h)
	}},
	{"alice", func(h http.Handler, layers ...func(http.Handler) http.Handler) http.Handler {
		c := alice.New()
		for _, layer := range layers {
			c = c.Append(layer)
		}
		return c.Then(h)
	}},
	{"chi", func(h http.Handler, layers ...func(http.Handler) http.Handler) http.Handler {
		return chi.Chain(layers...).Handler(h)
	}},
}

// closure is the layer as most people write it.
func closure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
	})
}

// passing is the same layer as a struct, as surcoat's own layers are.
type passing struct{ next http.Handler }

func structLayer(next http.Handler) http.Handler { return &passing{next} }

func (p *passing) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.next.ServeHTTP(w, r) }

// nop is the handler inside.
type nop struct{}

func (nop) ServeHTTP(http.ResponseWriter, *http.Request) {}

func five(layer func(http.Handler) http.Handler) []func(http.Handler) http.Handler {
	return slices.Repeat([]func(http.Handler) http.Handler{layer}, 5)
}

func BenchmarkChain5(b *testing.B) {
	for _, c := range composers {
		benchmarkChain(b, c.lib, c.then(nop{}, five(closure)...))
	}
	n := negroni.New()
	for range 5 {
		n.UseFunc(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) { next(w, r) })
	}
	n.UseHandler(nop{})
	benchmarkChain(b, "negroni", n)
}

func BenchmarkChain5Struct(b *testing.B) {
	for _, c := range composers {
		benchmarkChain(b, c.lib, c.then(nop{}, five(structLayer)...))
	}
	benchmarkChain(b, "closures", composers[0].then(nop{}, five(closure)...))
}

// benchmarkChain has a loop of its own: a layer takes 2 ns, beside which the copied
// request of compare would be most of the figure.
func benchmarkChain(b *testing.B, lib string, h http.Handler) {
	b.Run("lib="+lib, func(b *testing.B) {
		rec, r := harness.NewRecorder(), harness.Get("/")()
		b.ReportAllocs()
		for b.Loop() {
			h.ServeHTTP(rec, r)
		}
	})
}

// TestComposers shows that each library runs every layer, once and in order.
func TestComposers(t *testing.T) {
	for _, c := range composers {
		var seen []string
		var layers []func(http.Handler) http.Handler
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			layers = append(layers, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					seen = append(seen, name)
					next.ServeHTTP(w, r)
				})
			})
		}
		c.then(nop{}, layers...).ServeHTTP(harness.NewRecorder(), harness.Get("/")())
		if got := strings.Join(seen, ""); got != "abcde" {
			t.Errorf("%s ran the layers %q, want abcde", c.lib, got)
		}
	}
}
