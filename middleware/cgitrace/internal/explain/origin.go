//go:build dev

package explain

import (
	"go/ast"
	"go/token"
	"strconv"
)

// origin finds the expression from which the local variable id has its value at id: the last
// assignment before it, where no other can come in between on any way there. It is looked for from
// id outwards, through the lists of statements around it.
func (e *evaluator) origin(id *ast.Ident) (ast.Expr, bool) {
	b := e.resolve(id)
	if b.kind != localVariable || e.wanders(id.Name, b) {
		return nil, false
	}
	around := e.around(id)
	for i := len(around) - 1; i > 0; i-- {
		switch n := around[i-1].(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			if len(e.assignments(n, id.Name, b)) > 0 {
				return nil, false // in an earlier round, perhaps
			}
		case *ast.FuncLit:
			return nil, false
		}
		list := statementsOf(around[i-1])
		for j := len(list) - 1; j >= 0; j-- {
			if list[j] == nil || list[j].Pos() >= around[i].Pos() {
				continue
			}
			if len(e.assignments(list[j], id.Name, b)) > 0 {
				return assigned(list[j], id.Name)
			}
		}
	}
	return nil, false
}

// statementsOf are the statements of n that are carried out one after the other.
func statementsOf(n ast.Node) []ast.Stmt {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List
	case *ast.CaseClause:
		return n.Body
	case *ast.CommClause:
		return append([]ast.Stmt{n.Comm}, n.Body...)
	case *ast.IfStmt:
		return []ast.Stmt{n.Init}
	case *ast.SwitchStmt:
		return []ast.Stmt{n.Init}
	case *ast.TypeSwitchStmt:
		return []ast.Stmt{n.Init}
	}
	return nil
}

// assigned is what the statement itself assigns to name. ok is false where something within it
// does.
func assigned(s ast.Stmt, name string) (x ast.Expr, ok bool) {
	var names, values []ast.Expr
	switch s := s.(type) {
	case *ast.LabeledStmt:
		return assigned(s.Stmt, name)
	case *ast.AssignStmt:
		names, values = s.Lhs, s.Rhs
		if s.Tok != token.ASSIGN && s.Tok != token.DEFINE {
			return nil, false
		}
	case *ast.DeclStmt:
		gen := s.Decl.(*ast.GenDecl)
		if i, _, ok := inDecl(gen, name); ok {
			spec := gen.Specs[i].(*ast.ValueSpec)
			values = spec.Values
			for _, id := range spec.Names {
				names = append(names, id)
			}
		}
	}
	for i, n := range names {
		switch {
		case !isIdent(n, name):
		case len(values) == 1:
			return values[0], true
		case i < len(values):
			return values[i], true
		}
	}
	return nil, false
}

// wanders reports whether the variable may get a value in ways that the order of statements
// does not show: in a function literal, through a pointer, or by a jump.
func (e *evaluator) wanders(name string, b binding) (does bool) {
	ast.Inspect(e.decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			if n != e.fn && !contains(n, e.fn) {
				does = does || len(e.assignments(n.Body, name, b)) > 0
			}
		case *ast.UnaryExpr:
			does = does || n.Op == token.AND && isIdent(ast.Unparen(n.X), name)
		case *ast.BranchStmt:
			does = does || n.Tok == token.GOTO || n.Tok == token.FALLTHROUGH
		}
		return !does
	})
	return does
}

// settled reports whether x is a local variable that has the value of its declaration for good.
func (e *evaluator) settled(x ast.Expr) bool {
	id, ok := ast.Unparen(x).(*ast.Ident)
	if !ok {
		return false
	}
	b := e.resolve(id)
	if b.kind != localVariable || e.wanders(id.Name, b) {
		return false
	}
	for _, at := range e.assignments(e.decl, id.Name, b) {
		if at != b.by {
			return false
		}
	}
	return true
}

// assignments are the nodes in n that give the variable called name, which b says, a value, or
// take its address. Where there are too many of that name to look at, n itself is taken for one.
func (e *evaluator) assignments(n ast.Node, name string, b binding) (found []ast.Node) {
	const most = 200
	looked := 0
	note := func(at ast.Node, x ast.Expr, defines bool) {
		if x == nil || !isIdent(ast.Unparen(x), name) {
			return
		}
		if looked++; looked > most {
			found = []ast.Node{n}
			return
		}
		id := ast.Unparen(x).(*ast.Ident)
		switch {
		case at == b.by:
		case defines && !e.redefines(at, id, b):
			return
		case !defines && e.resolve(id).line != b.line:
			return
		}
		found = append(found, at)
	}
	ast.Inspect(n, func(at ast.Node) bool {
		switch at := at.(type) {
		case *ast.AssignStmt:
			for _, x := range at.Lhs {
				note(at, x, at.Tok == token.DEFINE)
			}
		case *ast.IncDecStmt:
			note(at, at.X, false)
		case *ast.RangeStmt:
			note(at, at.Key, at.Tok == token.DEFINE)
			note(at, at.Value, at.Tok == token.DEFINE)
		case *ast.UnaryExpr:
			if at.Op == token.AND {
				note(at, at.X, false)
			}
		case *ast.DeclStmt:
			if at == b.by {
				found = append(found, at)
			}
		}
		return looked <= most
	})
	return found
}

// redefines reports whether ":=" at the node gives the variable that b says a new value, instead of
// declaring another one: it does in the very block of the declaration, which for a parameter is
// the function's body.
func (e *evaluator) redefines(at ast.Node, id *ast.Ident, b binding) bool {
	around := path(e.decl, at)
	if len(around) < 3 {
		return false
	}
	parent := around[len(around)-2]
	if same := e.declaredBy(parent, id); same.kind == localVariable {
		return same.line == b.line
	}
	if _, ok := parent.(*ast.BlockStmt); !ok || b.by != nil {
		return false
	}
	switch fn := around[len(around)-3].(type) {
	case *ast.FuncDecl, *ast.FuncLit:
		return e.declaredBy(fn, id).line == b.line
	}
	return false
}

// cameFrom says where a variable's value comes from.
func (e *evaluator) cameFrom(id *ast.Ident) string {
	x, ok := e.origin(id)
	if !ok {
		return ""
	}
	return id.Name + " came from " + e.source(x) + " on line " + strconv.Itoa(e.Line(x.Pos()))
}
