//go:build dev

package relay

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/surcoat/surcoat/internal/outside"
)

// show panics with what the application said if there is a layer around that makes a page of it.
func show(w http.ResponseWriter, name string, err error) {
	var said *Said
	if !errors.As(err, &said) {
		return
	}
	outside.Show(w, func() *outside.Failure {
		f := &outside.Failure{
			Err:     fmt.Errorf("%s: %w", name, said.Err),
			Title:   said.Error(),
			Kind:    said.Status,
			Environ: said.Environ,
		}
		add := func(heading, text string) {
			if strings.TrimSpace(text) != "" {
				f.Blocks = append(f.Blocks, outside.Block{Heading: heading, Text: text})
			}
		}
		add("Standard error", said.Stderr)
		if said.Diagnose != nil {
			add("What surcoat doctor finds", said.Diagnose())
		}
		return f
	})
}
