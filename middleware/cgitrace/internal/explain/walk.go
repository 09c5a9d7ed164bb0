//go:build dev

package explain

import (
	"go/ast"
	"go/constant"
	"go/token"
)

// operation is something on the line that can fail.
type operation struct {
	node  ast.Node
	use   use
	reach reach
}

// use is what is done with a node's result.
type use int

const (
	read use = iota
	set
	addressed
	invoked // it is called
)

// reach is whether the line, once it is run, comes to an operation.
type reach int

const (
	certain  reach = iota
	possible       // it depends on what is not known
	never
)

// operations returns what the site's function does on its line, in the order in which the
// program does it.
func (e *evaluator) operations() []operation {
	w := walker{evaluator: e}
	w.block(e.body.List)
	if e.Line(e.body.Rbrace) == e.hot {
		w.deferred(e.body)
	}
	return w.found
}

type walker struct {
	*evaluator
	found []operation
	least reach // that the statement at hand has
}

// add notes n if the compiler counts it to the line. at is the position that it
// takes for n's.
func (w *walker) add(n ast.Node, at token.Pos, u use, r reach) {
	if w.Line(at) == w.hot {
		w.found = append(w.found, operation{n, u, max(r, w.least)})
	}
}

func (w *walker) block(list []ast.Stmt) {
	for _, s := range list {
		w.statement(s)
	}
}

func (w *walker) statement(s ast.Stmt) {
	if s == nil || !w.Touches(s, w.hot) {
		return
	}
	switch s := s.(type) {
	case *ast.LabeledStmt:
		w.statement(s.Stmt)
	case *ast.BlockStmt:
		w.block(s.List)
	case *ast.ExprStmt:
		w.expr(s.X, read, certain)
	case *ast.SendStmt:
		w.expr(s.Chan, read, certain)
		w.expr(s.Value, read, certain)
		w.add(s, s.Arrow, read, certain)
	case *ast.IncDecStmt:
		w.expr(s.X, set, certain)
	case *ast.AssignStmt:
		w.assignment(s)
	case *ast.GoStmt:
		w.call(s.Call, certain, true)
	case *ast.DeferStmt:
		w.call(s.Call, certain, true)
	case *ast.ReturnStmt:
		w.list(s.Results, read, certain)
	case *ast.DeclStmt:
		w.declaration(s)
	case *ast.IfStmt:
		w.statement(s.Init)
		w.expr(s.Cond, read, certain)
		w.behind(s.Pos(), s.Body.Lbrace, s.Body.List...)
		w.behind(s.Pos(), s.Body.Lbrace, s.Else)
	case *ast.ForStmt:
		w.statement(s.Init)
		w.expr(s.Cond, read, certain)
		w.behind(s.Pos(), s.Body.Lbrace, s.Body.List...)
		w.behind(s.Pos(), s.Body.Lbrace, s.Post)
	case *ast.RangeStmt:
		w.ranged(s)
		w.expr(s.Key, set, possible)
		w.expr(s.Value, set, possible)
		w.behind(s.Pos(), s.Body.Lbrace, s.Body.List...)
	default:
		w.choice(s)
	}
}

// declaring walks what gives a variable its first value, without a loop's body.
func (w *walker) declaring(n ast.Node) {
	switch n := n.(type) {
	case *ast.RangeStmt:
		w.ranged(n)
	case ast.Stmt:
		w.statement(n)
	}
}

// ranged walks what a loop is over.
func (w *walker) ranged(s *ast.RangeStmt) {
	if _, ok := w.eval(s.X).array(); ok && (s.Value == nil || isIdent(s.Value, "_")) {
		return // the length is in the type, and nothing else is wanted
	}
	w.expr(s.X, read, certain)
	w.add(s, s.For, read, certain)
}

// choice walks the statements with cases.
func (w *walker) choice(s ast.Stmt) {
	var body *ast.BlockStmt
	var tag ast.Expr
	switch s := s.(type) {
	case *ast.SwitchStmt:
		w.statement(s.Init)
		w.expr(s.Tag, read, certain)
		body, tag = s.Body, s.Tag
	case *ast.TypeSwitchStmt:
		w.statement(s.Init)
		w.statement(s.Assign)
		w.behind(s.Pos(), s.Body.Lbrace, s.Body.List...)
		return
	case *ast.SelectStmt:
		body = s.Body
	case *ast.CaseClause:
		w.behind(s.Pos(), s.Colon, s.Body...) // of a type switch, whose list is of types
		return
	default:
		return
	}
	for _, clause := range body.List {
		switch c := clause.(type) {
		case *ast.CaseClause:
			for _, x := range c.List {
				w.expr(x, read, possible)
				if tag != nil {
					w.add(&ast.BinaryExpr{X: tag, OpPos: x.Pos(), Op: token.EQL, Y: x}, x.Pos(), read, possible)
				}
			}
			w.behind(c.Pos(), c.Colon, c.Body...)
		case *ast.CommClause:
			w.statement(c.Comm)
			if send, ok := c.Comm.(*ast.SendStmt); ok && len(body.List) > 1 {
				w.add(send, s.Pos(), read, possible) // one of several is sent by the select itself
			}
			w.behind(c.Pos(), c.Colon, c.Body...)
		}
	}
}

// behind walks statements that are carried out or not according to the head of another, which goes
// from a position to one. That the line was reached says of them nothing if the head stands on it too.
func (w *walker) behind(from, to token.Pos, list ...ast.Stmt) {
	outer := w.least
	if w.Line(from) <= w.hot && w.hot <= w.Line(to) {
		w.least = possible
	}
	w.block(list)
	w.least = outer
}

