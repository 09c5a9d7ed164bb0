//go:build dev

package explain

import (
	"go/ast"
	"go/token"
	"reflect"
)

// nilCallee judges a call by what is called.
func (e *evaluator) nilCallee(call *ast.CallExpr) (verdict, string) {
	if _, ok := e.builtin(call); ok {
		return sound, ""
	}
	if is, _ := e.isType(call.Fun); is {
		return sound, ""
	}
	fun := ast.Unparen(call.Fun)
	switch x := fun.(type) {
	case *ast.IndexExpr:
		if e.eval(x.X).t == nil {
			fun = x.X // an instance of a generic function
		}
	case *ast.IndexListExpr:
		fun = x.X
	}
	switch x := fun.(type) {
	case *ast.FuncLit:
		return sound, ""
	case *ast.Ident:
		if e.meaning(x).kind == functionName {
			return sound, ""
		}
	case *ast.SelectorExpr:
		return e.nilMethod(call, x)
	}
	return e.nilFunction(fun)
}

// nilLater judges a defer or go statement, which fails by itself only where a method of an
// interface is to be called.
func (e *evaluator) nilLater(call *ast.CallExpr) (verdict, string) {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return sound, ""
	}
	if _, ok := e.packageOf(sel.X); ok || e.eval(sel.X).kind() != reflect.Interface {
		return sound, ""
	}
	return e.nilMethod(call, sel)
}

// nilMethod judges the call of x.m.
func (e *evaluator) nilMethod(call *ast.CallExpr, x *ast.SelectorExpr) (verdict, string) {
	if pkg, ok := e.packageOf(x.X); ok {
		if _, variable := e.scope.Global(pkg, x.Sel.Name); variable || pkg == "" {
			return e.nilFunction(x)
		}
		if pkg == "sync/atomic" && len(call.Args) > 0 {
			return e.nilAtomic(call, x)
		}
		return sound, "" // a declared function
	}
	from := e.eval(x.X)
	switch from.kind() {
	case reflect.Invalid:
		if is, _ := e.isType(x.X); is {
			return sound, ""
		}
		return e.nilSelector(x, invoked)
	case reflect.Interface:
		switch v, why := e.isNil(x.X, "."+x.Sel.Name, invoked); v {
		case failing:
			return v, why
		case unknown:
			return v, e.source(x.X) + " was nil" + ofType(from) + ", or held a nil pointer; ." + x.Sel.Name + " cannot be called"
		}
		return e.nilInside(from, x)
	}
	if e.eval(x).kind() == reflect.Func {
		return e.nilFunction(x)
	}
	if fields, ok := fieldPath(from.t, x.Sel.Name); ok && len(fields) == 0 {
		return sound, "" // a method: its receiver was judged
	}
	return unknown, ""
}

// nilAtomic judges the call of a function of sync/atomic, which the compiler puts into the line as
// one instruction.
func (e *evaluator) nilAtomic(call *ast.CallExpr, x *ast.SelectorExpr) (verdict, string) {
	p := call.Args[0]
	if u, ok := ast.Unparen(p).(*ast.UnaryExpr); ok && u.Op == token.AND {
		return sound, ""
	}
	o := e.eval(p)
	switch isNil, ok := o.isNil(); {
	case !ok:
		return unknown, ""
	case !isNil:
		return sound, ""
	}
	return failing, e.source(p) + " is nil" + ofType(o) + "; there is nothing for " + e.source(x) + " to work on"
}

// nilInside judges a call of x.m for what the interface x, which is not nil, holds: a nil pointer to
// what the method needs.
func (e *evaluator) nilInside(o operand, x *ast.SelectorExpr) (verdict, string) {
	in, ok := o.v.Dynamic()
	if !ok {
		return unknown, ""
	}
	t := in.Type()
	if t.Kind() != reflect.Pointer || t.Elem() == nil {
		return sound, ""
	}
	switch isNil, ok := in.Nil(); {
	case !ok:
		return unknown, ""
	case !isNil:
		return sound, ""
	}
	why := e.source(x.X) + " holds a nil " + t.Name() + "; ." + x.Sel.Name + " needs " + article(t.Elem().Name())
	switch e.receiver(t.Elem(), x.Sel.Name) {
	case byPointer:
		return sound, ""
	case unknownReceiver:
		return unknown, why
	}
	return failing, why
}

// nilFunction judges a call of the function value x.
func (e *evaluator) nilFunction(x ast.Expr) (verdict, string) {
	f := e.eval(x)
	name := e.source(x)
	switch isNil, ok := f.isNil(); {
	case ok && !isNil:
		return sound, ""
	case ok:
		return failing, name + " is nil" + ofType(f) + e.missing(f, x) + " and cannot be called"
	}
	return unknown, name + " was nil" + ofType(f) + " and cannot be called"
}

// nilDeferred judges a deferred call. The function was looked up at the defer statement
// and is looked at now, so that nil is not proven for a variable that changes.
func (e *evaluator) nilDeferred(n *ast.DeferStmt) (verdict, string) {
	v, why := e.nilCallee(n.Call)
	switch {
	case v != failing:
		return v, ""
	case !e.settled(n.Call.Fun):
		return unknown, ""
	}
	return failing, why
}

// nilArgument judges for "panic called with nil argument".
func (e *evaluator) nilArgument(op operation, _ failure) (verdict, string) {
	call, ok := op.node.(*ast.CallExpr)
	if !ok {
		return sound, ""
	}
	if name, _ := e.builtin(call); name != "panic" || len(call.Args) != 1 {
		return sound, ""
	}
	x := call.Args[0]
	o := e.eval(x)
	isNil, known := o.isNil()
	switch {
	case o.literalNil():
		return failing, "panic was called with nil"
	case !known:
		return unknown, e.source(x) + " was nil; panic needs a value"
	case !isNil:
		return sound, ""
	}
	return failing, e.source(x) + " is nil" + ofType(o) + "; panic needs a value"
}
