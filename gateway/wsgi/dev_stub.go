//go:build !dev

package wsgi

import "net/http"

// show does nothing: why an application failed is nobody else's business.
func show(http.ResponseWriter, *App, *Exception) {}
