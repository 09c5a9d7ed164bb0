//go:build dev

package explain

import (
	"go/ast"
	"go/constant"
	"go/token"
	"reflect"
)

// nilMap judges for "assignment to entry in nil map".
func (e *evaluator) nilMap(op operation, _ failure) (verdict, string) {
	n, ok := op.node.(*ast.IndexExpr)
	if !ok || op.use != set {
		return sound, ""
	}
	m := e.eval(n.X)
	if k := m.kind(); k != reflect.Map && k != reflect.Invalid {
		return sound, ""
	}
	const why = "; it has to be made before something is stored in it"
	switch isNil, ok := m.isNil(); {
	case !ok:
		return unknown, e.source(n.X) + " was a nil map" + ofType(m) + why
	case !isNil:
		return sound, ""
	}
	return failing, e.source(n.X) + " is a nil map" + ofType(m) + e.missing(m, n.X) + why
}

// impossibleSize judges for "makeslice: len out of range" and its like.
func (e *evaluator) impossibleSize(op operation, f failure) (verdict, string) {
	call, ok := op.node.(*ast.CallExpr)
	if !ok || len(call.Args) < 2 {
		return sound, ""
	}
	if name, _ := e.builtin(call); name != "make" {
		return sound, ""
	}
	if !e.makes(call.Args[0], f.fields[0]) {
		return sound, ""
	}
	x, what := call.Args[1], ""
	if f.fields[1] == "cap" {
		if len(call.Args) < 3 {
			return sound, ""
		}
		x, what = call.Args[2], "the capacity "
	}
	c, ok := e.eval(x).constant()
	if !ok {
		return unknown, what + e.source(x) + " was out of the range that make takes"
	}
	if c.Kind() != constant.Int {
		return unknown, ""
	}
	if constant.Sign(c) < 0 {
		return failing, what + e.value(x, c) + "; make takes no negative size"
	}
	if f.fields[1] == "cap" {
		n, ok := e.eval(call.Args[1]).constant()
		if ok && constant.Compare(c, token.LSS, n) {
			return failing, what + e.value(x, c) + ", less than the length, " + e.digits(call.Args[1], n)
		}
	}
	if constant.Compare(c, token.GEQ, constant.MakeInt64(1<<32)) {
		return unknown, what + e.value(x, c) + "; that many elements do not fit into memory"
	}
	return unknown, ""
}

// makes reports whether t can be the type of what the runtime was to make, a slice or
// channel.
func (e *evaluator) makes(t ast.Expr, kind string) bool {
	switch ast.Unparen(t).(type) {
	case *ast.ArrayType:
		return kind == "slice"
	case *ast.ChanType:
		return kind == "chan"
	case *ast.MapType:
		return false
	}
	return true
}

// shortSlice judges for "cannot convert slice with length 1 to array or pointer to array with
// length 2".
func (e *evaluator) shortSlice(op operation, f failure) (verdict, string) {
	call, ok := op.node.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return sound, ""
	}
	if _, ok := e.builtin(call); ok {
		return sound, ""
	}
	if is, known := e.isType(call.Fun); known && !is {
		return sound, ""
	}
	from := e.eval(call.Args[0])
	if k := from.kind(); k != reflect.Slice && k != reflect.Invalid {
		return sound, ""
	}
	length := f.number(0)
	why := "len(" + e.source(call.Args[0]) + ") is " + e.digits(call.Args[0], length) + "; " + e.source(call.Fun) + " needs " + f.fields[1]
	switch has, ok := from.length(); {
	case !ok:
		return unknown, why
	case !same(constant.MakeInt64(has), length):
		return sound, ""
	}
	if !isArray(call.Fun) {
		return unknown, why
	}
	return failing, why
}

// isArray reports whether the type is written as an array, or a pointer to one.
func isArray(t ast.Expr) bool {
	t = ast.Unparen(t)
	if star, ok := t.(*ast.StarExpr); ok {
		t = ast.Unparen(star.X)
	}
	array, ok := t.(*ast.ArrayType)
	return ok && array.Len != nil
}
