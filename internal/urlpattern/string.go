package urlpattern

import "strings"

// String returns the pattern in a form of its own that begins with a slash and means the same with any
// base.
func (p Pattern) String() string {
	var w writer
	w.parts(p.path.parts, true)
	if p.anySearch {
		return w.String()
	}
	if w.last != char {
		w.WriteByte('\\') // or it would be a modifier
	}
	w.WriteByte('?')
	w.parts(p.search.parts, false)
	return w.String()
}

// writer writes parts as a pattern.
type writer struct {
	strings.Builder
	last kind // of the token before
}

func (w *writer) parts(parts []part, path bool) {
	w.last = char
	for i, p := range parts {
		if p.wildcard == end && p.modifier == 0 {
			w.text(p.prefix, `{\:}`)
			continue
		}
		plain := p.modifier == 0 && p.suffix == "" && (p.prefix == "" || path && p.prefix == "/")
		switch {
		case p.wildcard == star && p.prefix == "" && w.last != char:
			plain = false // it would be a modifier
		case p.wildcard == name && i+1 < len(parts):
			// The name would go on.
			next := parts[i+1]
			plain = plain && (next.wildcard != end || next.modifier != 0 || !isName(next.prefix[0], false))
		}
		if plain {
			w.text(p.prefix, "")
			w.wildcard(p)
			continue
		}
		w.WriteByte('{')
		w.text(p.prefix, `\:`)
		w.wildcard(p)
		if p.wildcard == name && p.suffix != "" && isName(p.suffix[0], false) {
			w.WriteByte('\\')
		}
		w.text(p.suffix, `\:`)
		w.WriteByte('}')
		if p.modifier != 0 {
			w.WriteByte(p.modifier)
		}
		w.last = closing
	}
}

// wildcard writes the wildcard of p, if it has one.
func (w *writer) wildcard(p part) {
	switch p.wildcard {
	case name:
		w.WriteString(":" + p.name)
	case star:
		w.WriteByte('*')
	default:
		return
	}
	w.last = p.wildcard
}

// text writes fixed text, with that for a colon. Outside groups a mere \: would end a scheme.
func (w *writer) text(s, colon string) {
	for i := range len(s) {
		w.last = char
		switch {
		case s[i] == ':':
			w.WriteString(colon)
			w.last = closing
		case special(s[i]):
			w.Write([]byte{'\\', s[i]})
		default:
			w.WriteByte(s[i])
		}
	}
}
