//go:build dev

package explain

import "go/ast"

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
