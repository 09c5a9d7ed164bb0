//go:build dev

package relay

import (
	"errors"
	"net/http"
	"strings"

	"github.com/surcoat/surcoat/internal/errpage"
	"github.com/surcoat/surcoat/internal/respond"
)

// traceback is what a failed application said, for the page that shows panics.
type traceback struct {
	*Said
	diagnosis string
}

// Error implements error.
func (t traceback) Error() string {
	text := t.Err.Error()
	for _, more := range []string{t.Stderr, t.diagnosis} {
		if more != "" {
			text += "\n\n" + strings.TrimRight(more, "\n")
		}
	}
	return text
}

// Unwrap returns no Err: the page has said it.
func (traceback) Unwrap() error { return nil }

// show panics with what the application said if there is a layer around that makes a page of it.
func show(w http.ResponseWriter, err error) {
	var said *Said
	if !errors.As(err, &said) {
		return
	}
	for layer := range respond.Layers(w) {
		if _, ok := layer.(interface{ ErrorSite() errpage.Site }); !ok {
			continue
		}
		t := traceback{Said: said}
		if said.Diagnose != nil {
			t.diagnosis = said.Diagnose()
		}
		if said.Stderr != "" || t.diagnosis != "" {
			panic(t)
		}
		return
	}
}
