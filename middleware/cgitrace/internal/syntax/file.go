//go:build dev

// Package syntax parses the source files of frames, and keeps what it parsed for the next page.
package syntax

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
	maxKept  = 64      // files
)

// File is a Go file that parses without an error: of one that was changed since the
// program was built, what is left would be read at the wrong lines. It is not changed any
// more: safe for concurrent use.
type File struct {
	Path string
	Tree *ast.File
	set  *token.FileSet
}

// Line is the line on which pos stands, as the compiler counts unless the file has //line
// directives; 0 for no position.
func (f *File) Line(pos token.Pos) int {
	if !pos.IsValid() {
		return 0
	}
	return f.set.PositionFor(pos, false).Line
}

// Touches reports whether n stands on the line, in part at least.
func (f *File) Touches(n ast.Node, line int) bool {
	return f.Line(n.Pos()) <= line && line <= f.Line(n.End())
}

// kept are the files opened lately: when there are maxKept, all are forgotten.
var kept struct {
	sync.Mutex
	files map[string]keptFile
}

type keptFile struct {
	*File // nil: it does not parse
	size  int64
	time  time.Time
}

// Open parses the file at path, which may be of any content and size. It returns nil
// where that is no Go file in order. A file of 4000 lines takes some 3 ms the first time.
func Open(path string) *File {
	if !strings.HasSuffix(path, ".go") {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil
	}
	kept.Lock()
	k, ok := kept.files[path]
	kept.Unlock()
	if ok && k.size == info.Size() && k.time.Equal(info.ModTime()) {
		return k.File
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	f := Parse(path, text)
	kept.Lock()
	defer kept.Unlock()
	if kept.files == nil || len(kept.files) >= maxKept {
		kept.files = make(map[string]keptFile)
	}
	kept.files[path] = keptFile{f, info.Size(), info.ModTime()}
	return f
}

// Parse is Open for a text that is at hand.
func Parse(path string, text []byte) *File {
	if len(text) > maxFile {
		return nil
	}
	f := &File{Path: path, set: token.NewFileSet()}
	tree, err := parser.ParseFile(f.set, path, text, parser.SkipObjectResolution)
	if err != nil || deep(tree) {
		return nil
	}
	f.Tree = tree
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
