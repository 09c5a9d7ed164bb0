package markdown

import "strings"

// A Markdown parser takes time by the square of some things, and minutes for a mebibyte
// of them. People do not write them; tangled finds them, and what has them is shown as
// it was typed.
const (
	maxMarks = 6000 // emphasis and brackets between two empty lines
	maxDepth = 100  // quotes and lists within each other
)

func tangled(text string) bool {
	marks := 0
	for line := range strings.Lines(text) {
		if strings.Trim(line, " \t\n") == "" {
			marks = 0
			continue
		}
		for _, mark := range [...]string{"*", "_", "[", "]"} {
			marks += strings.Count(line, mark)
		}
		if marks > maxMarks || depth(line) > maxDepth {
			return true
		}
	}
	return false
}

// depth is in how many quotes and lists a line begins, or more.
func depth(line string) (n int) {
	for i := range len(line) {
		switch line[i] {
		case ' ', '\t':
			if i > 0 && strings.IndexByte("-+*.)", line[i-1]) >= 0 {
				n++
			}
		case '>':
			n++
		case '-', '+', '*', '.', ')', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		default:
			return n
		}
	}
	return n
}
