//go:build dev

package inspect

import (
	"go/ast"
	"go/token"
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// A variable of which the compiler kept nothing at all is not in the debug information, and
// where it hides another one of its name that one would be taken for it. So in the source
// too it is looked up what a line can name.

// complete adds to vars, which are those of a frame, the ones that the debug information has not,
// and takes out what they hide.
func (in *Inspector) complete(vars []Variable, p place) []Variable {
	known := make(map[local]bool)
	for _, v := range p.scope.Variables {
		known[local{v.Name, v.Line}] = true
	}
	for _, l := range in.declarations(p.frame.File).locals(p.frame.Function, p.frame.Line) {
		if known[l] {
			continue
		}
		kept := vars[:0]
		for _, v := range vars {
			if v.Name != l.name {
				kept = append(kept, v)
			}
		}
		vars = append(kept, Variable{Node: value.Absent(l.name, "", string(optimizedOut)), Role: debuginfo.Local, State: OptimizedOut})
	}
	return vars
}

// local is a variable by where it is declared.
type local struct {
	name string
	line int
}

// locals returns what function has declared when it comes to a line, and that line can name: of
// several of one name the innermost. nil: that cannot be told.
func (d *declarations) locals(function string, line int) []local {
	parameters, body := d.function(function, line)
	if body == nil {
		return nil
	}
	w := &visibility{declarations: d, at: line}
	w.open()
	for _, fields := range parameters {
		if fields == nil {
			continue
		}
		for _, f := range fields.List {
			for _, id := range f.Names {
				w.declare(id)
			}
		}
	}
	w.list(body.List)
	return w.visible()
}

// function finds the function of that name, as the linker has it, which holds a line. Some of its lists
// of parameters may be nil.
func (d *declarations) function(name string, line int) (parameters []*ast.FieldList, body *ast.BlockStmt) {
	for _, madeUp := range []string{"-range", ".deferwrap", ".gowrap"} { // of a part of a function
		if d.File == nil || strings.Contains(name, madeUp) {
			return nil, nil
		}
	}
	for _, decl := range d.Tree.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Body == nil || !d.Touches(f, line) {
			continue
		}
		literals := d.literals(f.Body, line)
		switch plain := strings.TrimSuffix(name, "[...]"); {
		case strings.HasSuffix(plain, "."+f.Name.Name):
			for _, l := range literals {
				if d.Line(l.Pos()) < line && line < d.Line(l.End()) {
					return nil, nil
				}
			}
			return []*ast.FieldList{f.Recv, f.Type.Params, f.Type.Results}, f.Body
		case strings.Contains(plain, "."+f.Name.Name) && len(literals) > 0:
			inner := literals[len(literals)-1]
			for _, other := range literals[:len(literals)-1] {
				if other.End() <= inner.Pos() {
					return nil, nil // two on one line
				}
			}
			return []*ast.FieldList{inner.Type.Params, inner.Type.Results}, inner.Body
		}
	}
	return nil, nil
}

// literals returns the function literals below n that a line touches.
func (d *declarations) literals(n ast.Node, line int) (touched []*ast.FuncLit) {
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil || !d.Touches(n, line) {
			return false
		}
		if l, ok := n.(*ast.FuncLit); ok {
			touched = append(touched, l)
		}
		return true
	})
	return touched
}

// visibility goes through a function's statements, down those blocks that hold a line.
type visibility struct {
	*declarations
	at     int
	scopes []map[string]int // the lines of declarations, the innermost last
	order  []local
}

func (w *visibility) open() { w.scopes = append(w.scopes, make(map[string]int)) }

// declare declares a name, where it is not that in this scope already.
func (w *visibility) declare(e ast.Expr) {
	id, ok := e.(*ast.Ident)
	if !ok || id.Name == "_" {
		return
	}
	scope := w.scopes[len(w.scopes)-1]
	if _, again := scope[id.Name]; !again {
		scope[id.Name] = w.Line(id.Pos())
		w.order = append(w.order, local{id.Name, w.Line(id.Pos())})
	}
}

// visible returns what was declared and not hidden since.
func (w *visibility) visible() (all []local) {
	for _, l := range w.order {
		for i := len(w.scopes) - 1; i >= 0; i-- {
			if line, ok := w.scopes[i][l.name]; ok {
				if line == l.line {
					all = append(all, l)
				}
				break
			}
		}
	}
	return all
}

// within reports whether the line is surely in n.
func (w *visibility) within(n ast.Node) bool {
	return w.Line(n.Pos()) <= w.at && w.at < w.Line(n.End())
}

func (w *visibility) list(statements []ast.Stmt) {
	for _, s := range statements {
		if w.Line(s.Pos()) > w.at {
			return
		}
		w.statement(s)
	}
}

// statement takes in what s declares for those after it, and what is declared in it where it holds the
// line.
func (w *visibility) statement(s ast.Stmt) {
	switch s := s.(type) {
	case nil:
	case *ast.AssignStmt:
		if s.Tok == token.DEFINE && w.Line(s.End()) < w.at {
			for _, e := range s.Lhs {
				w.declare(e)
			}
		}
	case *ast.DeclStmt:
		w.declaration(s)
	case *ast.LabeledStmt:
		w.statement(s.Stmt)
	default:
		if w.within(s) {
			w.open()
			w.compound(s)
		}
	}
}

func (w *visibility) declaration(s *ast.DeclStmt) {
	decl, ok := s.Decl.(*ast.GenDecl)
	if !ok || decl.Tok != token.VAR {
		return
	}
	for _, spec := range decl.Specs {
		if spec, ok := spec.(*ast.ValueSpec); ok && w.Line(spec.End()) < w.at {
			for _, id := range spec.Names {
				w.declare(id)
			}
		}
	}
}

// compound goes into s, a statement with a block.
func (w *visibility) compound(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.BlockStmt:
		w.list(s.List)
	case *ast.IfStmt:
		w.statement(s.Init)
		w.statement(s.Body)
		w.statement(s.Else)
	case *ast.ForStmt:
		w.statement(s.Init)
		w.statement(s.Body)
	case *ast.RangeStmt:
		if s.Tok == token.DEFINE && w.Line(s.X.End()) < w.at {
			w.declare(s.Key)
			w.declare(s.Value)
		}
		w.statement(s.Body)
	case *ast.SwitchStmt:
		w.statement(s.Init)
		w.clauses(s.Body)
	case *ast.TypeSwitchStmt:
		w.statement(s.Init)
		w.clauses(s.Body) // what it declares is another variable in each clause, or none
	case *ast.SelectStmt:
		w.clauses(s.Body)
	}
}

// clauses goes into the one that holds the line.
func (w *visibility) clauses(body *ast.BlockStmt) {
	for i, c := range body.List {
		next := body.End()
		if i+1 < len(body.List) {
			next = body.List[i+1].Pos()
		}
		if w.Line(c.Pos()) > w.at || w.Line(next) <= w.at {
			continue
		}
		w.open()
		switch c := c.(type) {
		case *ast.CaseClause:
			w.list(c.Body)
		case *ast.CommClause:
			w.statement(c.Comm)
			w.list(c.Body)
		}
	}
}
