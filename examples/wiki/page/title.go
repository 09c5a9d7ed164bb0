package page

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// ErrTitle says that a text cannot be a page's title; the message says why.
var ErrTitle = errors.New("page: not a title")

// LongestTitle is how many characters a title may have.
const LongestTitle = 100

// Title is the name of a page as people write it: "Getting started". Two titles
// that differ in nothing but case, in spaces or in how an accent is encoded name the
// same page. Titles come from [ParseTitle].
type Title string

// ParseTitle makes a title of what stands in a link, a form or an address:
// underscores are spaces, and spaces at the ends and repeated ones fall away.
// It refuses, with [ErrTitle], what is empty or too long, what has neither a letter
// nor a digit, what is not UTF-8, and the characters / \ | # ? % [ ] { } < > and
// control characters, which mean something in a link or an address.
func ParseTitle(s string) (Title, error) {
	if !utf8.ValidString(s) {
		return "", fmt.Errorf("%w: it is not valid UTF-8", ErrTitle)
	}
	s = strings.Join(strings.Fields(strings.ReplaceAll(norm.NFC.String(s), "_", " ")), " ")
	switch {
	case s == "":
		return "", fmt.Errorf("%w: it is empty", ErrTitle)
	case utf8.RuneCountInString(s) > LongestTitle:
		return "", fmt.Errorf("%w: it has more than %d characters", ErrTitle, LongestTitle)
	case !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }):
		return "", fmt.Errorf("%w: it has neither a letter nor a digit", ErrTitle)
	}
	for _, r := range s {
		// Format characters (direction marks, zero-width joiners) would let two titles look alike.
		if strings.ContainsRune(`/\|#?%[]{}<>`, r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError {
			return "", fmt.Errorf("%w: it has the character %q in it", ErrTitle, r)
		}
	}
	return Title(s), nil
}

// Key is the same for all titles that name the same page.
func (t Title) Key() string {
	return norm.NFC.String(cases.Fold().String(string(t)))
}

// Slug is the title as it stands in an address, before escaping: with underscores.
func (t Title) Slug() string { return strings.ReplaceAll(string(t), " ", "_") }
