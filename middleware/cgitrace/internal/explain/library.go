//go:build dev

package explain

import (
	"go/ast"
	"go/constant"
	"go/token"
	"math"
	"reflect"
)

// A library function panics in its own frame. What was wrong is in the call, on the application's
// line.

// callee returns the name under which a call calls a function or method, and its arguments.
func callee(n ast.Node) (name string, args []ast.Expr) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return "", nil
	}
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.SelectorExpr:
		return fun.Sel.Name, call.Args
	case *ast.Ident:
		return fun.Name, call.Args
	}
	return "", nil
}

// argument judges calls of a function that takes no argument below least as its i-th. The
// failure's first gap is the function's name, if the text has it.
func argument(function string, i int, least int64, why string) func(*evaluator, operation, failure) (verdict, string) {
	return func(e *evaluator, op operation, f failure) (verdict, string) {
		want := function
		if want == "" {
			want = f.fields[0]
		}
		name, args := callee(op.node)
		if name != want || i >= len(args) {
			return sound, ""
		}
		c, ok := e.eval(args[i]).constant()
		switch {
		case !ok || c.Kind() != constant.Int:
			return unknown, e.source(args[i]) + " was out of range; " + why
		case constant.Compare(c, token.GEQ, constant.MakeInt64(least)):
			return sound, ""
		}
		return failing, e.value(args[i], c) + "; " + why
	}
}

// nilParent judges for "cannot create context from nil parent".
func (e *evaluator) nilParent(op operation, _ failure) (verdict, string) {
	call, ok := op.node.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return sound, ""
	}
	switch name, _ := callee(call); name {
	case "WithCancel", "WithCancelCause", "WithDeadline", "WithDeadlineCause", "WithTimeout", "WithTimeoutCause", "WithValue", "WithoutCancel":
	default:
		return sound, ""
	}
	parent := e.eval(call.Args[0])
	if parent.literalNil() {
		return failing, "the parent is nil"
	}
	const why = "; a context needs a parent"
	switch isNil, ok := parent.isNil(); {
	case !ok:
		return unknown, e.source(call.Args[0]) + " was nil" + ofType(parent) + why
	case !isNil:
		return sound, ""
	}
	return failing, e.source(call.Args[0]) + " is nil" + ofType(parent) + why
}

// waitGroup judges for "sync: negative WaitGroup counter".
func (e *evaluator) waitGroup(op operation, _ failure) (verdict, string) {
	switch name, _ := callee(op.node); name {
	case "Done", "Add":
	default:
		return sound, ""
	}
	sel, ok := ast.Unparen(op.node.(*ast.CallExpr).Fun).(*ast.SelectorExpr)
	if !ok {
		return sound, ""
	}
	const why = ": Done was called more often than Add had counted"
	group, name := e.eval(sel.X), e.source(sel.X)
	if group.kind() == reflect.Pointer {
		group = group.deref()
	}
	if group.kind() == reflect.Struct && group.typeName() != "sync.WaitGroup" {
		fields, ok := fieldPath(group.t, "WaitGroup")
		if !ok || len(fields) != 1 || fields[0].Type == nil || fields[0].Type.Kind() != reflect.Struct {
			return sound, ""
		}
		group, name = group.field(fields[0]), name+".WaitGroup"
	}
	if k := group.kind(); k != reflect.Struct && k != reflect.Invalid {
		return sound, ""
	}
	count, ok := counter(group)
	switch {
	case !ok:
		return unknown, name + " counted less than 0" + why
	case count >= 0:
		return sound, ""
	}
	return failing, name + " counts " + constant.MakeInt64(int64(count)).ExactString() + why
}

// counter reads a sync.WaitGroup: the upper half of its state is what Done counts down.
func counter(group operand) (int32, bool) {
	if group.v == nil {
		return 0, false
	}
	state, ok := group.v.Field("state")
	if !ok {
		return 0, false
	}
	word, ok := state.Field("v")
	if !ok {
		return 0, false
	}
	c, ok := word.Constant()
	if !ok {
		return 0, false
	}
	n, exact := constant.Uint64Val(c)
	return int32(n >> 32 & math.MaxUint32), exact
}
