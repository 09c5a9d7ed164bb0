package forwarded

import (
	"errors"
	"strings"
)

// maxHops bounds a request's list of proxies; a real one has a few.
const maxHops = 100

var errLong = errors.New("a list of more than 100 hops")

// hop is what one proxy said of whoever connected to it.
type hop struct {
	from        node
	proto, host string // as they came
	text        string // the element or list member itself
}

// parseStandard parses the lines of a Forwarded field (RFC 7239 §4), the hop that
// was written first in front. A line that breaks the grammar is one malformed hop:
// where its elements end cannot be known, and an outsider who leaves a quote open
// must not swallow what a proxy has written behind it.
func parseStandard(lines []string) ([]hop, error) {
	var hops []hop
	for _, line := range lines {
		start := len(hops)
		for rest, more := line, true; more; {
			var h hop
			var ok bool
			h, rest, more, ok = parseElement(rest)
			if !ok {
				hops = append(hops[:start], hop{text: line})
				break
			}
			if h.text == "" {
				continue // an empty member, RFC 9110 §5.6.1.2
			}
			if hops = append(hops, h); len(hops) > maxHops {
				return nil, errLong
			}
		}
	}
	return hops, nil
}

// parseElement parses a forwarded-element off the front of s: pairs, with ";" in between,
// up to a "," or the end.
func parseElement(s string) (h hop, rest string, more, ok bool) {
	whole := s
	h.from.name = "unknown" // all parameters are optional, RFC 7239 §4
	seen := map[string]bool{}
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" || s[0] == ',' {
			break
		}
		if s[0] == ';' {
			s = s[1:]
			continue
		}
		eq := strings.IndexByte(s, '=')
		if eq < 1 || !token(s[:eq]) {
			return hop{}, "", false, false
		}
		name := strings.ToLower(s[:eq])
		if seen[name] { // RFC 7239 §4: at most once in an element
			return hop{}, "", false, false
		}
		seen[name] = true
		value, after, ok := parseValue(s[eq+1:])
		if !ok {
			return hop{}, "", false, false
		}
		switch name {
		case "for":
			h.from = parseNode(value)
		case "proto":
			h.proto = value
		case "host":
			h.host = value
		}
		s = strings.TrimLeft(after, " \t")
		if s != "" && s[0] != ',' && s[0] != ';' {
			return hop{}, "", false, false
		}
	}
	h.text = strings.Trim(whole[:len(whole)-len(s)], " \t")
	if s == "" {
		return h, "", false, true
	}
	return h, s[1:], true, true
}

// parseValue parses a quoted-string, or else what runs to the next separator: addresses
// with a port are often sent without the quotes that the grammar asks for.
func parseValue(s string) (value, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		end := strings.IndexAny(s, ",; \t")
		if end < 0 {
			end = len(s)
		}
		return s[:end], s[end:], end > 0 && !strings.ContainsAny(s[:end], `"\=`)
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:], true
		case c == '\\':
			if i++; i == len(s) {
				return "", "", false
			}
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", false
}

func token(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0:
		default:
			return false
		}
	}
	return s != ""
}
