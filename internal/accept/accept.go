// Package accept reads the quality lists by which a client says what it takes:
// Accept, Accept-Encoding and Accept-Language (RFC 9110 §12.4.2, §12.5.1, §12.5.3, §12.5.4).
//
// Nothing here fails: what does not parse counts as not said. Nothing allocates.
package accept

import (
	"net/http"
	"strings"
)

// Quality is a weight in thousandths, 0 ("not acceptable") to 1000.
type Quality int

// Unset is the quality of what a list does not mention.
const Unset Quality = -1

// maxMembers bounds the work that one request can cause; no real client comes near.
const maxMembers = 100

// members calls yield with each member of the list fields in lines: its name, without
// parameters, and its quality. It stops after [maxMembers].
func members(lines []string, yield func(name string, q Quality)) {
	left := maxMembers
	for _, line := range lines {
		for rest, more := line, true; more; {
			var member string
			member, rest, more = strings.Cut(rest, ",")
			name, params, _ := strings.Cut(member, ";")
			if name = strings.Trim(name, " \t"); name != "" {
				if left--; left < 0 {
					return
				}
				yield(name, weight(params))
			}
		}
	}
}

// weight returns the q parameter among params: 1000 without one, 0 for one that is
// malformed, as a client that garbles its wish is best served plainly.
func weight(params string) Quality {
	for more := params != ""; more; {
		var param string
		param, params, more = strings.Cut(params, ";")
		name, value, _ := strings.Cut(param, "=")
		if name = strings.Trim(name, " \t"); name == "q" || name == "Q" {
			return qvalue(strings.Trim(value, " \t"))
		}
	}
	return 1000
}

// qvalue parses 0, 0.123, 1 or 1.000 (RFC 9110 §12.4.2).
func qvalue(s string) Quality {
	if s == "" || len(s) > 5 || s[0] != '0' && s[0] != '1' || len(s) > 1 && s[1] != '.' {
		return 0
	}
	q := Quality(s[0]-'0') * 1000
	for i, unit := 2, Quality(100); i < len(s); i, unit = i+1, unit/10 {
		if s[i] < '0' || s[i] > '9' {
			return 0
		}
		q += Quality(s[i]-'0') * unit
	}
	if q > 1000 {
		return 0
	}
	return q
}

// Coding returns how the client weighs a content coding in its Accept-Encoding
// lines: the quality it gave that name, else that of "*", else [Unset]. Names
// compare without case, and "x-gzip" is "gzip" (RFC 9110 §8.4.1.3). Of several
// weights for one name the first holds.
func Coding(lines []string, coding string) Quality {
	named, star := Unset, Unset
	members(lines, func(name string, q Quality) {
		switch {
		case name == "*":
			star = first(star, q)
		case isCoding(name, coding):
			named = first(named, q)
		}
	})
	return first(named, star)
}

// Named is [Coding] without "*": [Unset] unless the list has the coding's own name. It is
// for codings that need more than a decoder, so that a client which takes anything does not
// thereby take them.
func Named(lines []string, coding string) Quality {
	named := Unset
	members(lines, func(name string, q Quality) {
		if isCoding(name, coding) {
			named = first(named, q)
		}
	})
	return named
}

// isCoding reports whether a member of a list means coding, which is in lower case.
func isCoding(member, coding string) bool {
	return strings.EqualFold(member, coding) || coding == "gzip" && strings.EqualFold(member, "x-gzip")
}

// first returns old, or q where old is not set yet.
func first(old, q Quality) Quality {
	if old == Unset {
		return q
	}
	return old
}

// Media returns the one of offers that the client likes best by its Accept field,
// the earlier of equals; offers[0] when there is no Accept field, and "" when none
// is acceptable. Offers are media types without parameters, in lower case.
// A more specific range outweighs a wider one (RFC 9110 §12.5.1).
func Media(h http.Header, offers ...string) string {
	lines := h["Accept"]
	if len(lines) == 0 {
		return offers[0]
	}
	best, bestQ := "", Quality(0)
	for _, offer := range offers {
		if q := mediaQuality(lines, offer); q > bestQ {
			best, bestQ = offer, q
		}
	}
	return best
}

func mediaQuality(lines []string, offer string) Quality {
	kind, _, _ := strings.Cut(offer, "/")
	q, rank := Unset, 0
	members(lines, func(name string, weight Quality) {
		r := 0
		switch major, minor, _ := strings.Cut(name, "/"); {
		case strings.EqualFold(name, offer):
			r = 3
		case minor == "*" && strings.EqualFold(major, kind):
			r = 2
		case name == "*/*":
			r = 1
		}
		if r > rank {
			q, rank = weight, r
		}
	})
	return q
}

// Names reports whether the client names the media type itself in its Accept field,
// rather than covering it with a range, and does not refuse it. Browsers name
// text/html in a navigation; curl and most libraries send only */*.
func Names(h http.Header, mediaType string) bool {
	found := false
	members(h["Accept"], func(name string, q Quality) {
		found = found || q > 0 && strings.EqualFold(name, mediaType)
	})
	return found
}

// Suffixed returns the first media type of that structured syntax suffix, such as "+json"
// (RFC 6839 §2), which the client names in its Accept field and does not refuse, as it wrote
// it; "" when there is none. suffix is in lower case.
func Suffixed(h http.Header, suffix string) (mediaType string) {
	members(h["Accept"], func(name string, q Quality) {
		at := len(name) - len(suffix)
		if mediaType == "" && q > 0 && at > 0 && strings.EqualFold(name[at:], suffix) {
			mediaType = name
		}
	})
	return mediaType
}
