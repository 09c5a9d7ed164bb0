package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// matcher finds any number of values in a text that is read once: the first bytes of
// each value say where to look closer.
type matcher struct {
	known map[string]bool
	short map[[shortKey]byte][]string // values of fewer than longKey bytes
	long  map[[longKey]byte][]string
	pairs [1 << 16 / 64]uint64 // the first two bytes of all values, one bit each
}

// anyOf returns a matcher of words of at least shortKey bytes.
func anyOf(words ...string) *matcher {
	m := new(matcher)
	for _, w := range words {
		m.add(w)
	}
	return m
}

// The bytes by which values are filed. None is shorter than shortKey.
const (
	shortKey = 3
	longKey  = 8
)

// add files a value of at least shortKey bytes, and reports whether it is a new one.
func (m *matcher) add(value string) bool {
	if m.known[value] {
		return false
	}
	if m.known == nil {
		m.known = make(map[string]bool)
		m.short = make(map[[shortKey]byte][]string)
		m.long = make(map[[longKey]byte][]string)
	}
	m.known[value] = true
	bit := pairOf(value, 0)
	m.pairs[bit/64] |= 1 << (bit % 64)
	if len(value) < longKey {
		key := [shortKey]byte([]byte(value[:shortKey]))
		m.short[key] = append(m.short[key], value)
	} else {
		key := [longKey]byte([]byte(value[:longKey]))
		m.long[key] = append(m.long[key], value)
	}
	return true
}

func pairOf(s string, i int) uint { return uint(s[i])<<8 | uint(s[i+1]) }

// mask returns s with the values in it masked. Where one reaches into another both are
// under one mask: of neither a part stays.
func (m *matcher) mask(s string) string {
	if len(m.known) == 0 {
		return s
	}
	var b strings.Builder
	done := 0          // what of s is in b
	from, to := -1, -1 // the part to be masked next
	flush := func() {
		if from >= 0 {
			b.WriteString(s[done:from])
			b.WriteString(Mask)
			done = to
		}
	}
	for i := 0; i+shortKey <= len(s); i++ {
		bit := pairOf(s, i)
		if m.pairs[bit/64]&(1<<(bit%64)) == 0 {
			continue
		}
		n := m.at(s, i)
		if n == 0 {
			continue
		}
		if i >= to {
			flush()
			from = i
		}
		to = max(to, i+n)
	}
	if from < 0 {
		return s
	}
	flush()
	b.WriteString(s[done:])
	return b.String()
}

// at returns the length of the longest value that stands at s[i:], 0 for none.
func (m *matcher) at(s string, i int) (longest int) {
	rest := s[i:]
	for _, v := range m.short[[shortKey]byte([]byte(rest[:shortKey]))] {
		if len(v) > longest && strings.HasPrefix(rest, v) && (len(v) >= wordLength || alone(s, i, i+len(v))) {
			longest = len(v)
		}
	}
	if len(rest) < longKey {
		return longest
	}
	for _, v := range m.long[[longKey]byte([]byte(rest[:longKey]))] {
		if len(v) > longest && strings.HasPrefix(rest, v) {
			longest = len(v)
		}
	}
	return longest
}

// wordLength is the length from which a tainted value is masked inside words too.
// The password "cat" must not eat half of "concatenate".
const wordLength = 6

// alone reports whether neither neighbour of s[from:to] continues a word.
func alone(s string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:from])
	after, _ := utf8.DecodeRuneInString(s[to:])
	return !inWord(before) && !inWord(after)
}

func inWord(c rune) bool {
	return c != utf8.RuneError && (unicode.IsLetter(c) || unicode.IsDigit(c) || c == '_')
}

// any reports whether one of the values is in s, be it alone or not.
func (m *matcher) any(s string) bool { return m.next(s, 0) >= 0 }

// next returns where, from i on, the first of the values is in s, -1 where none is.
func (m *matcher) next(s string, i int) int {
	for ; i+shortKey <= len(s); i++ {
		bit := pairOf(s, i)
		if m.pairs[bit/64]&(1<<(bit%64)) == 0 {
			continue
		}
		rest := s[i:]
		for _, v := range m.short[[shortKey]byte([]byte(rest[:shortKey]))] {
			if strings.HasPrefix(rest, v) {
				return i
			}
		}
		if len(rest) < longKey {
			continue
		}
		for _, v := range m.long[[longKey]byte([]byte(rest[:longKey]))] {
			if strings.HasPrefix(rest, v) {
				return i
			}
		}
	}
	return -1
}
