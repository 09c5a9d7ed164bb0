package chain

import "net/http"

// Mux is what [Chain.On] registers routes on: [http.ServeMux], or any other type
// with its Handle method.
type Mux interface {
	// Handle registers h for pattern. It may panic where it cannot.
	Handle(pattern string, h http.Handler)
}

// Routes registers handlers on a mux, each inside a chain's layers. Patterns go to
// the mux as they are: methods, wildcards, hosts and r.PathValue work as ever, and
// a search for "GET /admin/{id}" finds the line that serves it.
//
// Layers run for the requests that match a registered pattern. What the mux answers
// by itself (404, 405, and redirects that clean a path) does not pass through
// them; for that, wrap the mux:
//
//	http.ListenAndServe(addr, site.Then(mux))
type Routes struct {
	mux   Mux
	chain Chain
}

// On returns the routes of mux whose handlers get c's layers. Several may share one
// mux: that is how a group of routes gets layers of its own. It panics when mux is nil.
func (c Chain) On(mux Mux) Routes {
	if mux == nil {
		panic("chain: On: the mux is nil")
	}
	return Routes{mux, c}
}

// Handle registers h, inside the layers, for pattern. It panics when h is nil and
// where the mux does, for a malformed pattern or one that conflicts with another.
func (rs Routes) Handle(pattern string, h http.Handler) {
	rs.mux.Handle(pattern, rs.chain.Then(h))
}

// HandleFunc is [Routes.Handle] for a function.
func (rs Routes) HandleFunc(pattern string, f func(http.ResponseWriter, *http.Request)) {
	rs.mux.Handle(pattern, rs.chain.ThenFunc(f))
}

// With returns routes on the same mux that have further layers inside those of rs,
// which stays as it is.
func (rs Routes) With(layers ...Middleware) Routes {
	return Routes{rs.mux, rs.chain.With(layers...)}
}
