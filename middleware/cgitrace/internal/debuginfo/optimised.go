//go:build dev

package debuginfo

import (
	"slices"
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo/entry"
)

// Optimised reports whether the variable is one of a function that was compiled with
// optimisation. What the debug information says of it is then not all true: it goes by the values
// that the compiler still knew by a name, and a variable whose newest value had none
// is where its last one was. That of one that was assigned once only is right.
func (v Variable) Optimised() bool { return v.unit != nil && !v.unit.unoptimised() }

// Decomposed reports whether the compiler has taken the variable apart, and keeps track of its
// words one by one. That is so in optimised code, for a variable that is small and
// has no address. [Variable.Locate] then returns a piece for each word that the compiler still
// knew of at the end: padding between them is not among the pieces, a word that it dropped
// early has none, and where one is left that piece has no size.
func (v Variable) Decomposed() bool { return v.place.list >= 0 && v.Optimised() }

// unoptimised reports whether the unit was compiled with -N. The compiler puts its flags behind
// its name and version: "Go cmd/compile go1.26; -N -l regabi".
func (u *unit) unoptimised() bool {
	_, flags, _ := strings.Cut(u.Root.Text(entry.Producer), ";")
	return slices.Contains(strings.Fields(flags), "-N")
}
