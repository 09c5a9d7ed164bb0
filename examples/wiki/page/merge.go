package page

import (
	"slices"

	udiff "github.com/aymanbagabas/go-udiff"
)

// Merge applies to base the changes that led to yours and to theirs. It is clean
// where they touch different lines, with at least one untouched line between them;
// otherwise there is no merged text. Both sides making the same change is clean.
func Merge(base, yours, theirs string) (merged string, clean bool) {
	a, b := udiff.Lines(base, yours), udiff.Lines(base, theirs)
	for _, x := range a {
		for _, y := range b {
			if x != y && x.Start <= y.End && y.Start <= x.End {
				return "", false
			}
		}
	}
	edits := append(slices.Clone(a), slices.DeleteFunc(b, func(y udiff.Edit) bool { return slices.Contains(a, y) })...)
	merged, err := udiff.Apply(base, edits)
	return merged, err == nil
}
