//go:build dev

// Package outside carries the failure of another program, one that answers requests behind this
// one, to the page that shows panics in dev builds.
//
// A handler that finds out that its program failed calls [Show], which panics with a [Failure]
// where a cgitrace.Page is around; the Page then shows what the program said in place of a panic of
// this one. The package exists in dev builds only: callers have a stub for others.
package outside

import (
	"net/http"

	"github.com/surcoat/surcoat/internal/errpage"
	"github.com/surcoat/surcoat/internal/respond"
)

// Failure is what is known of it.
type Failure struct {
	// Err is what this program has to say. Its text goes to the log.
	Err error

	// Title is what failed, in one line. "": the exception of a Python traceback in one of the
	// blocks, or else Err.
	Title string

	// Kind is what sort of failure it is: "Python", "exit status 1". "": Python where there is a
	// traceback of it, or else that of a program.
	Kind string

	// Blocks are what the program said, in the order in which they are shown.
	Blocks []Block

	// Environ is the environment that the program had, as in os.Environ. Secrets in it are masked
	// in the blocks; none of it is shown.
	Environ []string
}

// Block is a text under a heading. Nothing in it is trusted.
type Block struct {
	Heading string
	Text    string
}

// Error implements error.
func (f *Failure) Error() string { return f.Err.Error() }

// Show panics with what failure returns if there is a layer around w that makes a page of it. For
// nil, or a Failure without blocks, it does not: an error page says as much.
func Show(w http.ResponseWriter, failure func() *Failure) {
	for layer := range respond.Layers(w) {
		if _, ok := layer.(interface{ ErrorSite() errpage.Site }); !ok {
			continue
		}
		if f := failure(); f != nil && len(f.Blocks) > 0 {
			panic(f)
		}
		return
	}
}
