package serve

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
)

// Handler makes the application. What it returns to be closed may be nil. site is where the
// application is.
func (a App) Handler(site http.Handler, log *slog.Logger) (h http.Handler, closer io.Closer, err error) {
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
	case "http", "https":
		h, err = a.proxy()
	case "files":
		h, err = a.files()
	default:
		err = fmt.Errorf("the application %s: its kind is not served yet", a)
	}
	if err != nil {
		return nil, nil, err
	}
	if c, ok := h.(interface{ Check() error }); ok {
		if err := c.Check(); err != nil {
			return nil, nil, fmt.Errorf("the application %s: %w", a, err)
		}
	}
	closer, _ = h.(io.Closer)
	return h, closer, nil
}
