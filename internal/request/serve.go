// Package request derives a request for the next handler without hiding from
// outer layers, and from the server, what inner ones found out about it.
package request

import (
	"context"
	"net/http"
)

// Serve runs next with a copy of r that carries ctx, as [ServeCopy] does.
func Serve(next http.Handler, w http.ResponseWriter, r *http.Request, ctx context.Context) {
	ServeCopy(next, w, r, r.WithContext(ctx))
}

// ServeCopy runs next with inner, a copy of r. When next is done, and also
// when it panics, it copies back to r the two fields that others read afterwards:
// Pattern (ServeMux writes it; access logs and metrics want it) and MultipartForm
// (the server removes its temporary files when the request ends).
func ServeCopy(next http.Handler, w http.ResponseWriter, r, inner *http.Request) {
	defer func() {
		r.Pattern, r.MultipartForm = inner.Pattern, inner.MultipartForm
	}()
	next.ServeHTTP(w, inner)
}
