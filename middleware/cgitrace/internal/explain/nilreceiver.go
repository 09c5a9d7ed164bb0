//go:build dev

package explain

import (
	"go/ast"
	"reflect"
	"strings"
)

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
		case v == unknown && receiver != byValue:
			return v, e.nilResult(n, u)
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

// nilEmbedded judges a method of the struct from that is promoted, or may be, from something
// embedded that is nil.
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
	const most = 8
	if t == nil || depth > most {
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
