//go:build dev

package explain

import (
	"go/ast"
	"go/constant"
	"go/token"
	"reflect"
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
)

// thrown says why the program came to the panic on the line, one of its own: from where it has the
// error that it panics with, which value no case of a switch takes, or what the condition of the if
// around it found.
func (e *evaluator) thrown(panics func(*evaluator, *ast.CallExpr) bool) string {
	var call *ast.CallExpr
	for _, op := range e.operations() {
		c, ok := op.node.(*ast.CallExpr)
		if !ok || !panics(e, c) {
			continue
		}
		if call != nil {
			return ""
		}
		call = c
	}
	if call == nil {
		return ""
	}
	around := e.around(call)
	if why := e.fromError(call); why != "" {
		return why
	}
	for i := len(around) - 1; i > 0; i-- {
		switch n := around[i].(type) {
		case *ast.FuncLit, *ast.ForStmt, *ast.RangeStmt, *ast.SelectStmt:
			return ""
		case *ast.IfStmt:
			if contains(n.Body, call) {
				return e.condition(n.Cond, call)
			}
			return ""
		case *ast.CaseClause:
			if n.List != nil || i < 2 {
				return ""
			}
			return e.noCase(around[i-2], call)
		}
	}
	return ""
}

// isPanic reports whether c is a call of panic.
func (e *evaluator) isPanic(c *ast.CallExpr) bool {
	name, _ := e.builtin(c)
	return name == "panic"
}

// isLogPanic reports whether c is a call of what package log has in the place of panic.
func (e *evaluator) isLogPanic(c *ast.CallExpr) bool {
	sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := e.packageOf(sel.X)
	return ok && pkg == "log" && (sel.Sel.Name == "Panic" || sel.Sel.Name == "Panicf" || sel.Sel.Name == "Panicln")
}

// around are the nodes of the function in which n is, outermost first.
func (e *evaluator) around(n ast.Node) []ast.Node { return path(e.body, n) }

// path is the nodes from outer to n.
func path(outer, n ast.Node) (nodes []ast.Node) {
	ast.Inspect(outer, func(at ast.Node) bool {
		if at == nil || !contains(at, n) {
			return false
		}
		nodes = append(nodes, at)
		return true
	})
	return nodes
}

func contains(outer, inner ast.Node) bool {
	return outer.Pos() <= inner.Pos() && inner.End() <= outer.End()
}

// fromError says from where the error comes that stands among the arguments of the call.
func (e *evaluator) fromError(call *ast.CallExpr) (why string) {
	ast.Inspect(call, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || why != "" {
			return why == ""
		}
		if o := e.eval(id); o.typeName() != "error" {
			return true
		}
		why = e.cameFrom(id)
		return true
	})
	return why
}

// noCase says which value came to the default of a switch.
func (e *evaluator) noCase(n ast.Node, call ast.Node) string {
	switch n := n.(type) {
	case *ast.SwitchStmt:
		if n.Tag == nil || e.changed(n.Tag, n.Body, call) {
			return ""
		}
		o := e.eval(n.Tag)
		for _, clause := range n.Body.List {
			for _, x := range clause.(*ast.CaseClause).List {
				if equal, ok := equals(o, e.eval(x)); ok && equal {
					return ""
				}
			}
		}
		if text := e.shown(n.Tag, o); text != "" {
			return e.source(n.Tag) + " is " + text + ", for which the switch has no case"
		}
	case *ast.TypeSwitchStmt:
		x := asserted(n.Assign)
		if x == nil || e.changed(x, n.Body, call) {
			return ""
		}
		o := e.eval(x)
		if isNil, ok := o.isNil(); ok && isNil {
			return e.source(x) + " is nil, for which the switch has no case"
		}
		if v, ok := e.dynamic(x); ok {
			return e.source(x) + " is " + article(v.Type().Name()) + ", for which the switch has no case"
		}
	}
	return ""
}

// asserted is x in "switch v := x.(type)".
func asserted(s ast.Stmt) ast.Expr {
	var x ast.Expr
	switch s := s.(type) {
	case *ast.ExprStmt:
		x = s.X
	case *ast.AssignStmt:
		if len(s.Rhs) == 1 {
			x = s.Rhs[0]
		}
	}
	if assert, ok := x.(*ast.TypeAssertExpr); ok {
		return assert.X
	}
	return nil
}

// changed reports whether a variable in x may get another value in body, before the call.
func (e *evaluator) changed(x ast.Expr, body, call ast.Node) (may bool) {
	ast.Inspect(x, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			for _, at := range e.assignments(body, id.Name, e.resolve(id)) {
				may = may || at.Pos() < call.Pos()
			}
		}
		return !may
	})
	return may
}

