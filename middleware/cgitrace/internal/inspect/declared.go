//go:build dev

package inspect

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strconv"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/syntax"
)

// Where
//
//	total := sum(prices[:n])
//
// panics, total has its place on the stack already and what lies there is left over from
// another call. The debug information of an unoptimised build does not tell: there a
// variable is where it is from the beginning of its block to the end. The source does.

// What is said of a variable whose declaration may have failed.
const (
	notAssigned     = "not yet assigned"
	perhapsAssigned = "perhaps not yet assigned"
)

// assigned reports whether v had its value when f's line failed, and what to note beside
// it.
func (in *Inspector) assigned(v debuginfo.Variable, f stack.Frame) (assigned bool, note string) {
	if v.Role != debuginfo.Local || v.Line == 0 || v.Line > f.Line {
		return true, ""
	}
	switch in.declarations(f.File).verdict(v.Name, v.Line, f.Line) {
	case failed:
		return false, notAssigned
	case doubtful:
		return true, perhapsAssigned
	case notFound:
		return v.Line != f.Line, perhapsAssigned
	}
	return true, ""
}

// declarations is what a file declares; without a file, nothing is known of it.
type declarations struct {
	*syntax.File
	imports map[string]bool // the names that packages have in it
}

func (in *Inspector) declarations(file string) *declarations {
	d, ok := in.parsed[file]
	if !ok {
		d = newDeclarations(syntax.Open(in.Files.Find(file)))
		in.parsed[file] = d
	}
	return d
}

func newDeclarations(file *syntax.File) *declarations {
	d := &declarations{File: file, imports: make(map[string]bool)}
	if file == nil {
		return d
	}
	for _, i := range file.Tree.Imports {
		name := ""
		if i.Name != nil {
			name = i.Name.Name
		} else if p, err := strconv.Unquote(i.Path.Value); err == nil {
			name = path.Base(p)
		}
		d.imports[name] = true
	}
	return d
}

// verdict says what became of a declaration.
type verdict int

const (
	notFound verdict = iota // there is none in the file
	done                    // it was carried out
	failed                  // it is what failed
	doubtful                // it, or what stands behind it in the line
)

// verdict judges the declaration of name on line declared after the failure of line at.
func (d *declarations) verdict(name string, declared, at int) verdict {
	result := notFound
	if d.File == nil {
		return result
	}
	ast.Inspect(d.Tree, func(n ast.Node) bool {
		if n == nil || result != notFound {
			return false
		}
		if d.Line(n.Pos()) > declared || d.Line(n.End()) < declared {
			_, isFile := n.(*ast.File)
			return isFile
		}
		names, values, end := declares(n)
		for _, id := range names {
			if id, ok := id.(*ast.Ident); !ok || id.Name != name || d.Line(id.Pos()) != declared {
				continue
			}
			switch {
			case at > d.Line(end):
				result = done
			case !d.anyRisky(values, len(names)):
				result = done
			case d.riskyAfter(end, at):
				result = doubtful
			default:
				result = failed
			}
		}
		return true
	})
	return result
}

// declares returns what n declares, from which expressions, and where it ends.
func declares(n ast.Node) (names, values []ast.Expr, end token.Pos) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok == token.DEFINE {
			return n.Lhs, n.Rhs, n.End()
		}
	case *ast.RangeStmt:
		if n.Tok == token.DEFINE {
			return []ast.Expr{n.Key, n.Value}, []ast.Expr{n.X, &ast.CallExpr{Fun: n.X}}, n.X.End()
		}
	case *ast.ValueSpec:
		for _, id := range n.Names {
			names = append(names, id)
		}
		return names, n.Values, n.End()
	}
	return nil, nil, token.NoPos
}

// anyRisky reports whether evaluating one of the values can fail. With two names for one value, looking
// something up in a map and asserting a type cannot.
func (d *declarations) anyRisky(values []ast.Expr, names int) bool {
	if names == 2 && len(values) == 1 {
		switch x := values[0].(type) {
		case *ast.IndexExpr:
			return d.risky(x.X) || d.risky(x.Index)
		case *ast.TypeAssertExpr:
			return d.risky(x.X)
		}
	}
	for _, v := range values {
		if d.risky(v) {
			return true
		}
	}
	return false
}

// safe are the calls that do not fail: of what the language has built in, and conversions.
var safe = map[string]bool{
	"len": true, "cap": true, "append": true, "new": true, "min": true, "max": true, "real": true, "imag": true, "complex": true,
	"string": true, "bool": true, "byte": true, "rune": true, "error": true, "any": true, "uintptr": true, "float32": true, "float64": true,
	"int": true, "int8": true, "int16": true, "int32": true, "int64": true, "uint": true, "uint8": true, "uint16": true, "uint32": true, "uint64": true,
}

// risky reports whether carrying n out can fail.
func (d *declarations) risky(n ast.Node) (risky bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false // it is not called by being there
		case *ast.CallExpr:
			id, ok := n.Fun.(*ast.Ident)
			risky = risky || !ok || !safe[id.Name]
		case *ast.SelectorExpr:
			id, ok := n.X.(*ast.Ident)
			risky = risky || !ok || !d.isPackage(id)
		case *ast.TypeAssertExpr:
			risky = risky || n.Type != nil // else it is a type switch's
		case *ast.IndexExpr, *ast.SliceExpr, *ast.StarExpr, *ast.SendStmt:
			risky = true
		case *ast.BinaryExpr:
			switch n.Op {
			case token.QUO, token.REM, token.SHL, token.SHR, token.EQL, token.NEQ: // interfaces that hold slices do not compare
				risky = true
			}
		}
		return !risky
	})
	return risky
}

// isPackage reports whether id is an imported package, and not a variable that has taken its name.
func (d *declarations) isPackage(id *ast.Ident) bool {
	f := d.enclosing(d.Line(id.Pos()))
	if !d.imports[id.Name] || f == nil {
		return d.imports[id.Name]
	}
	taken := false
	ast.Inspect(f, func(n ast.Node) bool {
		names, _, _ := declares(n)
		if field, ok := n.(*ast.Field); ok {
			for _, name := range field.Names {
				names = append(names, name)
			}
		}
		taken = taken || slices.ContainsFunc(names, func(e ast.Expr) bool {
			name, ok := e.(*ast.Ident)
			return ok && name.Name == id.Name
		})
		return !taken
	})
	return !taken
}

// riskyAfter reports whether something that can fail begins on the line at, behind pos.
func (d *declarations) riskyAfter(pos token.Pos, at int) (risky bool) {
	ast.Inspect(d.Tree, func(n ast.Node) bool {
		if n == nil || risky || n.End() <= pos || d.Line(n.Pos()) > at {
			return false
		}
		_, isExpr := n.(ast.Expr)
		_, isSend := n.(*ast.SendStmt)
		if n.Pos() >= pos && d.Line(n.Pos()) == at && (isExpr || isSend) && d.risky(n) {
			risky = true
		}
		return !risky
	})
	return risky
}
