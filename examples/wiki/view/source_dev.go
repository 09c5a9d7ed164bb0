//go:build dev

package view

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

//go:embed templates static
var files embed.FS

// source is the folder that this file is in, where the program was built; a program
// that was taken elsewhere uses what it carries.
func source() (_ fs.FS, live bool) {
	if _, file, _, ok := runtime.Caller(0); ok {
		dir := filepath.Dir(file)
		if _, err := os.Stat(filepath.Join(dir, "templates", "base.html")); err == nil {
			return os.DirFS(dir), true
		}
	}
	return files, false
}
