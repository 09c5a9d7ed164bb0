//go:build dev

package explain

import "github.com/surcoat/surcoat/middleware/cgitrace/internal/syntax"

// file is a Go file that parses without an error.
type file struct{ *syntax.File }

// open parses the file at path, which may be of any content and size. It returns nil
// where that is no Go file in order.
func open(path string) *file { return asFile(syntax.Open(path)) }

// parse is open for a text that is at hand.
func parse(path string, text []byte) *file { return asFile(syntax.Parse(path, text)) }

func asFile(f *syntax.File) *file {
	if f == nil {
		return nil
	}
	return &file{f}
}
