//go:build dev

package report

import (
	"strings"
	"unicode/utf8"
)

// visible is r, or where r would steer what shows it, a sign for it: an escape character
// that recolours or retitles a terminal, an override that turns the order of what follows
// around (the bidirectional controls of Unicode Annex 9).
func visible(r rune) rune {
	switch {
	case r == '\n', r == '\t':
		return r
	case r < ' ':
		return '␀' + r // the block Control Pictures has one for each, in order
	case r == 0x7f:
		return '␡'
	case 0x80 <= r && r < 0xa0, 0x202a <= r && r <= 0x202e, 0x2066 <= r && r <= 0x2069,
		r == 0x2028, r == 0x2029, 0xfff9 <= r && r <= 0xfffb:
		return utf8.RuneError
	}
	return r
}

// printable is s with each character [visible].
func printable(s string) string { return strings.Map(visible, s) }

// line is s in one line.
func line(s string) string {
	return strings.ReplaceAll(printable(s), "\n", "␊")
}
