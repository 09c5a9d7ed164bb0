//go:build dev

package explain

import (
	"go/ast"
	"go/constant"
	"go/token"
	"reflect"
)

// indexOutOfRange judges for "index out of range [5] with length 3". The text has the
// numbers, so that an expression whose value is not known is proven by them, and one with another
// value is none that failed.
func (e *evaluator) indexOutOfRange(op operation, f failure) (verdict, string) {
	n, ok := op.node.(*ast.IndexExpr)
	if !ok {
		return sound, ""
	}
	in := e.eval(n.X)
	if in.kind() == reflect.Map {
		return sound, ""
	}
	index, length := f.number(0), f.number(1)
	is, iKnown := e.eval(n.Index).constant()
	has, nKnown := in.length()
	switch {
	case index == nil,
		iKnown && !same(is, index),
		nKnown && length != nil && !same(constant.MakeInt64(has), length):
		return sound, ""
	}
	v := failing
	if !iKnown || !nKnown && length != nil {
		v = unknown
	}
	if constant.Sign(index) < 0 {
		return v, e.value(n.Index, index) + ", and an index cannot be negative"
	}
	if length == nil {
		return unknown, ""
	}
	size := "len(" + e.source(n.X) + ") is " + e.digits(n.X, length)
	if number, ok := ast.Unparen(n.Index).(*ast.BasicLit); ok {
		return v, size + "; there is no element " + number.Value
	}
	return v, e.value(n.Index, index) + ", but " + size
}

func same(a, b constant.Value) bool {
	return comparable(a, b) && constant.Compare(a, token.EQL, b)
}

// sliceOutOfRange judges for "slice bounds out of range" with one of
//
//	[-1:] [:-1] [::-1] [-1::] [:-1:]     a bound is negative
//	[:5] with length 3                   the high one is beyond a string or array
//	[:5] with capacity 3                 beyond a slice
//	[::5] with length or capacity 3      the max
//	[4:3]                                low beyond high
//	[:4:3]                               high beyond max
//	[4:3:]                               low beyond high
func (e *evaluator) sliceOutOfRange(op operation, f failure) (verdict, string) {
	n, ok := op.node.(*ast.SliceExpr)
	if !ok {
		return sound, ""
	}
	const low, high, most, limit = 0, 2, 4, 6
	exprs := map[int]ast.Expr{low: n.Low, high: n.High, most: n.Max}
	if (f.fields[3] != "") != n.Slice3 {
		return sound, ""
	}
	var bounds []bound
	for _, i := range []int{low, high, most} {
		if c := f.number(i); c != nil {
			bounds = append(bounds, bound{exprs[i], c, i})
		}
	}
	v := failing
	for i := range bounds {
		b := &bounds[i]
		if b.x == nil {
			if b.at == low || b.at == most {
				return sound, "" // low is 0 then
			}
			// s[5:] of a shorter s: high is its length.
			has, ok := e.eval(n.X).length()
			switch {
			case !ok:
				v = unknown
			case !same(constant.MakeInt64(has), b.c):
				return sound, ""
			}
			continue
		}
		is, ok := e.eval(b.x).constant()
		switch {
		case !ok:
			v = unknown
		case !same(is, b.c):
			return sound, ""
		}
	}
	switch {
	case len(bounds) == 1 && constant.Sign(bounds[0].c) < 0:
		return v, e.value(bounds[0].x, bounds[0].c) + ", and a bound cannot be negative"
	case len(bounds) == 1 && f.number(limit) != nil:
		return e.beyondCapacity(n, bounds[0], f.fields[limit-1], f.number(limit), v)
	case len(bounds) == 2:
		return v, e.beyond(n, bounds[0], bounds[1])
	}
	return unknown, ""
}

// bound is one of a slice expression's.
type bound struct {
	x  ast.Expr // nil: it is left out
	c  constant.Value
	at int
}

// beyondCapacity judges a bound by what the slice expression is of.
func (e *evaluator) beyondCapacity(n *ast.SliceExpr, b bound, measure string, limit constant.Value, v verdict) (verdict, string) {
	of := e.eval(n.X)
	has, ok := of.capacity()
	call := "cap"
	if measure == "length" {
		has, ok = of.length()
		call = "len"
	}
	switch {
	case !ok:
		v = unknown
	case !same(constant.MakeInt64(has), limit):
		return sound, ""
	}
	size := call + "(" + e.source(n.X) + ") is " + e.digits(n.X, limit)
	if number, ok := ast.Unparen(b.x).(*ast.BasicLit); ok {
		return v, size + ", less than " + number.Value
	}
	return v, e.value(b.x, b.c) + ", but " + size
}

// beyond says that a is greater than b, the bound after it.
func (e *evaluator) beyond(n *ast.SliceExpr, a, b bound) string {
	second := "len(" + e.source(n.X) + ") is " + e.digits(n.X, b.c)
	if b.x != nil {
		if number, ok := ast.Unparen(b.x).(*ast.BasicLit); ok {
			return e.value(a.x, a.c) + ", beyond the slice's end, " + number.Value
		}
		second = e.value(b.x, b.c)
	}
	if number, ok := ast.Unparen(a.x).(*ast.BasicLit); ok {
		return second + ", less than " + number.Value
	}
	return e.value(a.x, a.c) + ", but " + second
}
