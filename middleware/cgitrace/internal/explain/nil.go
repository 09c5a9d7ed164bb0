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
		return unknown, name + " was nil; " + member + " " + cannot(u)
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
	for i, f := range fields {
		if from.kind() == reflect.Pointer {
			use := u
			if i < len(fields)-1 {
				use = read
			}
			if v, why := e.nilOperand(from, n.X, name, member, use); v != sound {
				return v, why
			}
			from = from.deref()
		}
		from = from.field(f)
		name += "." + f.Name
	}
	return sound, ""
}

// nilReceiver judges x.m, a method. A nil pointer can be the receiver of one; it fails
// where the method is of what is pointed to, or of something embedded in that.
func (e *evaluator) nilReceiver(from operand, n *ast.SelectorExpr, u use) (verdict, string) {
	t := from.t
	if from.kind() == reflect.Pointer {
		t = t.Elem()
	}
	receiver := e.receiver(t, n.Sel.Name)
	if from.kind() == reflect.Pointer {
		if receiver == byPointer {
			return sound, ""
		}
		switch v, why := e.nilOperand(from, n.X, e.source(n.X), "."+n.Sel.Name, u); {
		case v == failing && receiver == unknownReceiver:
			return unknown, why
		case v != sound:
			return v, why
		}
		from = from.deref()
	}
	if receiver == byPointer || receiver == byValue {
		return sound, ""
	}
	return e.nilEmbedded(from, n, u)
}

// receiver says how t's method called name takes its receiver.
func (e *evaluator) receiver(t Type, name string) receiver {
	if t == nil || t.Package() != e.pkg {
		return unknownReceiver
	}
	plain, _, _ := strings.Cut(t.Name(), "[")
	plain = plain[strings.LastIndexByte(plain, '.')+1:]
	return e.folder.method(plain, name)
}

// nilEmbedded judges a method of the struct from that is promoted, or may be, from something embedded
// that is nil.
func (e *evaluator) nilEmbedded(from operand, n *ast.SelectorExpr, u use) (verdict, string) {
	if from.kind() != reflect.Struct {
		return sound, ""
	}
	var owners []Field
	for _, f := range from.t.Fields() {
		if f.Embedded && e.mayHave(f.Type, n.Sel.Name, 0) {
			owners = append(owners, f)
		}
	}
	v, why := sound, ""
	for _, f := range owners {
		inner, sentence := e.nilOwner(from.field(f), e.source(n.X)+"."+f.Name, n, u)
		switch {
		case inner == sound:
		case len(owners) == 1:
			return inner, sentence
		case v == sound:
			v, why = unknown, sentence
		default:
			why = ""
		}
	}
	return v, why
}

// nilOwner judges a method of o, which is embedded and called name.
func (e *evaluator) nilOwner(o operand, name string, n *ast.SelectorExpr, u use) (verdict, string) {
	switch o.kind() {
	case reflect.Struct:
		return e.nilEmbedded(o, n, u)
	case reflect.Pointer:
		if e.receiver(o.t.Elem(), n.Sel.Name) == byPointer {
			return sound, ""
		}
	case reflect.Interface:
	default:
		return sound, ""
	}
	v, why := e.nilOperand(o, n.X, name, "."+n.Sel.Name, u)
	if v == failing && o.kind() == reflect.Pointer && e.receiver(o.t.Elem(), n.Sel.Name) == unknownReceiver {
		v = unknown
	}
	return v, why
}

// mayHave reports whether a type can have the method, as far as the package's files say.
func (e *evaluator) mayHave(t Type, method string, depth int) bool {
	const maxDepth = 8
	if t == nil || depth > maxDepth {
		return true
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct || e.receiver(t, method) != promoted {
		return true
	}
	for _, f := range t.Fields() {
		if f.Embedded && e.mayHave(f.Type, method, depth+1) {
			return true
		}
	}
	return false
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
		return e.nilMethod(x)
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
	return e.nilMethod(sel)
}

// nilMethod judges a call of x.m.
func (e *evaluator) nilMethod(x *ast.SelectorExpr) (verdict, string) {
	if pkg, ok := e.packageOf(x.X); ok {
		if _, variable := e.scope.Global(pkg, x.Sel.Name); !variable && pkg != "" {
			return sound, "" // a declared function
		}
		return e.nilFunction(x)
	}
	from := e.eval(x.X)
	switch from.kind() {
	case reflect.Invalid:
		if is, _ := e.isType(x.X); is {
			return sound, ""
		}
		return e.nilSelector(x, invoked)
	case reflect.Interface:
		if v, why := e.isNil(x.X, "."+x.Sel.Name, invoked); v != sound {
			return v, why
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
