//go:build dev

package lint

import "github.com/surcoat/surcoat/internal/respond"

// keeper is the response writer of a layer further out that shows what was wrong with
// a request before it panicked: cgitrace.Page in a build with -tags dev. KeepFault is
// called by any goroutine that has the writer, also after the handler has returned.
type keeper interface {
	KeepFault(text, file string, line int)
}

// keep gives f to the nearest keeper around rs, if there is one.
func (rs *response) keep(f Fault) {
	for layer := range respond.Layers(rs.Unwrap()) {
		if k, ok := layer.(keeper); ok {
			k.KeepFault(string(f.Rule)+": "+f.Text, f.File, f.Line)
			return
		}
	}
}
