package chain

import (
	"net/http"
	"reflect"
)

// If returns m when ok is true, and otherwise a layer that is not there: it returns
// next itself, costs nothing per request and does not show in [Chain.String].
//
//	chain.New(chain.If(cfg.Compress, zip.Wrap), sessions.Wrap)
//
// The decision falls once, here; for one that falls per request see [When].
// If panics when m is nil, also when ok is false: a chain that only works while a
// feature is off has a fault that is better found now.
func If(ok bool, m Middleware) Middleware {
	if m == nil {
		panic("chain: If: the layer is nil")
	}
	if ok {
		return m
	}
	return off
}

func off(next http.Handler) http.Handler { return next }

// isOff tells a layer that [If] left out. A func's code pointer is the one thing
// about it that can be compared; off closes over nothing and has only one.
func isOff(m Middleware) bool {
	return reflect.ValueOf(m).Pointer() == reflect.ValueOf(off).Pointer()
}

// When returns a layer that puts m around the requests for which match reports true;
// the others go straight to the next handler. match is called once for each request,
// by many goroutines at a time, and must not read the body. When panics when match or m is nil.
func When(match func(*http.Request) bool, m Middleware) Middleware {
	if match == nil {
		panic("chain: When: match is nil")
	}
	if m == nil {
		panic("chain: When: the layer is nil")
	}
	return when{match, m}.Wrap
}

type when struct {
	match func(*http.Request) bool
	layer Middleware
}

// Wrap makes both ways at once, so that a request only chooses between them.
func (c when) Wrap(next http.Handler) http.Handler {
	return &fork{match: c.match, wrapped: New(c.layer).Then(next), next: next}
}

type fork struct {
	match         func(*http.Request) bool
	wrapped, next http.Handler
}

func (f *fork) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f.match(r) {
		f.wrapped.ServeHTTP(w, r)
		return
	}
	f.next.ServeHTTP(w, r)
}
