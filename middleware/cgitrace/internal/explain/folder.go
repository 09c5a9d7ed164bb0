//go:build dev

package explain

import (
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds on the other files of a package.
const (
	maxFolder    = 4 << 20 // bytes that are read
	maxMentioned = 16      // files that are parsed for one name
)

// folder is the package to which a file belongs, as far as its other files declare what
// that one names. A file is parsed when it has the name that is asked for.
//
// Which of the files were compiled is not known: some are for other platforms or have
// other tags. So what two of them declare is as good as unknown.
type folder struct {
	own     *file
	read    bool
	texts   map[string]string // by path, of the other files
	unknown bool              // there is more than is read
	found   map[string]foundDeclaration
}

// mentioning calls visit with own and with each other file of the package in which the
// word stands. It reports false where there are files that it could not look into.
func (d *folder) mentioning(word string, visit func(f *file)) bool {
	visit(d.own)
	if !d.read {
		d.read = true
		d.load()
	}
	complete := !d.unknown
	left := maxMentioned
	for path, text := range d.texts {
		if !mentions(text, word) {
			continue
		}
		if left--; left < 0 {
			return false
		}
		switch f := open(path); {
		case f == nil:
			complete = false
		case f.Tree.Name.Name == d.own.Tree.Name.Name:
			visit(f)
		}
	}
	return complete
}

// mentions reports whether the word stands in text, and not as a part of another one.
func mentions(text, word string) bool {
	inWord := func(r rune, size int) bool {
		return size > 0 && (r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r))
	}
	for {
		before, after, ok := strings.Cut(text, word)
		if !ok || word == "" {
			return false
		}
		if !inWord(utf8.DecodeLastRuneInString(before)) && !inWord(utf8.DecodeRuneInString(after)) {
			return true
		}
		text = after
	}
}

// load reads the other files.
func (d *folder) load() {
	d.texts = make(map[string]string)
	if d.own.Path == "" {
		return // a text that is in no folder
	}
	dir := filepath.Dir(d.own.Path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		d.unknown = true
		return
	}
	left := int64(maxFolder)
	for _, e := range entries {
		name := e.Name()
		path := filepath.Join(dir, name)
		if filepath.Ext(name) != ".go" || path == d.own.Path || e.IsDir() {
			continue
		}
		if strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(d.own.Path, "_test.go") {
			continue
		}
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || info.Size() > left {
			d.unknown = true
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			d.unknown = true
			continue
		}
		left -= int64(len(text))
		d.texts[path] = string(text)
	}
}

// declaration is what a package says at its top level of a name.
type declaration struct {
	file  *file
	gen   *ast.GenDecl // of a constant, variable or type
	index int          // of the spec in gen
	at    int          // of the name in the spec
	fn    *ast.FuncDecl
}

type foundDeclaration struct {
	declaration
	known bool
}

// declaration returns the one declaration of name in the package. known is false where there is
// none or are several, and where there are files that were not read.
func (d *folder) declaration(name string) (found declaration, known bool) {
	f, ok := d.found[name]
	if !ok {
		if d.found == nil {
			d.found = make(map[string]foundDeclaration)
		}
		f.declaration, f.known = d.find(name)
		d.found[name] = f
	}
	return f.declaration, f.known
}

// find is declaration without its memory.
func (d *folder) find(name string) (found declaration, known bool) {
	n := 0
	complete := d.mentioning(name, func(f *file) {
		for _, decl := range f.Tree.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Recv == nil && decl.Name.Name == name {
					found = declaration{file: f, fn: decl}
					n++
				}
			case *ast.GenDecl:
				if i, at, ok := inDecl(decl, name); ok {
					found = declaration{file: f, gen: decl, index: i, at: at}
					n++
				}
			}
		}
	})
	return found, complete && n == 1
}

// inDecl finds name among what decl declares.
func inDecl(decl *ast.GenDecl, name string) (index, at int, ok bool) {
	if decl.Tok == token.IMPORT {
		return 0, 0, false
	}
	for i, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.Name == name {
				return i, 0, true
			}
		case *ast.ValueSpec:
			for j, id := range spec.Names {
				if id.Name == name {
					return i, j, true
				}
			}
		}
	}
	return 0, 0, false
}

// receiver says how a type's method takes its receiver.
type receiver int

const (
	unknownReceiver receiver = iota
	byPointer
	byValue
	promoted // it is no method of the type itself, but of something embedded in it
)

// method returns how the method of the named type takes its receiver. The type has to be
// of this package.
func (d *folder) method(typ, name string) receiver {
	found, n := unknownReceiver, 0
	complete := d.mentioning(name, func(f *file) {
		for _, decl := range f.Tree.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Name.Name != name || receiverType(fn) != typ {
				continue
			}
			n++
			found = byValue
			if _, ok := ast.Unparen(fn.Recv.List[0].Type).(*ast.StarExpr); ok {
				found = byPointer
			}
		}
	})
	switch {
	case !complete || n > 1:
		return unknownReceiver
	case n == 0:
		return promoted
	}
	return found
}

// receiverType is the name of the type of which fn is a method, "" if it is none.
func receiverType(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return ""
	}
	t := ast.Unparen(fn.Recv.List[0].Type)
	if star, ok := t.(*ast.StarExpr); ok {
		t = ast.Unparen(star.X)
	}
	switch x := t.(type) {
	case *ast.IndexExpr:
		t = x.X
	case *ast.IndexListExpr:
		t = x.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}
