package wsgi

import (
	"net/http"
	"strings"

	"github.com/surcoat/surcoat/internal/errpage"
)

// Exception is what the application raised, as Python describes it.
type Exception struct {
	// Traceback begins at the application's first frame and ends with the exception. Of one longer
	// than 12,288 characters the middle is missing.
	Traceback string
}

// Error implements error: the whole traceback.
func (e *Exception) Error() string { return "wsgi: " + e.Traceback }

// Last is the line that names the exception and says why.
func (e *Exception) Last() string {
	text := strings.TrimSpace(e.Traceback)
	for line := range strings.SplitSeq(text, "\n") {
		// Frames and their source are indented; notes and a message's further lines come behind.
		if line != "" && line[0] != ' ' && !strings.HasPrefix(line, "Traceback ") {
			text = line
		}
	}
	return text
}

// raise answers a request whose answer has not begun: with 500 and an incident number. In a build
// with -tags dev, inside a cgitrace.Page, it panics instead, and the Page shows the traceback to
// whom it shows tracebacks.
func raise(w http.ResponseWriter, r *http.Request, a *App, e *Exception) {
	show(w, a, e)
	errpage.Write(w, r, errpage.Problem{Status: http.StatusInternalServerError, Err: e})
}
