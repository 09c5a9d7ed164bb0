//go:build dev

package explain

import (
	"go/ast"
	"go/constant"
	"go/token"
	"reflect"
	"strings"
)

// Bounds on what is looked at for one line.
const (
	maxSteps        = 5000 // expressions
	maxDeclarations = 100  // of variables of one name
)

// evaluator finds what expressions come to without running anything: it reads
// variables, follows pointers and calculates. A call is not made, whatever it calls, for it
// could change what it looks at, block or fail; but len, cap, min, max and conversions are.
type evaluator struct {
	*site
	scope Scope
	pkg   string // the import path of the function's package
	steps int

	secrets map[string]bool // what scope has said of names
	inlined bool            // the function has no frame of its own
	judging *failure        // what is to be explained; nil: nothing
	iota    int             // of the constant that is looked at, -1 outside of one
}

func newEvaluator(s *site, scope Scope, pkg string) *evaluator {
	return &evaluator{site: s, scope: scope, pkg: pkg, iota: -1, secrets: make(map[string]bool)}
}

// untypedNil is the operand nil.
var untypedNil = operand{absent: true}

// eval returns what x comes to. Of the result, the type can be known and the value not.
func (e *evaluator) eval(x ast.Expr) operand {
	if e.steps++; e.steps > maxSteps {
		return operand{}
	}
	switch x := x.(type) {
	case *ast.ParenExpr:
		return e.eval(x.X)
	case *ast.BasicLit:
		if c := constant.MakeFromLiteral(x.Value, x.Kind, 0); c.Kind() != constant.Unknown {
			return operand{c: c}
		}
	case *ast.Ident:
		return e.identifier(x)
	case *ast.SelectorExpr:
		return e.selector(x)
	case *ast.StarExpr:
		return e.eval(x.X).deref()
	case *ast.IndexExpr:
		return e.index(x)
	case *ast.SliceExpr:
		if of := e.eval(x.X); of.kind() == reflect.Slice || of.kind() == reflect.String {
			return operand{t: of.t}
		}
	case *ast.TypeAssertExpr:
		if x.Type != nil {
			if v, ok := e.dynamic(x.X); ok && sameType(v.Type().Name(), x.Type) {
				return of(v)
			}
		}
	case *ast.CallExpr:
		return e.call(x)
	case *ast.UnaryExpr:
		return unary(x.Op, e.eval(x.X))
	case *ast.BinaryExpr:
		return e.binary(x)
	}
	return operand{}
}

func (e *evaluator) identifier(id *ast.Ident) operand {
	b := e.resolve(id)
	if b.kind == localVariable {
		return e.variable(id, b)
	}
	if b.kind == unbound {
		if v, ok := e.scope.Global("", id.Name); ok {
			return of(v)
		}
		b = e.inPackage(id.Name)
	}
	switch {
	case b.kind == constantName:
		return e.constant(b.decl)
	case b.kind != universe:
	case id.Name == "nil":
		return untypedNil
	case id.Name == "true", id.Name == "false":
		return operand{c: constant.MakeBool(id.Name == "true")}
	case id.Name == "iota" && e.iota >= 0:
		return operand{c: constant.MakeInt64(int64(e.iota))}
	}
	return operand{}
}

// variable is a local variable as it was when the line failed.
func (e *evaluator) variable(id *ast.Ident, b binding) operand {
	declarations := e.declarations(id.Name)
	if e.inlined && len(declarations) > 1 || len(declarations) > maxDeclarations {
		return operand{} // of an inlined function it is not known which block is which
	}
	hidden := false
	for _, d := range declarations {
		hidden = hidden || e.Line(d.id.Pos()) == e.hot && b.line != e.hot && !e.redefines(d.by, d.id, b)
	}
	v, ok := e.scope.Local(id.Name, b.line, hidden)
	if !ok {
		return operand{}
	}
	if b.line == e.hot && e.doubtful(b.by) {
		return operand{t: v.Type()}
	}
	return of(v)
}

// doubtful reports whether what declares a variable on the failed line may be what failed. The
// variable then has what was in its place before.
func (e *evaluator) doubtful(by ast.Node) bool {
	if by == nil || e.judging == nil {
		return false
	}
	w := walker{evaluator: e}
	w.declaring(by)
	for _, op := range w.found {
		if v, _ := e.judging.pattern.judge(e, op, *e.judging); v != sound {
			return true
		}
	}
	return e.steps > maxSteps
}

// selector finds fields, promoted ones too, and variables of other packages. A method is none.
func (e *evaluator) selector(x *ast.SelectorExpr) operand {
	if pkg, ok := e.packageOf(x.X); ok {
		if v, ok := e.scope.Global(pkg, x.Sel.Name); ok && pkg != "" {
			return of(v)
		}
		return operand{}
	}
	from := e.eval(x.X)
	fields, ok := fieldPath(from.t, x.Sel.Name)
	if !ok || len(fields) == 0 {
		return operand{}
	}
	for _, f := range fields {
		if from.kind() == reflect.Pointer {
			from = from.deref()
		}
		from = from.field(f)
	}
	return from
}

// packageOf reports whether x is the name of an imported package. path is "" where only
// that is known.
func (e *evaluator) packageOf(x ast.Expr) (path string, ok bool) {
	id, ok := x.(*ast.Ident)
	if !ok {
		return "", false
	}
	b := e.resolve(id)
	return b.pkg, b.kind == packageName
}

