package respond

import (
	"iter"
	"net/http"
)

// Layers yields w and the writers that it wraps, from the outside in: those whose Unwrap
// method http.ResponseController would follow.
func Layers(w http.ResponseWriter) iter.Seq[http.ResponseWriter] {
	return func(yield func(http.ResponseWriter) bool) {
		for w != nil && yield(w) {
			wrapper, ok := w.(interface{ Unwrap() http.ResponseWriter })
			if !ok {
				return
			}
			w = wrapper.Unwrap()
		}
	}
}
