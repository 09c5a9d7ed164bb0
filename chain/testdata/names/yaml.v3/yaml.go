// Package yaml has a dot in its path.
package yaml

import "net/http"

// Layer is a layer.
type Layer struct{}

// Wrap wraps.
func (*Layer) Wrap(next http.Handler) http.Handler { return next }
