//go:build dev

package explain

import (
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"strings"
)

// predeclared are the kinds of the types that the language declares and constants can have.
var predeclared = map[string]reflect.Kind{
	"bool": reflect.Bool, "string": reflect.String, "byte": reflect.Uint8, "rune": reflect.Int32, "uintptr": reflect.Uintptr,
	"int": reflect.Int, "int8": reflect.Int8, "int16": reflect.Int16, "int32": reflect.Int32, "int64": reflect.Int64,
	"uint": reflect.Uint, "uint8": reflect.Uint8, "uint16": reflect.Uint16, "uint32": reflect.Uint32, "uint64": reflect.Uint64,
	"float32": reflect.Float32, "float64": reflect.Float64,
}

// isType reports whether x is a type. known is false for what another package or an
// unread file declares.
func (e *evaluator) isType(x ast.Expr) (is, known bool) {
	switch x := x.(type) {
	case *ast.ArrayType, *ast.MapType, *ast.ChanType, *ast.FuncType, *ast.StructType, *ast.InterfaceType:
		return true, true
	case *ast.ParenExpr:
		return e.isType(x.X)
	case *ast.StarExpr:
		return e.isType(x.X)
	case *ast.IndexExpr:
		return e.isType(x.X)
	case *ast.IndexListExpr:
		return e.isType(x.X)
	case *ast.SelectorExpr:
		if pkg, ok := e.packageOf(x.X); ok {
			_, variable := e.scope.Global(pkg, x.Sel.Name)
			return false, variable && pkg != ""
		}
	case *ast.Ident:
		b := e.meaning(x)
		if b.kind == universe {
			_, is = types.Universe.Lookup(x.Name).(*types.TypeName)
			return is, true
		}
		return b.kind == typeName, b.kind != unbound
	}
	return false, true
}

// meaning is what id stands for, in the function or in the package.
func (e *evaluator) meaning(id *ast.Ident) binding {
	b := e.resolve(id)
	if b.kind != unbound {
		return b
	}
	if b = e.inPackage(id.Name); b.kind == unbound {
		if _, ok := e.scope.Global("", id.Name); ok {
			b.kind = packageVariable
		}
	}
	return b
}

// conversion is the type to which x converts, nil if it is no conversion or one to what
// is not a number, string or boolean.
func (e *evaluator) conversion(x *ast.CallExpr) Type {
	if len(x.Args) != 1 {
		return nil
	}
	return e.constantType(x.Fun, 0)
}

// constantType is the type that x is in the source, if constants can have it.
func (e *evaluator) constantType(x ast.Expr, depth int) Type {
	const most = 8 // types declared by way of each other; also ends declarations that go in a ring
	id, ok := ast.Unparen(x).(*ast.Ident)
	if !ok || depth > most {
		return nil
	}
	switch b := e.meaning(id); b.kind {
	case universe:
		if k, ok := predeclared[id.Name]; ok {
			return basic(k)
		}
	case typeName:
		if b.decl.gen == nil {
			return nil // a type parameter
		}
		spec := b.decl.gen.Specs[b.decl.index].(*ast.TypeSpec)
		if t := e.in(b.decl).constantType(spec.Type, depth+1); t != nil && !spec.Assign.IsValid() {
			return named{basic(t.Kind()), e.Tree.Name.Name + "." + id.Name}
		} else {
			return t
		}
	}
	return nil
}

// in returns an evaluator for what stands in a declaration, which may be in another file.
func (e *evaluator) in(d declaration) *evaluator {
	inner := *e
	if d.file != e.file || d.gen != nil && !within(d.gen, e.decl) {
		inner.site = &site{file: d.file, folder: e.folder}
	}
	return &inner
}

// within reports whether n is in outer.
func within(n, outer ast.Node) bool {
	return outer != nil && !reflect.ValueOf(outer).IsNil() && outer.Pos() <= n.Pos() && n.End() <= outer.End()
}

// constant is the value of a constant's declaration.
func (e *evaluator) constant(d declaration) operand {
	if d.gen == nil || d.gen.Tok != token.CONST {
		return operand{}
	}
	if e.steps++; e.steps > maxSteps {
		return operand{}
	}
	inner := e.in(d)
	inner.iota = d.index
	// A spec without values repeats the last one that has some.
	for i := d.index; i >= 0; i-- {
		spec := d.gen.Specs[i].(*ast.ValueSpec)
		if len(spec.Values) == 0 {
			continue
		}
		if d.at >= len(spec.Values) {
			break
		}
		o := inner.eval(spec.Values[d.at])
		e.steps = inner.steps
		if spec.Type == nil {
			return o
		}
		t := inner.constantType(spec.Type, 0)
		if t == nil || o.c == nil {
			break
		}
		return operand{t: t, c: o.c}
	}
	return operand{}
}

// sameName reports whether two names are of one type. The runtime leaves the folders of
// import paths out.
func sameName(a, b string) bool { return a == b || shortName(a) == shortName(b) }

// shortName is the name of a type with packages by the last element of their path only, as the
// source has it.
func shortName(name string) string {
	var b strings.Builder
	word := 0
	for i, c := range name {
		switch {
		case c == '/':
			word = i + 1
		case strings.ContainsRune("*[]{}(), ;", c):
			b.WriteString(name[word : i+1])
			word = i + 1
		}
	}
	return typeNames.Replace(b.String() + name[word:])
}

var typeNames = strings.NewReplacer("interface {}", "any", "interface{}", "any", "go.shape.", "", "%2e", ".")
