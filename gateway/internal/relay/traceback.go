//go:build dev

package relay

import (
	"errors"
	"net/http"

	"github.com/surcoat/surcoat/internal/errpage"
	"github.com/surcoat/surcoat/internal/respond"
)

// traceback is what a failed application said, for the page that shows panics.
type traceback struct{ *Said }

// Error implements error.
func (t traceback) Error() string { return t.Err.Error() + "\n\n" + t.Stderr }

// Unwrap returns no Err: the page has said it.
func (traceback) Unwrap() error { return nil }

// show panics with what the application said if there is a layer around that makes a page of it.
func show(w http.ResponseWriter, err error) {
	var said *Said
	if !errors.As(err, &said) || said.Stderr == "" {
		return
	}
	for layer := range respond.Layers(w) {
		if _, ok := layer.(interface{ ErrorSite() errpage.Site }); ok {
			panic(traceback{said})
		}
	}
}
