package serve

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/surcoat/surcoat/gateway/wsgi"
)

// Handler makes the application. What it returns to be closed may be nil. site is where the
// application is; ctx ends when the program is to.
func (a App) Handler(ctx context.Context, site http.Handler, log *slog.Logger) (h http.Handler, closer io.Closer, err error) {
	switch a.Kind {
	case "cgi":
		h, err = a.program(site, log)
	case "cgi-dir":
		h, err = a.programs(site, log)
	case "fcgi":
		h, err = a.fastCGI(log)
	case "scgi":
		h, err = a.simpleCGI()
	case "uwsgi":
		h, err = a.overUWSGI()
	case "ajp":
		h, err = a.overAJP()
	case "wsgi":
		h, err = a.python(log)
	case "http", "https":
		h, err = a.proxy()
	case "files":
		h, err = a.files()
	default:
		panic("serve: an application of the kind " + a.Kind)
	}
	if err != nil {
		return nil, nil, err
	}
	if c, ok := h.(interface{ Check() error }); ok {
		if err := c.Check(); err != nil {
			return nil, nil, fmt.Errorf("the application %s: %w", a, err)
		}
	}
	if p, ok := h.(*wsgi.App); ok {
		// At once, so that the first request does not wait for the workers, and what is wrong with
		// the application is in the log from the beginning.
		go func() { _ = p.Start(ctx) }()
	}
	closer, _ = h.(io.Closer)
	return h, closer, nil
}
