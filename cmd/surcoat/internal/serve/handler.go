package serve

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
)

// Handler makes the application. What it returns to be closed may be nil.
func (a App) Handler(ctx context.Context, log *slog.Logger) (h http.Handler, closer io.Closer, err error) {
	switch a.Kind {
	case "http", "https":
		h, err = a.proxy()
	case "files":
		h, err = a.files()
	default:
		err = fmt.Errorf("the application %s: its kind is not served yet", a)
	}
	return h, closer, err
}
