//go:build dev

package explain

import (
	"go/constant"
	"go/token"
	"reflect"
)

// basic is a type that the language declares.
type basic reflect.Kind

func (b basic) Name() string       { return reflect.Kind(b).String() }
func (b basic) Kind() reflect.Kind { return reflect.Kind(b) }
func (b basic) Elem() Type         { return nil }
func (b basic) Size() int64        { return int64(bits(reflect.Kind(b)) / 8) }
func (b basic) Len() int64         { return 0 }
func (b basic) Fields() []Field    { return nil }
func (b basic) Package() string    { return "" }

// named is a type of the source with one of the language's below it.
type named struct {
	basic
	name string
}

func (n named) Name() string { return n.name }

// bits is the size of an integer of that kind.
func bits(k reflect.Kind) int {
	switch k {
	case reflect.Int8, reflect.Uint8:
		return 8
	case reflect.Int16, reflect.Uint16:
		return 16
	case reflect.Int32, reflect.Uint32:
		return 32
	case reflect.Int, reflect.Uint, reflect.Uintptr:
		return reflect.TypeFor[int]().Bits()
	}
	return 64
}

// wrap is what an integer variable of kind k keeps of c.
func wrap(c constant.Value, k reflect.Kind) constant.Value {
	if c.Kind() != constant.Int || !integer(k) {
		return c
	}
	modulus := constant.Shift(constant.MakeInt64(1), token.SHL, uint(bits(k)))
	c = constant.BinaryOp(c, token.REM, modulus) // of the sign of c
	if constant.Sign(c) < 0 {
		c = constant.BinaryOp(c, token.ADD, modulus)
	}
	half := constant.Shift(constant.MakeInt64(1), token.SHL, uint(bits(k)-1))
	if signed(k) && constant.Compare(c, token.GEQ, half) {
		c = constant.BinaryOp(c, token.SUB, modulus)
	}
	return c
}

// binary is what x op y comes to; the zero operand where that is unknown.
func binary(x operand, op token.Token, y operand) operand {
	switch op {
	case token.EQL, token.NEQ:
		if equal, ok := equals(x, y); ok {
			return operand{t: basic(reflect.Bool), c: constant.MakeBool(equal == (op == token.EQL))}
		}
		return operand{}
	}
	a, ok1 := x.constant()
	b, ok2 := y.constant()
	if !ok1 || !ok2 {
		return operand{}
	}
	t := x.t
	if t == nil {
		t = y.t
	}
	switch op {
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		if comparable(a, b) && a.Kind() != constant.Bool {
			return operand{t: basic(reflect.Bool), c: constant.MakeBool(constant.Compare(a, op, b))}
		}
	case token.SHL, token.SHR:
		if n, exact := constant.Uint64Val(b); exact && n < 512 && a.Kind() == constant.Int {
			return computed(x.t, constant.Shift(a, op, uint(n)))
		}
	case token.ADD:
		if a.Kind() == constant.String && b.Kind() == constant.String {
			return operand{t: t, c: constant.BinaryOp(a, op, b)}
		}
		return arithmetic(a, op, b, t)
	case token.SUB, token.MUL, token.AND, token.OR, token.XOR, token.AND_NOT:
		return arithmetic(a, op, b, t)
	case token.QUO, token.REM:
		if a.Kind() == constant.Int && b.Kind() == constant.Int && constant.Sign(b) != 0 {
			if op == token.QUO {
				op = token.QUO_ASSIGN // of integers, in package constant's notation
			}
			return arithmetic(a, op, b, t)
		}
	}
	return operand{}
}

func arithmetic(a constant.Value, op token.Token, b constant.Value, t Type) operand {
	if a.Kind() != constant.Int || b.Kind() != constant.Int {
		return operand{} // floating-point numbers are rounded at each step, in ways that depend on the machine
	}
	return computed(t, constant.BinaryOp(a, op, b))
}

// computed is an integer of type t, nil for an untyped one.
func computed(t Type, c constant.Value) operand {
	if t != nil {
		if !integer(t.Kind()) {
			return operand{}
		}
		c = wrap(c, t.Kind())
	}
	return operand{t: t, c: c}
}

// equals reports whether x == y, of numbers, strings and booleans, and of what is
// compared with nil.
func equals(x, y operand) (equal, ok bool) {
	if y.literalNil() {
		x, y = y, x
	}
	if x.literalNil() {
		return y.isNil()
	}
	if x.kind() == reflect.Interface || y.kind() == reflect.Interface {
		return false, false
	}
	a, ok1 := x.constant()
	b, ok2 := y.constant()
	if !ok1 || !ok2 || !comparable(a, b) {
		return false, false
	}
	return constant.Compare(a, token.EQL, b), true
}

func comparable(a, b constant.Value) bool {
	return a.Kind() == b.Kind() || number(a) && number(b)
}

func number(c constant.Value) bool { return c.Kind() == constant.Int || c.Kind() == constant.Float }

// unary is what op x comes to.
func unary(op token.Token, x operand) operand {
	c, ok := x.constant()
	if !ok {
		return operand{}
	}
	switch {
	case op == token.NOT && c.Kind() == constant.Bool:
		return operand{t: x.t, c: constant.UnaryOp(op, c, 0)}
	case c.Kind() != constant.Int:
		return operand{}
	case op == token.ADD, op == token.SUB, op == token.XOR:
		return computed(x.t, constant.UnaryOp(op, c, 0))
	}
	return operand{}
}
