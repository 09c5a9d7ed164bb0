//go:build dev

package explain

import (
	"go/ast"
	"go/token"
)

// nilResult is the sentence about x.f where of x not even the type is known. Then x need not have
// been nil itself: f can be promoted from something that is embedded in it.
func (e *evaluator) nilResult(n *ast.SelectorExpr, u use) string {
	name, member := e.source(n.X), "."+n.Sel.Name
	if call, ok := ast.Unparen(n.X).(*ast.CallExpr); ok {
		if typ := e.pointerResult(call); typ != "" && e.ownMember(typ, n.Sel.Name) {
			return name + " was nil; " + member + " " + cannot(u)
		}
	}
	return name + " was nil, or what is embedded in it; " + member + " " + cannot(u)
}

// pointerResult is T where the call is of a function of this package that returns a *T of this
// package and nothing else; "" for any other.
func (e *evaluator) pointerResult(call *ast.CallExpr) string {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok {
		return ""
	}
	b := e.meaning(id)
	if b.kind != functionName || b.decl.fn.Type.Results == nil || b.decl.fn.Type.TypeParams != nil {
		return ""
	}
	results := b.decl.fn.Type.Results.List
	if len(results) != 1 || len(results[0].Names) > 1 {
		return ""
	}
	star, ok := ast.Unparen(results[0].Type).(*ast.StarExpr)
	if !ok {
		return ""
	}
	if id, ok := ast.Unparen(star.X).(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// ownMember reports whether the type of this package declares the field itself, or the method for
// values.
func (e *evaluator) ownMember(typ, name string) bool {
	decl, known := e.folder.declaration(typ)
	if !known || decl.gen == nil || decl.gen.Tok != token.TYPE {
		return false
	}
	if st, ok := decl.gen.Specs[decl.index].(*ast.TypeSpec).Type.(*ast.StructType); ok {
		for _, field := range st.Fields.List {
			for _, id := range field.Names {
				if id.Name == name {
					return true
				}
			}
		}
	}
	return e.folder.method(typ, name) == byValue
}
