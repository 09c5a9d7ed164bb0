//go:build dev

package explain_test

import (
	"fmt"
	"go/constant"
	"reflect"
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/explain"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// vars are values by the names of variables; "name@hidden" is one hidden by the failed line's, and
// "pkg.name" a package's.
type vars map[string]any

// gone is a variable of which nothing is known.
type gone struct{}

func (s vars) Local(name string, _ int, hidden bool) (explain.Value, bool) {
	if hidden {
		name += "@hidden"
	}
	return s.value(name)
}

func (s vars) Global(pkg, name string) (explain.Value, bool) {
	if pkg != "" {
		name = pkg + "." + name
	}
	return s.value(name)
}

func (s vars) value(name string) (explain.Value, bool) {
	v, ok := s[name]
	if _, isGone := v.(gone); !ok || isGone {
		return nil, false
	}
	if i, ok := v.(iface); ok {
		return fake{reflect.ValueOf(i.ptr).Elem()}, true
	}
	return fake{reflect.ValueOf(v)}, true
}

func (vars) Secret(name string) bool { return redact.Name(name) }

func (vars) Mask(text string) string { return redact.New(nil).Code(text) }

// iface is an interface in a variable: ptr points to it.
type iface struct{ ptr any }

func anyOf(v any) iface { return iface{&v} }

// fake is a value of the test's as one of the failed program's.
type fake struct{ v reflect.Value }

func (f fake) Type() explain.Type { return fakeType{f.v.Type()} }

func (f fake) Nil() (isNil, ok bool) {
	switch f.v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.Slice, reflect.Interface, reflect.UnsafePointer:
		return f.v.IsNil(), true
	}
	return false, false
}

func (f fake) Constant() (constant.Value, bool) {
	switch {
	case f.v.CanInt():
		return constant.MakeInt64(f.v.Int()), true
	case f.v.CanUint():
		return constant.MakeUint64(f.v.Uint()), true
	case f.v.CanFloat():
		return constant.MakeFloat64(f.v.Float()), true
	case f.v.Kind() == reflect.String:
		return constant.MakeString(f.v.String()), true
	case f.v.Kind() == reflect.Bool:
		return constant.MakeBool(f.v.Bool()), true
	}
	return nil, false
}

func (f fake) Len() (int64, bool) {
	switch f.v.Kind() {
	case reflect.String, reflect.Slice, reflect.Array, reflect.Map, reflect.Chan:
		return int64(f.v.Len()), true
	}
	return 0, false
}

func (f fake) Cap() (int64, bool) {
	switch f.v.Kind() {
	case reflect.Slice, reflect.Array, reflect.Chan:
		return int64(f.v.Cap()), true
	}
	return 0, false
}

func (f fake) Deref() (explain.Value, bool) { return fake{f.v.Elem()}, !f.v.IsNil() }

func (f fake) Field(name string) (explain.Value, bool) {
	if f.v.Kind() != reflect.Struct {
		return nil, false
	}
	field, ok := f.v.Type().FieldByName(name)
	if !ok || len(field.Index) > 1 {
		return nil, false
	}
	return fake{f.v.FieldByIndex(field.Index)}, true
}

func (f fake) Index(i int64) (explain.Value, bool) { return fake{f.v.Index(int(i))}, true }

func (f fake) Lookup(key constant.Value) (v explain.Value, there, ok bool) {
	k := reflect.ValueOf(constant.Val(key))
	if !k.CanConvert(f.v.Type().Key()) {
		return nil, false, false
	}
	e := f.v.MapIndex(k.Convert(f.v.Type().Key()))
	return fake{e}, e.IsValid(), true
}

func (f fake) Dynamic() (explain.Value, bool) {
	if f.v.Kind() != reflect.Interface || f.v.IsNil() {
		return nil, false
	}
	return fake{f.v.Elem()}, true
}

func (f fake) Closed() (closed, ok bool) {
	if f.v.IsNil() || f.v.Len() > 0 {
		return false, false
	}
	received, closed := f.v.TryRecv()
	return received.IsValid() && !closed, true
}

func (f fake) Node(name string) value.Node {
	n := value.Node{Name: name, Type: f.Type().Name(), Text: "…"}
	if c, ok := f.Constant(); ok {
		n.Text = c.ExactString()
	}
	if isNil, ok := f.Nil(); ok && isNil {
		n.Text = "nil"
	}
	if redact.Name(name) {
		n.Text, n.Masked = redact.Mask, true
	}
	return n
}

type fakeType struct{ t reflect.Type }

func (t fakeType) Name() string {
	return strings.NewReplacer("explain_test.", "main.", "interface {}", "any").Replace(t.t.String())
}

func (t fakeType) Kind() reflect.Kind { return t.t.Kind() }
func (t fakeType) Size() int64        { return int64(t.t.Size()) }

func (t fakeType) Package() string {
	if strings.HasPrefix(fmt.Sprint(t.t), "explain_test.") {
		return "main"
	}
	return t.t.PkgPath()
}

func (t fakeType) Len() int64 {
	if t.t.Kind() != reflect.Array {
		return 0
	}
	return int64(t.t.Len())
}

func (t fakeType) Elem() explain.Type {
	switch t.t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map, reflect.Chan:
		return fakeType{t.t.Elem()}
	}
	return nil
}

func (t fakeType) Fields() (fields []explain.Field) {
	if t.t.Kind() != reflect.Struct {
		return nil
	}
	for f := range t.t.Fields() {
		fields = append(fields, explain.Field{Name: f.Name, Embedded: f.Anonymous, Type: fakeType{f.Type}})
	}
	return fields
}