// shown is the value of x as it stands in a sentence, "" if it is unknown or has parts.
func (e *evaluator) shown(x ast.Expr, o operand) string {
	if isNil, ok := o.isNil(); ok && isNil {
		return "nil" + ofType(o)
	}
	c, ok := o.constant()
	if !ok {
		return ""
	}
	text := e.digits(x, c)
	if t := o.typeName(); t != "" && o.t.Package() != "" {
		text += " (" + t + ")"
	}
	return shorten(text)
}

// condition says why a condition that led to the call holds.
func (e *evaluator) condition(x ast.Expr, call ast.Node) string {
	if c, ok := e.eval(x).constant(); !ok || c.Kind() != constant.Bool || !constant.BoolVal(c) {
		return ""
	}
	switch x := ast.Unparen(x).(type) {
	case *ast.UnaryExpr:
		if id, ok := ast.Unparen(x.X).(*ast.Ident); ok && x.Op == token.NOT {
			return e.notOK(id)
		}
	case *ast.BinaryExpr:
		switch x.Op {
		case token.LOR:
			if why := e.condition(x.X, call); why != "" {
				return why
			}
			return e.condition(x.Y, call)
		case token.LAND:
			left, right := e.condition(x.X, call), e.condition(x.Y, call)
			if left != "" && right != "" {
				return left + "; " + right
			}
			return left + right
		}
		return e.comparison(x)
	}
	return ""
}

// comparison says why x, a comparison, holds.
func (e *evaluator) comparison(x *ast.BinaryExpr) string {
	left, right := e.eval(x.X), e.eval(x.Y)
	if left.literalNil() || right.literalNil() {
		side, o := x.X, left
		if left.literalNil() {
			side, o = x.Y, right
		}
		if x.Op == token.NEQ {
			return ""
		}
		why := e.source(side) + " is nil" + ofType(o)
		if id, ok := ast.Unparen(side).(*ast.Ident); ok {
			if from := e.cameFrom(id); from != "" {
				why += "; it" + strings.TrimPrefix(from, id.Name)
			}
		}
		return why
	}
	var of []string
	for _, side := range []struct {
		x ast.Expr
		o operand
	}{{x.X, left}, {x.Y, right}} {
		if _, literal := ast.Unparen(side.x).(*ast.BasicLit); literal || e.isConstant(side.x) {
			continue
		}
		text := e.shown(side.x, side.o)
		if text == "" {
			return ""
		}
		if e.secret(x) {
			text = redact.Mask // what is compared with a secret is one, or was meant to be
		}
		of = append(of, e.source(side.x)+" is "+text)
	}
	switch {
	case len(of) == 0, len(of) == 1 && x.Op == token.EQL:
		return ""
	case len(of) == 2:
		return e.source(x) + ", for " + of[0] + " and " + of[1]
	}
	return e.source(x) + ", for " + of[0]
}

// isConstant reports whether x, a literal or a minus before one, says its value itself.
func (e *evaluator) isConstant(x ast.Expr) bool {
	u, ok := ast.Unparen(x).(*ast.UnaryExpr)
	if !ok {
		return false
	}
	_, ok = u.X.(*ast.BasicLit)
	return ok
}

// notOK says why the second result of "v, ok :=" is false.
func (e *evaluator) notOK(id *ast.Ident) string {
	x, ok := e.origin(id)
	if !ok {
		return ""
	}
	switch x := ast.Unparen(x).(type) {
	case *ast.IndexExpr:
		m := e.eval(x.X)
		if m.kind() != reflect.Map {
			return ""
		}
		if isNil, ok := m.isNil(); ok && isNil {
			return e.source(x.X) + " is nil" + ofType(m)
		}
		if e.eval(x).absent {
			if key, ok := e.eval(x.Index).constant(); ok {
				return e.source(x.X) + " has no key " + e.digits(x.Index, key)
			}
		}
	case *ast.TypeAssertExpr:
		if x.Type == nil {
			return ""
		}
		if isNil, ok := e.eval(x.X).isNil(); ok && isNil {
			return e.source(x.X) + " is nil, not " + article(source(x.Type))
		}
		if v, ok := e.dynamic(x.X); ok && !sameType(v.Type().Name(), x.Type) {
			return e.source(x.X) + " is " + article(v.Type().Name()) + ", not " + article(source(x.Type))
		}
	case *ast.CallExpr:
		return e.cameFrom(id)
	}
	return ""
}
