package urlpattern

import "fmt"

// kind is what the characters of a token stand for.
type kind byte

const (
	end     kind = iota
	char         // themselves
	escaped      // the character after the backslash
	colon        // a ":" before no name: a mistake, or the end of a scheme or a host
	name         // ":name"
	star         // "*"
	mark         // "?" or "+"
	open         // "{"
	closing      // "}"
)

// token is one piece of a pattern.
type token struct {
	kind kind
	c    byte   // the character, for char, escaped, colon, mark
	name string // without the colon
	at   int    // its place in the pattern
}

// is reports whether the token is the character c and nothing more.
func (t token) is(c byte) bool {
	return t.c == c && (t.kind == char || t.kind == escaped || t.kind == colon)
}

// tokens takes a pattern apart; the last token is an end.
func tokens(pattern string) ([]token, error) {
	list := make([]token, 0, len(pattern)+1)
	for i := 0; i < len(pattern); i++ {
		t := token{kind: char, c: pattern[i], at: i}
		switch {
		case t.c < ' ' || t.c > '~':
			return nil, fmt.Errorf("byte %d is not printable ASCII; percent-encode it", i)
		case t.c == '(':
			return nil, fmt.Errorf(`"(" at byte %d begins a regular expression, which is not allowed`, i)
		case t.c == '*':
			t.kind = star
		case t.c == '?' || t.c == '+':
			t.kind = mark
		case t.c == '{':
			t.kind = open
		case t.c == '}':
			t.kind = closing
		case t.c == '\\':
			if i++; i == len(pattern) {
				return nil, fmt.Errorf("the backslash at byte %d escapes nothing", t.at)
			}
			if t.c = pattern[i]; t.c < ' ' || t.c > '~' {
				return nil, fmt.Errorf("byte %d is not printable ASCII; percent-encode it", i)
			}
			t.kind = escaped
		case t.c == ':':
			from := i + 1
			for i+1 < len(pattern) && isName(pattern[i+1], i+1 == from) {
				i++
			}
			t.kind, t.name = name, pattern[from:i+1]
			if t.name == "" {
				t.kind = colon
			}
		}
		list = append(list, t)
	}
	return append(list, token{kind: end, at: len(pattern)}), nil
}

// isName reports whether c can be in a name, which is an identifier of JavaScript.
func isName(c byte, first bool) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '$' || c == '_' || !first && '0' <= c && c <= '9'
}

// literal returns text as tokens that stand for it; at is the place of all of them.
func literal(text string, at int) []token {
	list := make([]token, len(text))
	for i := range len(text) {
		list[i] = token{kind: char, c: text[i], at: at}
		if special(text[i]) {
			list[i].kind = escaped
		}
	}
	return list
}

// special reports whether a pattern has to escape c.
func special(c byte) bool {
	switch c {
	case '+', '*', '?', ':', '{', '}', '(', ')', '\\':
		return true
	}
	return false
}
