// Package vary reads and extends the Vary header field (RFC 9110 §12.5.5).
package vary

import (
	"net/http"

	"github.com/surcoat/surcoat/internal/fieldlist"
)

// Add makes h's Vary list field once, whatever a handler has put there, in any
// spelling and over any number of lines. A list that has "*" is left as it is: it
// already says more.
func Add(h http.Header, field string) {
	old := h["Vary"]
	if len(old) == 0 {
		h["Vary"] = []string{field}
		return
	}
	if On(h, field) {
		return
	}
	// A fresh slice: the old one may be shared with other responses.
	h["Vary"] = append(old[:len(old):len(old)], field)
}

// On reports whether h says that the response depends on field: by its name or by "*".
func On(h http.Header, field string) bool {
	lines := h["Vary"]
	return fieldlist.Has(lines, field) || fieldlist.Has(lines, "*")
}
