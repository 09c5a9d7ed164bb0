//go:build dev

package wsgi

import (
	"net/http"
	"strings"

	"github.com/surcoat/surcoat/internal/outside"
)

// show panics with e where a cgitrace.Page is around, which shows the traceback to whom it shows
// tracebacks.
func show(w http.ResponseWriter, a *App, e *Exception) {
	outside.Show(w, func() *outside.Failure {
		whole := &Exception{Traceback: wholeLines(e.Traceback)}
		return &outside.Failure{
			Err:     whole,
			Title:   whole.Last(),
			Kind:    "Python",
			Blocks:  []outside.Block{{Heading: "Traceback", Text: whole.Traceback}},
			Environ: a.environ(),
		}
	})
}

// wholeLines leaves out the two lines in which the middle of a long traceback is missing: half of a
// secret would not be known for one.
func wholeLines(text string) string {
	const missing = "\n[...]\n"
	before, after, found := strings.Cut(text, missing)
	if !found {
		return text
	}
	_, after, _ = strings.Cut(after, "\n")
	return before[:strings.LastIndexByte(before, '\n')+1] + missing[1:] + after
}
