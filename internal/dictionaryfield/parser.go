package dictionaryfield

import (
	"strings"
	"unicode/utf8"
)

// parser reads a structured field (RFC 9651 §4.2) from its beginning. Its methods report whether what they
// are for was there; if not, the whole field means nothing.
type parser struct{ rest string }

// value is a member of a dictionary, or an item of a list. Of what is not needed here there is only
// the kind.
type value struct {
	kind  kind
	text  string // of a text or a token
	items []value
}

type kind uint8

const (
	absent kind = iota
	text        // a string, in the RFC's words
	token
	list
	other
)

// dictionary reads a dictionary that is all there is, and calls member with each of its members
// (§4.2.2). An empty one has none.
func (p *parser) dictionary(member func(key string, v value)) bool {
	p.skipSpaces()
	p.rest = strings.TrimRight(p.rest, " ")
	for p.rest != "" {
		key, ok := p.key()
		if !ok {
			return false
		}
		v := value{kind: other} // no value is the boolean true
		if p.next('=') {
			v, ok = p.itemOrList()
		} else {
			ok = p.parameters()
		}
		if !ok {
			return false
		}
		member(key, v)
		p.skipOptional()
		if p.rest == "" {
			return true
		}
		if !p.next(',') {
			return false
		}
		if p.skipOptional(); p.rest == "" {
			return false // a comma at the end
		}
	}
	return true
}

// itemOrList reads a value with its parameters (§4.2.1.1).
func (p *parser) itemOrList() (value, bool) {
	if !p.next('(') {
		return p.item()
	}
	v := value{kind: list}
	for {
		p.skipSpaces()
		if p.next(')') {
			return v, p.parameters()
		}
		item, ok := p.item()
		if !ok || p.rest == "" || p.rest[0] != ' ' && p.rest[0] != ')' {
			return v, false
		}
		v.items = append(v.items, item)
	}
}

func (p *parser) item() (value, bool) {
	v, ok := p.bare()
	return v, ok && p.parameters()
}

// bare reads an item without parameters (§4.2.3.1).
func (p *parser) bare() (value, bool) {
	if p.rest == "" {
		return value{}, false
	}
	switch c := p.rest[0]; {
	case c == '"':
		s, ok := p.text()
		return value{kind: text, text: s}, ok
	case c == '*' || isAlpha(c):
		before := p.rest
		ok := p.token()
		return value{kind: token, text: before[:len(before)-len(p.rest)]}, ok
	case c == '-' || isDigit(c):
		_, ok := p.number()
		return value{kind: other}, ok
	case c == ':':
		_, ok := p.byteSequence()
		return value{kind: other}, ok
	case c == '?':
		ok := len(p.rest) > 1 && (p.rest[1] == '0' || p.rest[1] == '1')
		if ok {
			p.rest = p.rest[2:]
		}
		return value{kind: other}, ok
	case c == '@': // a date is an integer
		p.rest = p.rest[1:]
		decimal, ok := p.number()
		return value{kind: other}, ok && !decimal
	case c == '%':
		return value{kind: other}, p.displayString()
	}
	return value{}, false
}

// parameters reads as many as there are (§4.2.3.2).
func (p *parser) parameters() bool {
	for p.next(';') {
		p.skipSpaces()
		if _, ok := p.key(); !ok {
			return false
		}
		if p.next('=') {
			if _, ok := p.bare(); !ok {
				return false
			}
		}
	}
	return true
}

// key reads the name of a member or a parameter (§4.2.3.3).
func (p *parser) key() (string, bool) {
	n := 0
	for n < len(p.rest) {
		c := p.rest[n]
		if c != '*' && (c < 'a' || c > 'z') && (n == 0 || !isDigit(c) && !strings.ContainsRune("_-.", rune(c))) {
			break
		}
		n++
	}
	key := p.rest[:n]
	p.rest = p.rest[n:]
	return key, n > 0
}

