package serve

import (
	"fmt"
	"net/http"
	"os"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// files serves a folder, with copies that were compressed beforehand.
func (a App) files() (http.Handler, error) {
	root, err := os.OpenRoot(a.Target)
	if err != nil {
		return nil, fmt.Errorf("the application %s: %w", a, err)
	}
	return http.StripPrefix(a.Path, &gzip.Files{FS: root.FS()}), nil
}
