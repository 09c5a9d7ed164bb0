package accept

import (
	"net/http"
	"strings"
)

// Language returns the one of offers that the client likes best by its Accept-Language
// field (RFC 9110 §12.5.4), the one it names first of equals; offers[0] when it likes none
// or says nothing. Offers are language tags such as "en" or "pt-BR". An offer is weighed by
// the longest range that it is of (RFC 4647 §3.3.1: de-AT is of de), else by the best of its
// own kind (§3.4: who wants de-CH takes de), else by "*".
func Language(h http.Header, offers ...string) string {
	best, bestQ, bestAt := offers[0], Quality(0), 0
	for _, offer := range offers {
		q, rank, at, i := Quality(0), 0, 0, 0
		members(h["Accept-Language"], func(name string, weight Quality) {
			i++
			r := 0
			switch {
			case within(offer, name):
				r = 2 + len(name)
			case within(name, offer):
				r = 2
			case name == "*":
				r = 1
			}
			if r > rank || r == rank && r > 0 && weight > q {
				q, rank, at = weight, r, i
			}
		})
		if q > bestQ || q == bestQ && q > 0 && at < bestAt {
			best, bestQ, bestAt = offer, q, at
		}
	}
	return best
}

// within reports whether tag is of the language range.
func within(tag, of string) bool {
	return len(tag) >= len(of) && strings.EqualFold(tag[:len(of)], of) && (len(tag) == len(of) || tag[len(of)] == '-')
}
