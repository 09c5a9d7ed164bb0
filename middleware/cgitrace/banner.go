//go:build dev

package cgitrace

import (
	"fmt"
	"log/slog"
	"sync"
)

// announced has the banners that were logged. A Page that is put on three routes, or
// three that say the same, are one warning.
var announced sync.Map // announcement → nothing

type announcement struct {
	log  *slog.Logger
	text string
	who  string
}

// banner says in the log, when the layer is put on, what this binary would do.
func (p *Page) banner() {
	a := announcement{log: p.logger()}
	var attrs []any
	switch name := productionEnvironment(); {
	case name != "":
		a.text = "cgitrace: this is a build with -tags dev, in what looks like production; no traceback will be shown"
		attrs = []any{slog.String("because", name)}
	case p.Off:
		a.text = "cgitrace: this is a build with -tags dev; tracebacks go to the log only"
	default:
		a.text = "cgitrace: this is a build with -tags dev; panics show source, variables and request to clients on this machine"
		attrs = []any{slog.Any("hosts", p.AllowHosts), slog.Any("from", p.AllowFrom)}
	}
	a.who = fmt.Sprint(attrs...)
	if _, said := announced.LoadOrStore(a, nil); !said {
		a.log.Warn(a.text, attrs...)
	}
}
