//go:build !dev

package view

import (
	"embed"
	"io/fs"
)

//go:embed templates static
var files embed.FS

func source() (_ fs.FS, live bool) { return files, false }
