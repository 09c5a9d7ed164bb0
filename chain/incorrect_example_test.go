package chain_test

import (
	"net/http"

	"github.com/surcoat/surcoat/chain"
)

// Wrong: the layers are named in the order in which one thinks of wrapping, inside
// out. The first is the outermost, so here the inner layer runs first.
func ExampleNew_incorrectOrder() {
	outer, inner := &Stamp{"outer"}, &Stamp{"inner"}

	get(chain.New(inner.Wrap, outer.Wrap).ThenFunc(hello), "/") // want New(outer.Wrap, inner.Wrap)
	// Output:
	// / 200 [inner outer]
}

// Wrong: the result of With is dropped. A Chain never changes; With returns another.
func ExampleChain_With_incorrectDropped() {
	site, guard := &Stamp{"site"}, &Stamp{"guard"}

	layers := chain.New(site.Wrap)
	_ = layers.With(guard.Wrap) // want layers = layers.With(guard.Wrap)

	mux := http.NewServeMux()
	layers.On(mux).HandleFunc("GET /secret", hello)
	get(mux, "/secret") // not guarded
	// Output:
	// /secret 200 [site]
}
