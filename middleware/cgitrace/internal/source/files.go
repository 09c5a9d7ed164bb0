//go:build dev

// Package source finds and reads the Go source of a frame, marks up its tokens and
// masks the secrets that stand in it.
package source

import (
	"path/filepath"
	"strings"
)

// Files finds source files from the paths that the compiler has recorded.
type Files struct {
	// Paths maps folders of the building machine to folders of this one. With -trimpath
	// the former are import paths.
	Paths map[string]string
}

// Find returns where file is here. The longest fitting entry of Paths decides. Without one, a path
// that is there stands for itself, and one that is not is looked for where a build takes its code
// from: the main module, the modules of a workspace, those that a folder replaces, vendor folders,
// the module cache and GOROOT. So a binary built with -trimpath, which records import paths in
// place of folders, finds its source on the machine of its developer. What is not found is returned
// as it came.
func (f Files) Find(file string) string {
	slashed := filepath.ToSlash(file)
	if to, ok := f.mapped(slashed); ok {
		return to
	}
	if found := own().find(slashed); found != "" {
		return found
	}
	return file
}

// Mapped is where the longest fitting entry of Paths says that file is, or file itself.
func (f Files) Mapped(file string) string {
	if to, ok := f.mapped(filepath.ToSlash(file)); ok {
		return to
	}
	return file
}

func (f Files) mapped(slashed string) (string, bool) {
	longest, to := "", ""
	for from, dir := range f.Paths {
		from = strings.TrimSuffix(filepath.ToSlash(from), "/")
		if len(from) >= len(longest) && within(from, slashed) {
			longest, to = from, dir
		}
	}
	if to == "" {
		return "", false
	}
	return filepath.Join(to, filepath.FromSlash(strings.TrimPrefix(slashed, longest))), true
}

// within reports whether file is dir or lies in it. Both have slashes, dir none at its end.
func within(dir, file string) bool {
	rest, ok := strings.CutPrefix(file, dir)
	return ok && (rest == "" || rest[0] == '/')
}