func (w *walker) declaration(s *ast.DeclStmt) {
	gen, ok := s.Decl.(*ast.GenDecl)
	if !ok || gen.Tok != token.VAR {
		return
	}
	for _, spec := range gen.Specs {
		spec, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		if len(spec.Names) == 2 && len(spec.Values) == 1 && w.commaOK(spec.Values[0]) {
			continue
		}
		w.list(spec.Values, read, certain)
	}
}

func (w *walker) assignment(s *ast.AssignStmt) {
	if s.Tok != token.DEFINE {
		w.list(s.Lhs, set, certain)
	}
	if len(s.Lhs) == 2 && len(s.Rhs) == 1 && w.commaOK(s.Rhs[0]) {
		return
	}
	w.list(s.Rhs, read, certain)
	if s.Tok != token.ASSIGN && s.Tok != token.DEFINE {
		w.add(s, s.TokPos, read, certain)
	}
}

// commaOK walks v.(T) where it reports instead of failing, "t, ok := v.(T)".
func (w *walker) commaOK(x ast.Expr) bool {
	assert, ok := ast.Unparen(x).(*ast.TypeAssertExpr)
	if ok {
		w.expr(assert.X, read, certain)
	}
	return ok
}

func (w *walker) list(list []ast.Expr, u use, r reach) {
	for _, x := range list {
		w.expr(x, u, r)
	}
}

// expr walks x. Types and function literals in it do nothing.
func (w *walker) expr(x ast.Expr, u use, r reach) {
	if w.steps++; x == nil || w.steps > maxSteps || !w.Touches(x, w.hot) {
		return
	}
	switch x := x.(type) {
	case *ast.ParenExpr:
		w.expr(x.X, u, r)
	case *ast.SelectorExpr:
		if _, ok := w.packageOf(x.X); ok {
			return
		}
		if is, _ := w.isType(x.X); is {
			return // a method expression
		}
		w.expr(x.X, inner(u), r)
		w.add(x, x.X.End(), u, r) // at the dot, which has to follow on the same line
	case *ast.StarExpr:
		if is, _ := w.isType(x.X); is {
			return
		}
		w.expr(x.X, read, r)
		w.add(x, x.Star, u, r)
	case *ast.IndexExpr:
		if is, _ := w.isType(x.Index); is {
			return // an instance of a generic function
		}
		w.expr(x.X, inner(u), r)
		w.expr(x.Index, read, r)
		w.add(x, x.Lbrack, u, r)
	case *ast.SliceExpr:
		w.expr(x.X, addressed, r)
		w.list([]ast.Expr{x.Low, x.High, x.Max}, read, r)
		w.add(x, x.Lbrack, u, r)
	case *ast.TypeAssertExpr:
		w.expr(x.X, read, r)
		if x.Type != nil {
			w.add(x, x.X.End(), u, r)
		}
	case *ast.CallExpr:
		w.call(x, r, false)
	case *ast.UnaryExpr:
		if x.Op == token.AND {
			w.expr(x.X, addressed, r)
			return
		}
		w.expr(x.X, read, r)
	case *ast.BinaryExpr:
		w.expr(x.X, read, r)
		w.expr(x.Y, read, w.right(x, r))
		w.add(x, x.OpPos, u, r)
	case *ast.CompositeLit:
		for _, elt := range x.Elts {
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				if _, field := kv.Key.(*ast.Ident); !field {
					w.expr(kv.Key, read, r)
				}
				elt = kv.Value
			}
			w.expr(elt, read, r)
		}
	}
}

// inner is the use of p in p.x for the use of p.x: only its field's address is taken, but for p
// itself it is all the same.
func inner(u use) use {
	if u == set || u == addressed {
		return addressed
	}
	return read
}

// right is the reach of the right side of x.
func (w *walker) right(x *ast.BinaryExpr, r reach) reach {
	if x.Op != token.LAND && x.Op != token.LOR || r == never {
		return r
	}
	c, ok := w.eval(x.X).constant()
	switch {
	case !ok || c.Kind() != constant.Bool:
		return possible
	case constant.BoolVal(c) == (x.Op == token.LOR):
		return never
	}
	return r
}

// call walks a call. later: it is made when the function returns, or elsewhere; here it is found
// out what there will be to call.
func (w *walker) call(x *ast.CallExpr, r reach, later bool) {
	u := invoked
	if later {
		u = read
	}
	if name, ok := w.builtin(x); ok {
		args := x.Args
		switch {
		case name == "new" || name == "make":
			args = args[min(1, len(args)):] // the first is a type
		case len(args) == 1 && (name == "len" || name == "cap"):
			if _, ok := w.eval(args[0]).array(); ok {
				return // it is a constant, and what it is of not evaluated
			}
		}
		w.list(args, read, r)
		w.add(x, x.Lparen, u, r)
		return
	}
	if sel, ok := ast.Unparen(x.Fun).(*ast.SelectorExpr); ok && isIdent(sel.X, "unsafe") {
		return
	}
	if is, _ := w.isType(x.Fun); is {
		w.list(x.Args, read, r)
		for _, arg := range x.Args {
			w.add(x, arg.Pos(), read, r) // the compiler counts a conversion to the line of what it converts
		}
		return
	}
	w.expr(x.Fun, invoked, r)
	w.list(x.Args, read, r)
	w.add(x, x.Lparen, u, r)
}

// deferred notes the calls that the body has deferred, the last one first.
func (w *walker) deferred(body *ast.BlockStmt) {
	var calls []operation
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt:
			calls = append(calls, operation{n, invoked, possible})
		}
		return true
	})
	for i := len(calls) - 1; i >= 0; i-- {
		w.found = append(w.found, calls[i])
	}
}
