// Command names prints chains whose layers are of every kind of function value.
// A test builds it with and without symbol tables and compares.
package main

import (
	"fmt"
	"names/gadget/v2"
	"names/yaml.v3"
	"net/http"

	"github.com/surcoat/surcoat/chain"
)

type Pointer struct{ n int }

func (p *Pointer) Wrap(next http.Handler) http.Handler { p.n++; return next }

func (p *Pointer) Other(next http.Handler) http.Handler { return next }

type Value struct{ n int }

func (v Value) Wrap(next http.Handler) http.Handler { return next }

type Generic[T any] struct{ v T }

func (g *Generic[T]) Wrap(next http.Handler) http.Handler { return next }

type layer interface {
	Wrap(http.Handler) http.Handler
}

func plain(next http.Handler) http.Handler { return next }

func generic[T any](next http.Handler) http.Handler { return next }

func maker() chain.Middleware {
	return func(next http.Handler) http.Handler { return plain(next) } // here: maker
}

var global = func(next http.Handler) http.Handler { return next } // here: global

func main() {
	var l layer = &Pointer{}
	show := func(m chain.Middleware) { fmt.Println(chain.New(m)) }
	show((&Pointer{}).Wrap)
	show((&Pointer{}).Other)
	show(Value{}.Wrap)
	show((&Generic[map[string]http.Request]{}).Wrap)
	show(l.Wrap)
	show(plain)
	show(generic[int])
	show(maker())
	show(global)
	show(func(next http.Handler) http.Handler { return plain(next) }) // here: literal
	show(gadget.New)
	show((&yaml.Layer{}).Wrap)
	show(chain.New(plain).Then)
	show(chain.When(func(*http.Request) bool { return true }, plain))
	show(chain.If(false, plain))
	fmt.Println(chain.New((&Pointer{}).Wrap, chain.If(false, plain), Value{}.Wrap, plain))
}
