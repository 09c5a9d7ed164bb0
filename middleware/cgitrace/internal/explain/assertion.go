//go:build dev

package explain

import (
	"go/ast"
	"reflect"
	"strings"
)

// assertion judges for "interface conversion: interface {} is string, not int".
func (e *evaluator) assertion(op operation, f failure) (verdict, string) {
	n, ok := op.node.(*ast.TypeAssertExpr)
	if !ok {
		return sound, ""
	}
	holds, wants := f.fields[1], f.fields[2]
	v, known := e.holds(n, holds)
	if v == sound {
		return sound, ""
	}
	if !sameType(wants, n.Type) {
		v = unknown // an alias, a type parameter or the wrong one
	}
	verb := " is "
	if !known {
		verb = " was "
	}
	if holds == "nil" {
		return v, e.source(n.X) + verb + "nil, not " + article(wants)
	}
	return v, e.source(n.X) + verb + article(holds) + ", not " + article(wants)
}

// missingMethod judges for "interface conversion: main.T is not main.I: missing method M".
func (e *evaluator) missingMethod(op operation, f failure) (verdict, string) {
	n, ok := op.node.(*ast.TypeAssertExpr)
	if !ok {
		return sound, ""
	}
	holds, wants, method := f.fields[0], f.fields[1], f.fields[2]
	v, known := e.holds(n, holds)
	if v == sound {
		return sound, ""
	}
	if !sameType(wants, n.Type) {
		v = unknown
	}
	verb := " is "
	if !known {
		verb = " was "
	}
	return v, e.source(n.X) + verb + article(holds) + ", which has no method " + method + " and so is no " + wants
}

// holds judges n by whether what it asserts something of holds a value of the type that the
// runtime says, "nil" for none.
func (e *evaluator) holds(n *ast.TypeAssertExpr, name string) (v verdict, known bool) {
	o := e.eval(n.X)
	isNil, ok := o.isNil()
	if o.kind() != reflect.Interface || !ok {
		return unknown, false
	}
	if isNil != (name == "nil") {
		return sound, true
	}
	if isNil {
		return failing, true
	}
	in, ok := o.v.Dynamic()
	if !ok {
		return unknown, false
	}
	if !sameName(in.Type().Name(), name) {
		return sound, true
	}
	return failing, true
}

// article puts "a" or "an" before the name of a type.
func article(name string) string {
	if name == "" {
		return "nothing"
	}
	if strings.IndexByte("aeio", name[0]) >= 0 {
		return "an " + name
	}
	return "a " + name // "uint" is spoken with a consonant
}

// nilInInterface judges for "value method main.T.String called using nil *T pointer".
func (e *evaluator) nilInInterface(op operation, f failure) (verdict, string) {
	call, ok := op.node.(*ast.CallExpr)
	if !ok {
		return sound, ""
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || !strings.HasSuffix(f.fields[0], "."+sel.Sel.Name) {
		return sound, ""
	}
	typ := strings.TrimSuffix(f.fields[0], "."+sel.Sel.Name)
	why := " a nil *" + typ + "; ." + sel.Sel.Name + " needs " + article(typ)
	o := e.eval(sel.X)
	if o.kind() != reflect.Interface || o.v == nil {
		return unknown, e.source(sel.X) + " held" + why
	}
	in, ok := o.v.Dynamic()
	if !ok {
		return unknown, e.source(sel.X) + " held" + why
	}
	if isNil, ok := in.Nil(); in.Type().Kind() != reflect.Pointer || ok && !isNil {
		return sound, ""
	}
	return failing, e.source(sel.X) + " holds" + why
}

// incomparable judges for "hash of unhashable type []int" and "comparing uncomparable type []int".
func (e *evaluator) incomparable(op operation, f failure) (verdict, string) {
	var candidates []ast.Expr
	why := ", which cannot be compared"
	switch n := op.node.(type) {
	case *ast.IndexExpr:
		if k := e.eval(n.X).kind(); k != reflect.Map && k != reflect.Invalid || !strings.HasPrefix(f.fields[0], "hash") {
			return sound, ""
		}
		candidates = []ast.Expr{n.Index}
		why = ", which cannot be the key of a map"
	case *ast.CallExpr:
		if name, _ := e.builtin(n); name != "delete" || len(n.Args) != 2 {
			return sound, ""
		}
		candidates = []ast.Expr{n.Args[1]}
		why = ", which cannot be the key of a map"
	case *ast.BinaryExpr:
		if n.Op.String() != "==" && n.Op.String() != "!=" || !strings.HasPrefix(f.fields[0], "comparing") {
			return sound, ""
		}
		candidates = []ast.Expr{n.X, n.Y}
	}
	result := sound
	for _, x := range candidates {
		o := e.eval(x)
		switch {
		case o.kind() == reflect.Invalid:
			result = unknown
		case o.kind() == reflect.Interface && o.v != nil:
			if in, ok := o.v.Dynamic(); !ok {
				if isNil, known := o.isNil(); !known || !isNil {
					result = unknown
				}
			} else if sameName(in.Type().Name(), f.fields[1]) {
				return failing, e.source(x) + " holds " + article(f.fields[1]) + why
			} else if k := in.Type().Kind(); k == reflect.Struct || k == reflect.Array || k == reflect.Interface {
				result = unknown // it may be in there
			}
		case o.kind() == reflect.Struct || o.kind() == reflect.Array || o.kind() == reflect.Interface:
			result = unknown
		}
	}
	if result == unknown && len(candidates) == 1 {
		return unknown, e.source(candidates[0]) + " held " + article(f.fields[1]) + why
	}
	return result, ""
}
