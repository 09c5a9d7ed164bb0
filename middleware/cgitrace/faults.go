//go:build dev

package cgitrace

import (
	"sync"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/report"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/source"
)

// maxFaults bounds what is kept of one request; what came first is more likely the cause
// of the rest than the other way round.
const maxFaults = 20

// fault is a breach of net/http's contract, as package lint reports it.
type fault struct {
	text, file string
	line       int
}

// faults are those of one request, reported by a lint.Handler inside Page. They come
// from any goroutine that uses the writer, some after the handler has returned.
type faults struct {
	mu   sync.Mutex
	kept []fault
}

// KeepFault is how package lint finds the Page around it, and what it calls.
func (f *faults) KeepFault(text, file string, line int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.kept) < maxFaults {
		f.kept = append(f.kept, fault{text, file, line})
	}
}

// shown returns what was reported so far as p shows it.
func (f *faults) shown(p *Page, red *redact.Redactor) (shown []report.Fault) {
	files := source.Files{Paths: p.Paths}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, k := range f.kept {
		s := report.Fault{Text: red.Text(k.text), Line: k.line}
		if k.file != "" {
			s.File = files.Find(k.file)
			s.Link = editorLink(p.Editor, s.File, k.line)
		}
		shown = append(shown, s)
	}
	return shown
}
