//go:build dev

package explain

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// Names returns the identifiers that the function at the line of file uses and does not declare
// itself, sorted: among them are those of package variables. In a line of several function
// literals it is those of all. There are none where file is no Go file in order, and none for a line
// outside of all functions.
func Names(file string, line int) []string {
	f := open(file)
	if f == nil {
		return nil
	}
	return f.names(line)
}

func (f *file) names(line int) []string {
	used := make(map[string]bool)
	for _, decl := range f.Tree.Decls {
		if !f.Touches(decl, line) {
			continue
		}
		s := &site{file: f, folder: &folder{own: f}, hot: line, decl: decl}
		var n ast.Node = decl
		if fn, ok := decl.(*ast.FuncDecl); ok {
			if fn.Body == nil {
				continue
			}
			n = fn.Body
		}
		left := maxNames
		s.free(n, func(id *ast.Ident) {
			if left--; left < 0 || used[id.Name] || id.Name == "_" || types.Universe.Lookup(id.Name) != nil {
				return
			}
			if s.resolve(id).kind == unbound {
				used[id.Name] = true
			}
		})
	}
	names := make([]string, 0, len(used))
	for name := range used {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// maxNames bounds the identifiers that are looked at. A function that has more was not written by
// hand.
const maxNames = 2000

// free calls add with the identifiers in n that can be variables of the package: all but names of
// fields and methods, where these follow a dot, labels, and what n declares at this place.
func (s *site) free(n ast.Node, add func(*ast.Ident)) {
	all := func(list []ast.Expr) {
		for _, x := range list {
			s.free(x, add)
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.SelectorExpr:
			s.free(x.X, add)
			return false
		case *ast.AssignStmt:
			if x.Tok == token.DEFINE {
				all(x.Rhs)
				return false
			}
		case *ast.ValueSpec:
			all(x.Values)
			return false
		case *ast.RangeStmt:
			if x.Tok == token.DEFINE {
				s.free(x.X, add)
				s.free(x.Body, add)
				return false
			}
		case *ast.Field, *ast.BranchStmt:
			return false
		case *ast.Ident:
			add(x)
		}
		return true
	})
}
