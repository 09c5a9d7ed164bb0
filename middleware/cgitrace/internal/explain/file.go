//go:build dev

package explain

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"sync"
	"time"
)

// Limits of what is parsed.
const (
	maxFile  = 2 << 20 // bytes of one file
	maxDepth = 1000    // nodes within one another
	maxKept  = 32      // files kept parsed
)

// file is a Go file that parses without an error. What is left of one that does not would
// be read at the wrong lines.
type file struct {
	path   string
	set    *token.FileSet
	syntax *ast.File
}

// line is the line on which pos stands, as the compiler counts unless the file has //line
// directives.
func (f *file) line(pos token.Pos) int {
	if !pos.IsValid() {
		return 0
	}
	return f.set.PositionFor(pos, false).Line
}

// touches reports whether n stands on the line, in part at least.
func (f *file) touches(n ast.Node, line int) bool {
	return f.line(n.Pos()) <= line && line <= f.line(n.End())
}

// kept are the files parsed last.
var kept struct {
	sync.Mutex
	files map[string]keptFile
}

type keptFile struct {
	*file // nil: it does not parse
	size  int64
	time  time.Time
}

// open parses the file at path, which may be of any content and size. It returns nil
// where that is no Go file in order.
func open(path string) *file {
	if !strings.HasSuffix(path, ".go") {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil
	}
	kept.Lock()
	defer kept.Unlock()
	if k, ok := kept.files[path]; ok && k.size == info.Size() && k.time.Equal(info.ModTime()) {
		return k.file
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	f := parse(path, text)
	if kept.files == nil || len(kept.files) >= maxKept {
		kept.files = make(map[string]keptFile)
	}
	kept.files[path] = keptFile{f, info.Size(), info.ModTime()}
	return f
}

// parse is open for a text that is at hand.
func parse(path string, text []byte) *file {
	if len(text) > maxFile {
		return nil
	}
	f := &file{path: path, set: token.NewFileSet()}
	syntax, err := parser.ParseFile(f.set, path, text, parser.SkipObjectResolution)
	if err != nil || deep(syntax) {
		return nil
	}
	f.syntax = syntax
	return f
}

// deep reports whether nodes lie within more others than in any program that is to be read.
func deep(n ast.Node) (is bool) {
	depth := 0
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil {
			depth--
			return false
		}
		if is = is || depth > maxDepth; is {
			return false
		}
		depth++
		return true
	})
	return is
}
