package paritytest

import (
	"net/http"

	"github.com/surcoat/surcoat/internal/errpage"
)

// Quiet is h, of whose failures nothing is logged.
func Quiet(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(quiet{w}, r) })
}

type quiet struct{ http.ResponseWriter }

// ErrorSite is what errpage looks for.
func (quiet) ErrorSite() errpage.Site { return errpage.Site{Logger: Silent} }

// Unwrap is for http.ResponseController.
func (q quiet) Unwrap() http.ResponseWriter { return q.ResponseWriter }
