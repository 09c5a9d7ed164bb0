// Package lighttpdconf reads configurations of lighttpd as far as they decide whether a file is run
// as a CGI program, and tells that.
package lighttpdconf

import "strings"

// token is a word of a configuration.
type token struct {
	kind rune // 's': a quoted text; 'w': a word or number; else the sign itself, '>' for "=>", 'o' for an operator
	text string
	line int
}

// scan splits a configuration into words. Comments and ends of lines are nothing.
func scan(text string) []token {
	var tokens []token
	line := 1
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '\n':
			line++
			i++
		case c == ' ' || c == '\t' || c == '\r':
			i++
		case c == '#':
			if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
				i += n
			} else {
				i = len(text)
			}
		case c == '"' || c == '\'':
			s, n := quoted(text[i:], c)
			tokens = append(tokens, token{'s', s, line})
			line += strings.Count(text[i:i+n], "\n")
			i += n
		case isWord(c):
			n := 1
			for i+n < len(text) && isWord(text[i+n]) {
				n++
			}
			tokens = append(tokens, token{'w', text[i : i+n], line})
			i += n
		default:
			op, n := operator(text[i:])
			tokens = append(tokens, token{op, text[i : i+n], line})
			i += n
		}
	}
	return tokens
}

func isWord(c byte) bool {
	return c == '_' || c == '-' || c == '.' || c == '$' || c == '/' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// quoted reads a text in quotation marks, and returns how long it is with them. A backslash only
// keeps a mark from ending it.
func quoted(text string, mark byte) (s string, n int) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && (text[i+1] == mark || text[i+1] == '\\' && mark == '\''):
			i++
			b.WriteByte(text[i])
		case text[i] == mark:
			return b.String(), i + 1
		default:
			b.WriteByte(text[i])
		}
	}
	return b.String(), len(text)
}

func operator(text string) (kind rune, n int) {
	for _, op := range []string{"=>", "+=", ":=", "==", "!=", "=~", "!~", "=^", "=$"} {
		if strings.HasPrefix(text, op) {
			if op == "=>" {
				return '>', 2
			}
			return 'o', 2
		}
	}
	if text[0] == '=' {
		return 'o', 1
	}
	return rune(text[0]), 1
}
