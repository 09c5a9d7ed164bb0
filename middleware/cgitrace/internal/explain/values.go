//go:build dev

package explain

import (
	"go/constant"
	"reflect"
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/inspect"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// frameScope is the variables of a frame as [Scope].
type frameScope struct {
	in   *inspect.Inspector
	f    stack.Frame
	vars []inspect.Variable
}

// Local goes by names. Inspect has the variables that the line can name; only of one that is
// not yet assigned it has the one that it hides too. Of what is optimized out it has the type.
func (s frameScope) Local(name string, _ int, hidden bool) (Value, bool) {
	for _, v := range s.vars {
		switch {
		case v.Name != name || v.Role == debuginfo.Package:
		case v.State == inspect.Unassigned && hidden:
			hidden = false
		case hidden, v.Value.Type() == nil:
			return nil, false
		default:
			return live{s.in, v.Value}, true
		}
	}
	return nil, false
}

// Global asks for variables of other packages as if a function of theirs had failed.
func (s frameScope) Global(pkg, name string) (Value, bool) {
	f := s.f
	if pkg != "" {
		slash := strings.LastIndexByte(pkg, '/') + 1
		f.Function = pkg[:slash] + strings.ReplaceAll(pkg[slash:], ".", "%2e") + ".init" // as the linker writes it
	}
	v, ok := s.in.Global(f, name)
	if !ok || v.Value.Type() == nil {
		return nil, false
	}
	return live{s.in, v.Value}, true
}

func (s frameScope) Secret(name string) bool { return redact.Name(name) }

// Mask knows shapes only. What this request made a secret is masked by who has the whole report.
func (s frameScope) Mask(text string) string { return redact.New(nil).Code(text) }

// live is a value in memory as [Value].
type live struct {
	in *inspect.Inspector
	v  inspect.Value
}

func (l live) Type() Type { return newType(l.v.Type()) }

func (l live) Nil() (isNil, ok bool) { return l.v.IsNil() }

func (l live) Constant() (constant.Value, bool) {
	if n, ok := l.v.Int(); ok {
		return constant.MakeInt64(n), true
	}
	if n, ok := l.v.Uint(); ok {
		return constant.MakeUint64(n), true
	}
	if b, ok := l.v.Bool(); ok {
		return constant.MakeBool(b), true
	}
	if s, ok := l.v.Text(); ok {
		n, ok := l.v.Len()
		return constant.MakeString(s), ok && n == int64(len(s))
	}
	return nil, false
}

func (l live) Len() (int64, bool) { return l.v.Len() }

func (l live) Cap() (int64, bool) { return l.v.Cap() }

func (l live) Closed() (closed, ok bool) { return l.v.Closed() }

func (l live) Deref() (Value, bool) { return l.with(l.v.Deref()) }

func (l live) Field(name string) (Value, bool) { return l.with(l.v.Field(name)) }

func (l live) Index(i int64) (Value, bool) { return l.with(l.v.Index(i)) }

func (l live) Dynamic() (Value, bool) {
	if isNil, ok := l.v.IsNil(); isNil || !ok {
		return nil, false
	}
	return l.with(l.v.Dynamic())
}

func (l live) with(v inspect.Value, ok bool) (Value, bool) {
	if !ok || v.Type() == nil {
		return nil, false
	}
	return live{l.in, v}, true
}

func (l live) Lookup(key constant.Value) (v Value, there, ok bool) {
	var k any
	switch key.Kind() {
	case constant.String:
		k = constant.StringVal(key)
	case constant.Int:
		if n, exact := constant.Int64Val(key); exact {
			k = n
		} else if n, exact := constant.Uint64Val(key); exact {
			k = n
		}
	}
	if k == nil || !constantKey(l.v.Type().Key()) {
		return nil, false, false
	}
	if there, ok = l.v.Has(k); !there || !ok {
		return nil, there, ok
	}
	found, ok := l.v.Lookup(k)
	v, ok = l.with(found, ok)
	return v, true, ok
}

// constantKey reports whether all keys of the type can be compared with a constant. An interface
// can hold one, and is not compared.
func constantKey(t *debuginfo.Type) bool {
	return t != nil && (t.Kind == reflect.String || integer(t.Kind))
}

func (l live) Node(name string) value.Node { return l.in.Node(name, l.v) }

// debugType is a type of the debug information as [Type].
type debugType struct{ t *debuginfo.Type }

// newType keeps nil nil.
func newType(t *debuginfo.Type) Type {
	if t == nil {
		return nil
	}
	return debugType{t}
}

func (d debugType) Name() string       { return shortName(d.t.Name) }
func (d debugType) Kind() reflect.Kind { return d.t.Kind }
func (d debugType) Size() int64        { return d.t.Size }
func (d debugType) Len() int64         { return d.t.Count }
func (d debugType) Package() string    { return d.t.Package() }
func (d debugType) Elem() Type         { return newType(d.t.Elem()) }

func (d debugType) Fields() []Field {
	fields := make([]Field, len(d.t.Fields))
	for i, f := range d.t.Fields {
		fields[i] = Field{Name: f.Name, Embedded: f.Embedded, Type: newType(f.Type())}
	}
	return fields
}
