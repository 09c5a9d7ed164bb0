//go:build dev

package explain

import (
	"go/constant"
	"reflect"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// Type is a type of the program.
type Type interface {
	Name() string // as the source has it, with its package: "*main.Profile", "[]int"
	Kind() reflect.Kind
	Elem() Type // of pointers, slices, arrays, maps, channels; nil: unknown
	Size() int64
	Len() int64 // of arrays
	Fields() []Field
	Package() string // the import path of a named type's package, "" for others and where unknown
}

// Field is a field of a struct.
type Field struct {
	Name     string
	Embedded bool
	Type     Type // nil: unknown
}

// Value is a value in the memory of the failed program. A method whose last result is
// false does not know, be it that the memory cannot be read or that a value of this kind has no
// such thing.
type Value interface {
	Type() Type
	Nil() (isNil, ok bool)
	Constant() (constant.Value, bool) // of a number, string or boolean
	Len() (int64, bool)
	Cap() (int64, bool)
	Deref() (Value, bool)            // what a pointer points to
	Field(name string) (Value, bool) // of a struct, its own ones only
	Index(i int64) (Value, bool)     // of a slice or array
	// Lookup finds the entry of a map. there is false where the map has none.
	Lookup(key constant.Value) (v Value, there, ok bool)
	Dynamic() (Value, bool)    // what an interface holds; false for nil too
	Closed() (closed, ok bool) // of a channel
	Node(name string) value.Node
}

// Scope is where the failed function's names have their values.
type Scope interface {
	// Local finds a variable that the function can see, of those of that name the one
	// declared on the line. hidden: the failed line declares another one, which hides it.
	Local(name string, line int, hidden bool) (Value, bool)
	// Global finds a package's variable. pkg is an import path, "": the function's own.
	Global(pkg, name string) (Value, bool)
	// Secret reports whether what goes by name is not to be shown.
	Secret(name string) bool
	// Mask returns text, which is source or a sentence about it, as it may be shown.
	Mask(text string) string
}

// operand is what an expression comes to: a value in memory, a computed or constant one, or
// one of which only the type is known.
type operand struct {
	t      Type           // nil: unknown, or that of an untyped constant
	v      Value          // nil: it is in no memory
	c      constant.Value // computed; nil: not
	absent bool           // the zero value, that of a map's entry which is not there
}

// literalNil reports whether o is the nil of the source.
func (o operand) literalNil() bool { return o.absent && o.t == nil }

// of is the operand that v is.
func of(v Value) operand { return operand{t: v.Type(), v: v} }

// kind is the kind of o's type, Invalid where that is unknown.
func (o operand) kind() reflect.Kind {
	if o.t == nil {
		return reflect.Invalid
	}
	return o.t.Kind()
}

// typeName is the name of o's type, "" where that is unknown.
func (o operand) typeName() string {
	if o.t == nil {
		return ""
	}
	return o.t.Name()
}

// constant is o's value when it is a number, string or boolean.
func (o operand) constant() (constant.Value, bool) {
	switch {
	case o.c != nil:
		return o.c, true
	case o.v != nil:
		return o.v.Constant()
	case o.absent:
		return zero(o.kind())
	}
	return nil, false
}

// isNil reports whether o is nil. ok is false where that is unknown or o's type has no nil.
func (o operand) isNil() (isNil, ok bool) {
	switch o.kind() {
	case reflect.Pointer, reflect.UnsafePointer, reflect.Interface, reflect.Map, reflect.Slice, reflect.Chan, reflect.Func:
	default:
		return false, false
	}
	switch {
	case o.absent:
		return true, true
	case o.v != nil:
		return o.v.Nil()
	}
	return false, false
}

// length is what len gives for o.
func (o operand) length() (int64, bool) {
	if t, ok := o.array(); ok {
		return t.Len(), true
	}
	switch {
	case o.absent:
		return 0, true
	case o.v != nil:
		return o.v.Len()
	case o.c != nil && o.c.Kind() == constant.String:
		return int64(len(constant.StringVal(o.c))), true
	}
	return 0, false
}

// capacity is what cap gives for o.
func (o operand) capacity() (int64, bool) {
	if t, ok := o.array(); ok {
		return t.Len(), true
	}
	switch {
	case o.absent:
		return 0, true
	case o.v != nil:
		return o.v.Cap()
	}
	return 0, false
}

// closed reports whether o is a channel that is closed.
func (o operand) closed() (closed, ok bool) {
	if o.v == nil || o.kind() != reflect.Chan {
		return false, false
	}
	return o.v.Closed()
}

// array is the type of the array that o is or points to.
func (o operand) array() (Type, bool) {
	t := o.t
	if o.kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t, t != nil && t.Kind() == reflect.Array
}

// deref is what o points to. Its type is known also where o is nil.
func (o operand) deref() operand {
	if o.kind() != reflect.Pointer {
		return operand{}
	}
	to := operand{t: o.t.Elem()}
	if o.v != nil {
		if isNil, ok := o.v.Nil(); ok && !isNil {
			if v, ok := o.v.Deref(); ok {
				to.v = v
			}
		}
	}
	return to
}

// field is a field of the struct that o is, by a name that is declared in this very struct.
func (o operand) field(f Field) operand {
	to := operand{t: f.Type, absent: o.absent}
	if o.v != nil {
		if v, ok := o.v.Field(f.Name); ok {
			return of(v)
		}
	}
	return to
}

// zero is the zero value of a kind that constants can have.
func zero(k reflect.Kind) (constant.Value, bool) {
	switch {
	case k == reflect.Bool:
		return constant.MakeBool(false), true
	case k == reflect.String:
		return constant.MakeString(""), true
	case integer(k), k == reflect.Float32, k == reflect.Float64:
		return constant.MakeInt64(0), true
	}
	return nil, false
}

func integer(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Uintptr }

func signed(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Int64 }
