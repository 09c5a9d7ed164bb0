//go:build dev

package source

import (
	"go/token"
	"strings"
	"unicode"
	"unicode/utf8"
)

var keywords = map[string]bool{
	"False": true, "None": true, "True": true, "and": true, "as": true, "assert": true, "async": true, "await": true, "break": true, "class": true,
	"continue": true, "def": true, "del": true, "elif": true, "else": true, "except": true, "finally": true, "for": true, "from": true, "global": true,
	"if": true, "import": true, "in": true, "is": true, "lambda": true, "nonlocal": true, "not": true, "or": true, "pass": true, "raise": true,
	"return": true, "try": true, "while": true, "with": true, "yield": true,
}

// operators are those that say where a value of a secret's name can be.
var operators = map[byte]token.Token{'(': token.LPAREN, '[': token.LBRACK, '{': token.LBRACE, '}': token.RBRACE, ':': token.COLON, ',': token.COMMA}

// markPython splits a file into pieces, as mark does for Go.
func (rd *Reader) markPython(text string) []piece {
	m := marker{reader: rd, line: 1, pieces: make([]piece, 0, len(text)/3)}
	depth := 0 // of brackets, within which a line's end separates nothing
	for text != "" {
		n, tok := pythonToken(text)
		switch {
		case tok == token.STRING:
			before := strings.IndexAny(text[:n], "\"'")
			if before > 0 {
				m.add("s", text[:before], false)
			}
			m.token(tok, text[before:n])
		case tok == token.IDENT && keywords[text[:n]]:
			m.token(token.IF, text[:n])
		case tok != token.ILLEGAL:
			m.token(tok, text[:n])
		case text[0] == '\n':
			m.gap(text[:n])
			if depth <= 0 {
				m.secret, m.pair, depth = false, false, 0
			}
		default:
			m.gap(text[:n])
		}
		switch text[0] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		}
		text = text[n:]
	}
	return m.pieces
}

// pythonToken is the length and, in Go's terms, the kind of what text begins with. ILLEGAL is what
// separates.
func pythonToken(text string) (int, token.Token) {
	c, size := utf8.DecodeRuneInString(text)
	switch {
	case c == '#':
		return until(text, "\n"), token.COMMENT
	case c == '"' || c == '\'':
		return pythonString(text, 0), token.STRING
	case c == '_' || unicode.IsLetter(c):
		n := strings.IndexFunc(text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		switch {
		case n < 0:
			return len(text), token.IDENT
		case n <= 2 && (text[n] == '"' || text[n] == '\''): // r"", b"", f"", rb""
			return pythonString(text, n), token.STRING
		}
		return n, token.IDENT
	case '0' <= c && c <= '9':
		n := strings.IndexFunc(text, func(r rune) bool { return r != '_' && r != '.' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if n < 0 {
			n = len(text)
		}
		return n, token.INT
	case c == '\n':
		return 1, token.ILLEGAL
	case c == ' ' || c == '\t' || c == '\r' || c == '\f':
		return len(text) - len(strings.TrimLeft(text, " \t\r\f")), token.ILLEGAL
	case c == '\\' && strings.HasPrefix(text[1:], "\n"):
		return 2, token.ILLEGAL
	case size == 1 && operators[text[0]] != 0:
		return 1, operators[text[0]]
	}
	return size, token.ADD // as good as any other operator
}

// pythonString is where the string that begins at text[at] ends: where its quotes do, or without
// them the line, or of one in three quotes the file.
func pythonString(text string, at int) int {
	quote, stop := text[at:at+1], "\n"
	if three := strings.Repeat(quote, 3); strings.HasPrefix(text[at:], three) {
		quote, stop = three, ""
	}
	for i := at + len(quote); i < len(text); i++ {
		switch {
		case text[i] == '\\':
			i++
		case strings.HasPrefix(text[i:], quote):
			return i + len(quote)
		case stop != "" && text[i] == '\n':
			return i
		}
	}
	return len(text)
}

// until is where stop is in text, or its length.
func until(text, stop string) int {
	if i := strings.Index(text, stop); i >= 0 {
		return i
	}
	return len(text)
}
