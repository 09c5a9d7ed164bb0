//go:build dev

package inspect

import (
	"go/ast"
	"go/token"
	"reflect"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
)

// Of
//
//	for _, price := range prices {
//		total += price
//		check(total)
//	}
//
// optimised code may have what total was before the last addition on the stack and say that this is
// total, because the sum itself came about in an instruction that the compiler put together from two,
// of which neither was the variable's. It never errs about a variable that is assigned once.

// stale reports whether v is not to be trusted for having been assigned more than once, or because the
// source is not there to tell.
func (in *Inspector) stale(v debuginfo.Variable, p place) bool {
	if !v.Optimised() || v.Boxed || v.Role == debuginfo.Package {
		return false
	}
	d := in.declarations(p.frame.File)
	f := d.enclosing(p.frame.Line)
	return f == nil || v.Type == nil || d.mutates(f, v.Name, v.Line, v.Type.Kind)
}

// enclosing is the declaration of the function around a line, nil if there is none.
func (d *declarations) enclosing(line int) *ast.FuncDecl {
	if d.File == nil {
		return nil
	}
	for _, decl := range d.Tree.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && d.Touches(f, line) {
			return f
		}
	}
	return nil
}

// mutates reports whether f, or a literal in it, changes a variable of that name and kind other than by
// the declaration on that line. Others of its name count too.
func (d *declarations) mutates(f *ast.FuncDecl, name string, line int, kind reflect.Kind) (mutates bool) {
	is := func(e ast.Expr) bool {
		id := changed(e, kind)
		return id != nil && id.Name == name
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				if is(e) && (n.Tok != token.DEFINE || d.Line(e.Pos()) != line) {
					mutates = true
				}
			}
		case *ast.IncDecStmt:
			mutates = mutates || is(n.X)
		case *ast.RangeStmt:
			mutates = mutates || n.Key != nil && is(n.Key) || n.Value != nil && is(n.Value)
		}
		return !mutates
	})
	return mutates
}

// changed is the variable of that kind which an assignment to e changes, nil for none. That to an
// element of a slice or map, or to what a pointer points to, leaves the variable as it is.
func changed(e ast.Expr, kind reflect.Kind) *ast.Ident {
	inside := kind == reflect.Struct || kind == reflect.Array
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.ParenExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
			if !inside {
				return nil
			}
		case *ast.IndexExpr:
			e = x.X
			if !inside {
				return nil
			}
		default:
			return nil
		}
	}
}
