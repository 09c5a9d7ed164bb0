// Package vary adds members to the Vary header field (RFC 9110 §12.5.5).
package vary

import (
	"net/http"
	"strings"
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
	for _, line := range old {
		for rest, more := line, true; more; {
			var member string
			member, rest, more = strings.Cut(rest, ",")
			if member = strings.Trim(member, " \t"); member == "*" || strings.EqualFold(member, field) {
				return
			}
		}
	}
	// A fresh slice: the old one may be shared with other responses.
	h["Vary"] = append(old[:len(old):len(old)], field)
}
