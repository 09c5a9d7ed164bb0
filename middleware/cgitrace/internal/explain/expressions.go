//go:build dev

package explain

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// Bounds on the expressions of one line.
const (
	maxExpressions = 24  // that are shown
	maxLooked      = 400 // that are looked at
)

// expressions are those of the statement on the site's line that have a value, each once.
func (e *evaluator) expressions() []Expression {
	var all, onLine []Expression
	seen := make(map[string]bool)
	looked := 0
	add := func(x ast.Expr) {
		if looked++; looked > maxLooked {
			return
		}
		if id, ok := x.(*ast.Ident); ok && types.Universe.Lookup(id.Name) != nil && e.resolve(id).kind == unbound {
			return
		}
		o := e.eval(x)
		text := e.source(x)
		if seen[text] {
			return
		}
		n, ok := e.node(x, o)
		if !ok {
			return
		}
		seen[text] = true
		shown := Expression{text, n}
		all = append(all, shown)
		if e.Touches(x, e.hot) {
			onLine = append(onLine, shown)
		}
	}
	for _, n := range e.statements() {
		e.visit(n, add)
	}
	if len(all) > maxExpressions {
		all = onLine
	}
	return all[:min(len(all), maxExpressions)]
}

// node is o, which x comes to, as it is shown.
func (e *evaluator) node(x ast.Expr, o operand) (value.Node, bool) {
	name := lastName(x)
	var n value.Node
	switch {
	case o.v != nil:
		n = o.v.Node(name)
		if n.Text == "" {
			return n, false
		}
		n.Name = ""
	case o.c != nil:
		n = value.Node{Type: o.typeName(), Text: o.c.ExactString()}
	case o.absent:
		n = value.Node{Type: o.typeName(), Text: "nil", Note: "the map has no such key"}
		if c, ok := zero(o.kind()); ok {
			n.Text = c.ExactString()
		} else if isNil, ok := o.isNil(); !ok || !isNil {
			n.Text = "{}"
		}
	default:
		return n, false
	}
	if e.secret(x) && !n.Masked && o.v == nil {
		n = value.Node{Type: n.Type, Text: redact.Mask, Masked: true}
	}
	return n, true
}

// lastName is the name under which x is looked at for secrets: that of its field or
// variable.
func lastName(x ast.Expr) string {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	case *ast.IndexExpr:
		return lastName(x.X)
	case *ast.StarExpr:
		return lastName(x.X)
	}
	return ""
}

// visit calls add with the expressions in n whose values are worth a line, parts before wholes.
func (e *evaluator) visit(n ast.Node, add func(ast.Expr)) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.FuncLit, *ast.BlockStmt, *ast.CaseClause, *ast.CommClause, *ast.ArrayType, *ast.MapType, *ast.StructType, *ast.FuncType, *ast.InterfaceType, *ast.ChanType:
			return false
		case *ast.SelectorExpr:
			if _, ok := e.packageOf(x.X); !ok {
				e.visit(x.X, add)
			}
			add(x)
			return false
		case *ast.KeyValueExpr:
			if _, field := x.Key.(*ast.Ident); !field {
				e.visit(x.Key, add)
			}
			e.visit(x.Value, add)
			return false
		case *ast.AssignStmt:
			if x.Tok == token.DEFINE {
				for _, right := range x.Rhs {
					e.visit(right, add)
				}
				return false
			}
		case *ast.Ident:
			add(x)
		case *ast.IndexExpr:
			e.visit(x.X, add)
			e.visit(x.Index, add)
			add(x)
			return false
		case *ast.StarExpr:
			e.visit(x.X, add)
			add(x)
			return false
		case *ast.TypeAssertExpr:
			e.visit(x.X, add)
			return false
		case *ast.CallExpr:
			if name, ok := e.builtin(x); ok {
				for _, arg := range x.Args {
					e.visit(arg, add)
				}
				if name == "len" || name == "cap" {
					add(x)
				}
				return false
			}
		case *ast.BinaryExpr:
			e.visit(x.X, add)
			e.visit(x.Y, add)
			switch x.Op {
			case token.ADD, token.SUB, token.MUL, token.QUO, token.REM, token.AND, token.OR, token.XOR, token.SHL, token.SHR, token.AND_NOT:
				add(x)
			}
			return false
		}
		return true
	})
}

// statements are the innermost statements on the line, or their parts before a block.
func (e *evaluator) statements() (found []ast.Node) {
	ast.Inspect(e.body, func(n ast.Node) bool {
		if n == nil || !e.Touches(n, e.hot) {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ExprStmt, *ast.SendStmt, *ast.IncDecStmt, *ast.AssignStmt, *ast.GoStmt, *ast.DeferStmt, *ast.ReturnStmt, *ast.DeclStmt:
			found = append(found, n)
			return false
		case *ast.IfStmt:
			found = append(found, e.header(n.Cond)...)
		case *ast.ForStmt:
			found = append(found, e.header(n.Cond)...)
		case *ast.SwitchStmt:
			found = append(found, e.header(n.Tag)...)
		case *ast.RangeStmt:
			found = append(found, e.header(n.X)...)
		case *ast.CaseClause:
			for _, x := range n.List {
				found = append(found, e.header(x)...)
			}
		}
		return true
	})
	return found
}

// header is x, of the head of a statement, if it is on the line.
func (e *evaluator) header(x ast.Expr) []ast.Node {
	if x == nil || !e.Touches(x, e.hot) {
		return nil
	}
	return []ast.Node{x}
}