func (e *evaluator) index(x *ast.IndexExpr) operand {
	in := e.eval(x.X)
	if in.kind() == reflect.Pointer {
		if _, ok := in.array(); !ok {
			return operand{}
		}
		in = in.deref()
	}
	at, known := e.eval(x.Index).constant()
	switch in.kind() {
	case reflect.Map:
		return entry(in, at, known)
	case reflect.String:
		return operand{t: basic(reflect.Uint8)}
	case reflect.Slice, reflect.Array:
		to := operand{t: in.t.Elem(), absent: in.absent}
		i, exact := int64Of(at, known)
		if n, ok := in.length(); ok && exact && 0 <= i && i < n && in.v != nil {
			if v, ok := in.v.Index(i); ok {
				return of(v)
			}
		}
		return to
	}
	return operand{}
}

// entry is the value of a map's entry, the zero value where there is none.
func entry(in operand, key constant.Value, known bool) operand {
	to := operand{t: in.t.Elem()}
	if isNil, ok := in.isNil(); ok && isNil {
		to.absent = true
		return to
	}
	if !known || in.v == nil {
		return to
	}
	v, there, ok := in.v.Lookup(key)
	switch {
	case ok && there:
		return of(v)
	case ok:
		to.absent = true
	}
	return to
}

func int64Of(c constant.Value, known bool) (int64, bool) {
	if !known || c.Kind() != constant.Int {
		return 0, false
	}
	return constant.Int64Val(c)
}

// dynamic is what the interface x holds.
func (e *evaluator) dynamic(x ast.Expr) (Value, bool) {
	o := e.eval(x)
	if o.kind() != reflect.Interface || o.v == nil {
		return nil, false
	}
	return o.v.Dynamic()
}

// sameType reports whether the runtime's name of a type can mean what x says in the
// source: "*main.T" what "*T" says, and "*shop.T" what "*shop.T" says.
func sameType(name string, x ast.Expr) bool {
	text := source(x)
	if name == text {
		return true
	}
	stars := strings.Count(name, "*")
	if stars != strings.Count(text, "*") || strings.ContainsAny(name+text, "[]{}() ") {
		return false
	}
	pkg, base, ok := strings.Cut(strings.TrimLeft(name, "*"), ".")
	other, otherBase, qualified := strings.Cut(strings.TrimLeft(text, "*"), ".")
	if !qualified {
		otherBase = other
	}
	return ok && base == otherBase && (!qualified || pkg[strings.LastIndexByte(pkg, '/')+1:] == other)
}

func (e *evaluator) binary(x *ast.BinaryExpr) operand {
	left := e.eval(x.X)
	if x.Op == token.LAND || x.Op == token.LOR {
		c, ok := left.constant()
		if ok && c.Kind() == constant.Bool && constant.BoolVal(c) == (x.Op == token.LOR) {
			return left
		}
		if right := e.eval(x.Y); ok {
			return right
		}
		return operand{}
	}
	return binary(left, x.Op, e.eval(x.Y))
}

// call evaluates the calls that are none: of len and the like, and conversions.
func (e *evaluator) call(x *ast.CallExpr) operand {
	switch name, _ := e.builtin(x); {
	case name == "len" && len(x.Args) == 1:
		return count(e.eval(x.Args[0]).length())
	case name == "cap" && len(x.Args) == 1:
		return count(e.eval(x.Args[0]).capacity())
	case name == "min" || name == "max":
		return e.extreme(x.Args, name)
	}
	if t := e.conversion(x); t != nil {
		c, ok := e.eval(x.Args[0]).constant()
		switch {
		case !ok:
		case c.Kind() == constant.Int && integer(t.Kind()):
			return computed(t, c)
		case c.Kind() == constant.String && t.Kind() == reflect.String:
			return operand{t: t, c: c}
		}
		return operand{t: t}
	}
	return operand{}
}

func count(n int64, ok bool) operand {
	if !ok {
		return operand{t: basic(reflect.Int)}
	}
	return operand{t: basic(reflect.Int), c: constant.MakeInt64(n)}
}

// extreme is what min or max gives for integers.
func (e *evaluator) extreme(args []ast.Expr, name string) (result operand) {
	op := token.LSS
	if name == "max" {
		op = token.GTR
	}
	for i, x := range args {
		o := e.eval(x)
		c, ok := o.constant()
		if !ok || c.Kind() != constant.Int {
			return operand{}
		}
		if i == 0 {
			result = operand{o.t, nil, c, false}
			continue
		}
		if constant.Compare(c, op, result.c) {
			result.c = c
		}
		if result.t == nil {
			result.t = o.t
		}
	}
	return result
}

// builtin is the name of the function that the language declares and x calls.
func (e *evaluator) builtin(x *ast.CallExpr) (string, bool) {
	id, ok := ast.Unparen(x.Fun).(*ast.Ident)
	if !ok || !builtins[id.Name] || e.resolve(id).kind != unbound {
		return "", false
	}
	return id.Name, e.inPackage(id.Name).kind == universe
}

var builtins = map[string]bool{
	"append": true, "cap": true, "clear": true, "close": true, "complex": true, "copy": true, "delete": true, "imag": true, "len": true,
	"make": true, "max": true, "min": true, "new": true, "panic": true, "print": true, "println": true, "real": true, "recover": true,
}
