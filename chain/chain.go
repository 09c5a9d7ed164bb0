// Package chain puts layers of net/http middleware around a handler.
//
//	site := chain.New(page.Wrap, zip.Wrap, sessions.Wrap)
//	admin := site.With(guard.Wrap)
//
//	mux := http.NewServeMux()
//	site.On(mux).HandleFunc("GET /{$}", home)
//	admin.On(mux).HandleFunc("GET /admin/{id}", edit)
//	http.ListenAndServe("localhost:8080", mux)
//
// A layer is any func(http.Handler) http.Handler, whoever wrote it. The first one
// named is the outermost: it sees a request first and its response last, so
// New(a, b).Then(h) is a(b(h)).
//
// The package is no router: [Chain.On] registers on the mux one already has, with
// that mux's own patterns. It imports the standard library only, and nothing of it
// runs while a request is served, but for [When].
package chain

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Middleware is a layer: it returns a handler that does something before or after
// next, or in its place. It is an alias, so any function of this shape fits without
// a conversion.
type Middleware = func(next http.Handler) http.Handler

// Chain is a list of layers, outermost first. It is immutable, and so safe to share
// between goroutines and to extend in several directions. The zero Chain adds
// nothing to a handler.
type Chain struct {
	layers []Middleware
}

// New returns the chain of the given layers, the first of them outermost.
// It panics on a nil layer and names its index.
func New(layers ...Middleware) Chain { return Chain{}.With(layers...) }

// With returns a chain that has c's layers outside and the given ones inside them.
// It leaves c, and every chain made from c before, as they are. It panics on a nil
// layer and names its index.
func (c Chain) With(layers ...Middleware) Chain {
	all := slices.Clone(c.layers)
	for i, m := range layers {
		if m == nil {
			panic(fmt.Sprintf("chain: layer %d is nil", i))
		}
		if !isOff(m) {
			all = append(all, m)
		}
	}
	return Chain{slices.Clip(all)}
}

// Extend returns a chain that has c's layers outside and inner's inside them.
// Where inner.Then is passed to [New] instead, the handlers are the same, but
// [Chain.String] shows one layer in place of inner's own.
func (c Chain) Extend(inner Chain) Chain { return c.With(inner.layers...) }

// Then returns h inside c's layers. The zero Chain returns h itself.
// Each call wraps anew: layers that hold state per handler do so once for each.
// Then is itself a [Middleware], so that one chain can be a layer of another.
//
// It panics when h is nil, and when a layer returns a nil handler.
func (c Chain) Then(h http.Handler) http.Handler {
	if h == nil {
		panic("chain: Then: the handler is nil")
	}
	for i := len(c.layers) - 1; i >= 0; i-- {
		if h = c.layers[i](h); h == nil {
			panic("chain: Then: the layer " + name(c.layers[i]) + " returned a nil handler")
		}
	}
	return h
}

// ThenFunc is [Chain.Then] for a function. It panics when f is nil.
func (c Chain) ThenFunc(f func(http.ResponseWriter, *http.Request)) http.Handler {
	if f == nil {
		panic("chain: ThenFunc: the function is nil")
	}
	return c.Then(http.HandlerFunc(f))
}

// String shows the layers from the outside in, as in
//
//	cgitrace.Page → gzip.Compressor → log.go:31
//
// A layer that is a method value goes by its package and type, with the method's
// name unless that is Wrap; a function by its package and name; a function
// literal, which has no name, by the file and line it starts at.
// The zero Chain shows as "".
func (c Chain) String() string {
	names := make([]string, len(c.layers))
	for i, m := range c.layers {
		names[i] = name(m)
	}
	return strings.Join(names, " → ")
}
