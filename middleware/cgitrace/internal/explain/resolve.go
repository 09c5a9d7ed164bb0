//go:build dev

package explain

import (
	"go/ast"
	"go/token"
	"go/types"
	slashpath "path"
	"regexp"
	"strconv"
	"strings"
)

// binding is what an identifier stands for.
type binding struct {
	kind bindingKind
	line int         // of a local variable's declaration
	by   ast.Node    // what declares it; nil for a parameter
	decl declaration // of a constant, type or function
	pkg  string      // the import path of a package, "" where it is not known
}

type bindingKind int

const (
	unbound bindingKind = iota // unknown
	localVariable
	packageVariable // or, where no declaration was found, whatever a package can have
	constantName
	typeName
	functionName
	packageName
	universe // predeclared
)

// resolve finds what id, which stands in the site's declaration, means.
func (s *site) resolve(id *ast.Ident) binding {
	b, ok := s.resolved[id]
	if !ok {
		if s.resolved == nil {
			s.resolved = make(map[*ast.Ident]binding)
		}
		b = s.look(id)
		s.resolved[id] = b
	}
	return b
}

// look is resolve without its memory.
func (s *site) look(id *ast.Ident) binding {
	if b := s.local(id); b.kind != unbound {
		return b
	}
	for _, spec := range s.Tree.Imports {
		if p, _ := strconv.Unquote(spec.Path.Value); importName(spec, p) == id.Name {
			return binding{kind: packageName, pkg: p}
		}
	}
	return binding{}
}

// inPackage finds what name, which is none of the function's own, means in the package.
func (s *site) inPackage(name string) binding {
	decl, known := s.folder.declaration(name)
	switch {
	case known && decl.fn != nil:
		return binding{kind: functionName, decl: decl}
	case known && decl.gen != nil:
		return binding{kind: specKind(decl.gen.Tok), decl: decl}
	case types.Universe.Lookup(name) != nil:
		return binding{kind: universe}
	}
	return binding{}
}

func specKind(tok token.Token) bindingKind {
	switch tok {
	case token.CONST:
		return constantName
	case token.TYPE:
		return typeName
	}
	return packageVariable
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// importName is the name under which a file knows what it imports. Without one of the
// file's own it is a guess by the path.
func importName(spec *ast.ImportSpec, p string) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	base := slashpath.Base(p)
	if majorVersion.MatchString(base) {
		base = slashpath.Base(slashpath.Dir(p))
	}
	base, _, _ = strings.Cut(base, ".") // gopkg.in/yaml.v3
	return base
}

// local finds id among what the functions around it declare.
func (s *site) local(id *ast.Ident) (b binding) {
	if s.decl == nil {
		return binding{}
	}
	around := path(s.decl, id)
	for i := len(around) - 1; i >= 0 && b.kind == unbound; i-- {
		b = s.declaredBy(around[i], id)
	}
	return b
}

// declaredBy finds id among what n, a node around it, declares for it.
func (s *site) declaredBy(n ast.Node, id *ast.Ident) binding {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return s.inList(n.List, id)
	case *ast.CaseClause:
		return s.inList(n.Body, id)
	case *ast.CommClause:
		if b := s.inList(n.Body, id); b.kind != unbound {
			return b
		}
		return s.inList([]ast.Stmt{n.Comm}, id)
	case *ast.IfStmt:
		return s.inList([]ast.Stmt{n.Init}, id)
	case *ast.ForStmt:
		return s.inList([]ast.Stmt{n.Init}, id)
	case *ast.SwitchStmt:
		return s.inList([]ast.Stmt{n.Init}, id)
	case *ast.TypeSwitchStmt:
		if n.Body.Pos() <= id.Pos() {
			if b := s.inList([]ast.Stmt{n.Assign}, id); b.kind != unbound {
				return b
			}
		}
		return s.inList([]ast.Stmt{n.Init}, id)
	case *ast.RangeStmt:
		if n.Tok == token.DEFINE && n.Body.Pos() <= id.Pos() {
			b := s.among([]ast.Expr{n.Key, n.Value}, id)
			b.by = n
			return b
		}
	case *ast.FuncLit:
		return s.inFields(id, n.Type.Params, n.Type.Results)
	case *ast.FuncDecl:
		if typeParameter(n, id.Name) {
			return binding{kind: typeName}
		}
		return s.inFields(id, n.Recv, n.Type.Params, n.Type.Results)
	}
	return binding{}
}