// number reads an integer of up to 15 digits, or a decimal of up to 12 before the point and 3 after it
// (§4.2.4).
func (p *parser) number() (decimal, ok bool) {
	p.next('-')
	n := p.digits()
	if n == 0 || n > 15 {
		return false, false
	}
	if !p.next('.') {
		return false, true
	}
	fraction := p.digits()
	return true, n <= 12 && fraction >= 1 && fraction <= 3
}

func (p *parser) digits() (n int) {
	for n < len(p.rest) && isDigit(p.rest[n]) {
		n++
	}
	p.rest = p.rest[n:]
	return n
}

// text reads a string (§4.2.5).
func (p *parser) text() (string, bool) {
	if !p.next('"') {
		return "", false
	}
	var unescaped []byte
	from := p.rest
	for i := 0; i < len(from); i++ {
		switch c := from[i]; {
		case c == '"':
			p.rest = from[i+1:]
			if unescaped != nil {
				return string(unescaped), true
			}
			return from[:i], true
		case c == '\\':
			if i+1 == len(from) || from[i+1] != '"' && from[i+1] != '\\' {
				return "", false
			}
			if unescaped == nil {
				unescaped = append(make([]byte, 0, len(from)), from[:i]...)
			}
			i++
			unescaped = append(unescaped, from[i])
		case c < ' ' || c > '~':
			return "", false
		case unescaped != nil:
			unescaped = append(unescaped, c)
		}
	}
	return "", false
}

// token reads a token (§4.2.6), which is all before p.rest then.
func (p *parser) token() bool {
	if p.rest == "" || p.rest[0] != '*' && !isAlpha(p.rest[0]) {
		return false
	}
	n := 1
	for n < len(p.rest) && (isAlpha(p.rest[n]) || isDigit(p.rest[n]) || strings.IndexByte("!#$%&'*+-.^_`|~:/", p.rest[n]) >= 0) {
		n++
	}
	p.rest = p.rest[n:]
	return true
}

// byteSequence reads a byte sequence and returns it in base64 (§4.2.7).
func (p *parser) byteSequence() (coded string, ok bool) {
	if !p.next(':') {
		return "", false
	}
	coded, p.rest, ok = strings.Cut(p.rest, ":")
	digits := strings.TrimRight(coded, "=")
	for i := range len(digits) {
		if c := digits[i]; !isAlpha(c) && !isDigit(c) && c != '+' && c != '/' {
			return "", false
		}
	}
	// One digit is not a byte. The padding may be missing, but what there is has to be right.
	if padding := len(coded) - len(digits); len(digits)%4 == 1 || padding > 0 && (padding > 2 || len(coded)%4 != 0) {
		return "", false
	}
	return coded, ok
}

// displayString reads a string of any characters (§4.2.10).
func (p *parser) displayString() bool {
	p.rest = p.rest[1:]
	if !p.next('"') {
		return false
	}
	body, rest, ok := strings.Cut(p.rest, `"`)
	if !ok {
		return false
	}
	p.rest = rest
	decoded := make([]byte, 0, len(body))
	for i := 0; i < len(body); i++ {
		c := body[i]
		switch {
		case c < ' ' || c > '~':
			return false
		case c == '%':
			if i+2 >= len(body) {
				return false
			}
			high, low := hexDigit(body[i+1]), hexDigit(body[i+2])
			if high < 0 || low < 0 {
				return false
			}
			c = byte(high<<4 | low)
			i += 2
		}
		decoded = append(decoded, c)
	}
	return utf8.Valid(decoded)
}

// next takes c, if it comes next.
func (p *parser) next(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *parser) skipSpaces()   { p.rest = strings.TrimLeft(p.rest, " ") }
func (p *parser) skipOptional() { p.rest = strings.TrimLeft(p.rest, " \t") }

func isAlpha(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// hexDigit returns the value of a digit in lower case, which is the only one allowed; -1 otherwise.
func hexDigit(c byte) int { return strings.IndexByte("0123456789abcdef", c) }
