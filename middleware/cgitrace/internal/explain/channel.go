//go:build dev

package explain

import (
	"go/ast"
	"reflect"
)

// channel judges for "send on closed channel", "close of closed channel" and "close of
// nil channel".
func (e *evaluator) channel(op operation, f failure) (verdict, string) {
	var ch ast.Expr
	send := f.fields[0] == "send on"
	switch n := op.node.(type) {
	case *ast.SendStmt:
		if send {
			ch = n.Chan
		}
	case *ast.CallExpr:
		if op.use == invoked && !send {
			ch = e.closes(n)
		}
	case *ast.DeferStmt:
		if ch = e.closes(n.Call); ch != nil && !e.settled(ch) {
			return unknown, ""
		}
	}
	if ch == nil {
		return sound, ""
	}
	o := e.eval(ch)
	if k := o.kind(); k != reflect.Chan && k != reflect.Invalid {
		return sound, ""
	}
	isNil, known := o.isNil()
	name := e.source(ch)
	switch {
	case known && isNil != (f.fields[1] == "nil"):
		return sound, ""
	case f.fields[1] == "nil" && known:
		return failing, name + " is nil" + ofType(o) + "; there is nothing to close"
	case f.fields[1] == "nil":
		return unknown, name + " was nil" + ofType(o) + "; there is nothing to close"
	}
	v, verb := unknown, " was "
	if closed, ok := o.closed(); ok {
		if !closed {
			return sound, ""
		}
		v, verb = failing, " is "
	}
	if send {
		return v, name + verb + "closed" + ofType(o) + "; nothing can be sent on it"
	}
	return v, name + verb + "closed already" + ofType(o)
}

// closes is the channel that the call closes, nil if it is another call.
func (e *evaluator) closes(call *ast.CallExpr) ast.Expr {
	if name, _ := e.builtin(call); name != "close" || len(call.Args) != 1 {
		return nil
	}
	return call.Args[0]
}