// typeParameter reports whether name is one of fn's type parameters.
func typeParameter(fn *ast.FuncDecl, name string) bool {
	if list := fn.Type.TypeParams; list != nil {
		for _, field := range list.List {
			for _, id := range field.Names {
				if id.Name == name {
					return true
				}
			}
		}
	}
	found := false
	if receiverType(fn) != "" {
		ast.Inspect(fn.Recv.List[0].Type, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.IndexExpr:
				found = found || isIdent(x.Index, name)
			case *ast.IndexListExpr:
				for _, x := range x.Indices {
					found = found || isIdent(x, name)
				}
			}
			return true
		})
	}
	return found
}

func isIdent(x ast.Expr, name string) bool {
	id, ok := x.(*ast.Ident)
	return ok && id.Name == name
}

// inList finds id among what statements before it declare.
func (s *site) inList(list []ast.Stmt, id *ast.Ident) binding {
	for _, stmt := range list {
		if l, ok := stmt.(*ast.LabeledStmt); ok {
			stmt = l.Stmt
		}
		if stmt == nil || stmt.End() > id.Pos() {
			continue
		}
		switch stmt := stmt.(type) {
		case *ast.AssignStmt:
			if stmt.Tok == token.DEFINE {
				if b := s.among(stmt.Lhs, id); b.kind != unbound {
					b.by = stmt
					return b // of several in one list, the first is the one that declares
				}
			}
		case *ast.DeclStmt:
			gen, ok := stmt.Decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			if i, at, ok := inDecl(gen, id.Name); ok {
				b := binding{kind: specKind(gen.Tok), decl: declaration{file: s.file, gen: gen, index: i, at: at}}
				if b.kind == packageVariable {
					b.kind, b.line, b.by = localVariable, s.Line(gen.Specs[i].(*ast.ValueSpec).Names[at].Pos()), stmt
				}
				return b
			}
		}
	}
	return binding{}
}

func (s *site) among(names []ast.Expr, id *ast.Ident) binding {
	for _, x := range names {
		if name, ok := x.(*ast.Ident); ok && name != nil && name.Name == id.Name {
			return binding{kind: localVariable, line: s.Line(name.Pos())}
		}
	}
	return binding{}
}

func (s *site) inFields(id *ast.Ident, lists ...*ast.FieldList) binding {
	for _, list := range lists {
		if list == nil {
			continue
		}
		for _, field := range list.List {
			for _, name := range field.Names {
				if name.Name == id.Name {
					return binding{kind: localVariable, line: s.Line(name.Pos())}
				}
			}
		}
	}
	return binding{}
}

// declared is a place that declares a variable, or with ":=" may do so.
type declared struct {
	id *ast.Ident
	by ast.Node
}

// declarations are the places at which the functions at the site declare variables of that
// name.
func (s *site) declarations(name string) (found []declared) {
	if found, ok := s.declares[name]; ok {
		return found
	}
	defer func() {
		if s.declares == nil {
			s.declares = make(map[string][]declared)
		}
		s.declares[name] = found
	}()
	note := func(by ast.Node, x ast.Expr) {
		if id, ok := x.(*ast.Ident); ok && id != nil && id.Name == name {
			found = append(found, declared{id, by})
		}
	}
	if s.decl == nil {
		return nil
	}
	ast.Inspect(s.decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				for _, x := range n.Lhs {
					note(n, x)
				}
			}
		case *ast.ValueSpec:
			for _, x := range n.Names {
				note(n, x)
			}
		case *ast.Field:
			for _, x := range n.Names {
				note(n, x)
			}
		case *ast.RangeStmt:
			if n.Tok == token.DEFINE {
				note(n, n.Key)
				note(n, n.Value)
			}
		}
		return true
	})
	return found
}
