//go:build dev

package explain

import (
	"go/ast"
	"reflect"
	"strings"
)

// nilDereference judges for "invalid memory address or nil pointer dereference".
func (e *evaluator) nilDereference(op operation, _ failure) (verdict, string) {
	switch n := op.node.(type) {
	case *ast.SelectorExpr:
		return e.nilSelector(n, op.use)
	case *ast.StarExpr:
		return e.isNil(n.X, "*"+e.source(n.X), op.use)
	case *ast.IndexExpr:
		return e.nilArray(n.X, op.use)
	case *ast.SliceExpr:
		return e.nilArray(n.X, op.use)
	case *ast.CallExpr:
		if op.use != invoked {
			return e.nilLater(n)
		}
		return e.nilCallee(n)
	case *ast.RangeStmt:
		return e.nilRange(n)
	case *ast.DeferStmt:
		return e.nilDeferred(n)
	}
	return sound, ""
}

// isNil judges an operation that fails when x is nil, and that does something with member.
func (e *evaluator) isNil(x ast.Expr, member string, u use) (verdict, string) {
	return e.nilOperand(e.eval(x), x, e.source(x), member, u)
}

// nilOperand is isNil for o, which is x or something reached from it, called name.
func (e *evaluator) nilOperand(o operand, x ast.Expr, name, member string, u use) (verdict, string) {
	isNil, ok := o.isNil()
	switch {
	case ok && !isNil:
		return sound, ""
	case ok:
		return failing, name + " is nil" + ofType(o) + e.missing(o, x) + "; " + member + " " + cannot(u)
	}
	return unknown, name + " was nil" + ofType(o) + "; " + member + " " + cannot(u)
}

// ofType is o's type in brackets.
func ofType(o operand) string {
	if name := o.typeName(); name != "" {
		return " (" + name + ")"
	}
	return ""
}

func cannot(u use) string {
	switch u {
	case set:
		return "cannot be set"
	case addressed:
		return "cannot be reached"
	case invoked:
		return "cannot be called"
	}
	return "cannot be read"
}

// missing says why x, which is o, is nil if it is so for a map that has no such entry.
func (e *evaluator) missing(o operand, x ast.Expr) string {
	entry, ok := ast.Unparen(x).(*ast.IndexExpr)
	if !ok || !o.absent {
		return ""
	}
	m := e.eval(entry.X)
	if m.kind() != reflect.Map {
		return ""
	}
	if isNil, _ := m.isNil(); isNil {
		return ", for " + e.source(entry.X) + " is nil"
	}
	return ", for " + e.source(entry.X) + " has no such key"
}

// nilSelector judges x.f, a field or a method.
func (e *evaluator) nilSelector(n *ast.SelectorExpr, u use) (verdict, string) {
	from, name, member := e.eval(n.X), e.source(n.X), "."+n.Sel.Name
	switch from.kind() {
	case reflect.Invalid:
		return unknown, e.nilResult(n, u)
	case reflect.Interface:
		if u == invoked {
			return sound, "" // the call is judged, which can stand on another line
		}
		return e.nilOperand(from, n.X, name, member, u)
	case reflect.Pointer, reflect.Struct:
	default:
		return sound, "" // a method of a type of another kind
	}
	fields, ok := fieldPath(from.t, n.Sel.Name)
	if !ok {
		return unknown, ""
	}
	if len(fields) == 0 {
		return e.nilReceiver(from, n, u)
	}
	v, why := sound, ""
	for i, f := range fields {
		if from.kind() == reflect.Pointer {
			if i < len(fields)-1 {
				u = read
			}
			switch step, sentence := e.nilOperand(from, n.X, name, member, u); {
			case step == failing && v == sound:
				return step, sentence
			case step != sound && v == sound:
				v, why = step, sentence
			case step != sound:
				why = "" // one of several
			}
			from = from.deref()
		}
		from = from.field(f)
		name += "." + f.Name
	}
	return v, why
}

// nilArray judges what is done to the elements of x: it fails where x is a nil pointer
// to an array.
func (e *evaluator) nilArray(x ast.Expr, u use) (verdict, string) {
	switch e.eval(x).kind() {
	case reflect.Invalid:
		return unknown, ""
	case reflect.Pointer:
		return e.isNil(x, "its elements", u)
	}
	return sound, ""
}

// nilRange judges the beginning of a loop.
func (e *evaluator) nilRange(n *ast.RangeStmt) (verdict, string) {
	over := e.eval(n.X)
	switch over.kind() {
	case reflect.Invalid:
		return unknown, ""
	case reflect.Pointer:
		if n.Value == nil || isIdent(n.Value, "_") {
			return sound, "" // the length of an array is in its type
		}
	case reflect.Func:
	default:
		return sound, ""
	}
	v, why := e.isNil(n.X, "it", read)
	return v, strings.TrimSuffix(why, "; it cannot be read") + "; there is nothing to range over"
}
