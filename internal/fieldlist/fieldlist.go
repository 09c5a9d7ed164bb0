// Package fieldlist reads header fields that are lists, over any number of lines
// (RFC 9110 §5.6.1).
package fieldlist

import "strings"

// Has reports whether name is a member of the list in lines. Case does not matter, nor
// does the argument that a directive of Cache-Control may have after "=". It allocates
// nothing.
func Has(lines []string, name string) bool {
	for _, line := range lines {
		for rest, more := line, true; more; {
			var member string
			member, rest, more = strings.Cut(rest, ",")
			member, _, _ = strings.Cut(member, "=")
			if strings.EqualFold(strings.Trim(member, " \t"), name) {
				return true
			}
		}
	}
	return false
}
