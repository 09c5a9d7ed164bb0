//go:build dev

package explain

import (
	"go/ast"
	"go/constant"
	"go/token"
	"reflect"
)

// operator returns the parts of "x op y" and "x op= y".
func operator(n ast.Node) (y ast.Expr, op token.Token) {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		return n.Y, n.Op
	case *ast.AssignStmt:
		if len(n.Lhs) == 1 && len(n.Rhs) == 1 {
			switch n.Tok {
			case token.QUO_ASSIGN:
				return n.Rhs[0], token.QUO
			case token.REM_ASSIGN:
				return n.Rhs[0], token.REM
			case token.SHL_ASSIGN:
				return n.Rhs[0], token.SHL
			case token.SHR_ASSIGN:
				return n.Rhs[0], token.SHR
			}
		}
	}
	return nil, token.ILLEGAL
}

// division judges for "integer divide by zero".
func (e *evaluator) division(op operation, _ failure) (verdict, string) {
	y, tok := operator(op.node)
	if tok != token.QUO && tok != token.REM {
		return sound, ""
	}
	divisor := e.eval(y)
	if k := divisor.kind(); k != reflect.Invalid && !integer(k) {
		return sound, "" // floating-point numbers have infinity
	}
	why := e.value(y, constant.MakeInt64(0)) + "; " + e.source(op.node) + " divides by it"
	switch c, ok := divisor.constant(); {
	case !ok:
		return unknown, why
	case constant.Sign(c) != 0:
		return sound, ""
	}
	return failing, why
}

// shift judges for "negative shift amount".
func (e *evaluator) shift(op operation, _ failure) (verdict, string) {
	y, tok := operator(op.node)
	if tok != token.SHL && tok != token.SHR {
		return sound, ""
	}
	by := e.eval(y)
	if k := by.kind(); k != reflect.Invalid && !signed(k) {
		return sound, ""
	}
	const why = "; a shift cannot be by less than 0"
	c, ok := by.constant()
	switch {
	case !ok:
		return unknown, e.source(y) + " was negative" + why
	case c.Kind() != constant.Int || constant.Sign(c) >= 0:
		return sound, ""
	}
	return failing, e.value(y, c) + why
}
