// Package keytext reads the text in which keys are given, by a file or a variable.
package keytext

import "strings"

// Words returns the keys in a text, as they are written there: with white space, commas or
// control characters between them. What follows a "#" in a line is a comment.
func Words(text string) (words []string) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		words = append(words, strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r <= ' ' })...)
	}
	return words
}
