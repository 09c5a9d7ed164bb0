//go:build dev

package debuginfo

import (
	"reflect"
	"strings"
)

// A Type is a type of the program. There is one of each in an [Info], which does not change:
// safe for concurrent use, and equal types have equal pointers.
type Type struct {
	// Name is as in the source, with import paths: "map[string]example.com/shop.Cart". Those that
	// the runtime makes up have other names.
	Name string
	Kind reflect.Kind // Invalid: not known
	Size int64        // in bytes
	// Fields are those of a struct, and of the structs as which the runtime has strings ("str",
	// "len"), slices ("array", "len", "cap") and interfaces ("tab" or "_type", "data"). Each lies
	// within Size.
	Fields []Field
	Count  int64 // elements of an array, which together are not larger than Size
	// Dictionary is -1, or for a type that depends on a type parameter its index in the function's
	// dictionary. All else that is known of such a type holds for every type that shares the
	// function's code: of a []T, say, that the elements are some kind of int. See Concrete.
	Dictionary int

	info            *Info
	elem, key, base int64 // offsets of their entries; 0: there is none
}

// A Field is a field of a struct.
type Field struct {
	Name     string // of an embedded one that of its type
	Offset   int64  // in bytes from the beginning of the struct
	Embedded bool

	info *Info
	of   int64
}

// Type is the field's type.
func (f Field) Type() *Type { return f.info.typeAt(f.of) }

// Field returns the field of this name. Those of embedded structs are not among them.
func (t *Type) Field(name string) (Field, bool) {
	for _, f := range t.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// Elem is what a pointer points to; the type of the elements of an array, slice or channel; and of
// the values of a map. nil: t is none of these.
func (t *Type) Elem() *Type { return t.info.typeAt(t.elem) }

// Key is the type of the keys of a map, nil for any other.
func (t *Type) Key() *Type { return t.info.typeAt(t.key) }

// Underlying is the type that t is another name for, and nil if it is none. For a map or channel
// that is a pointer to the runtime's own struct, for a type that depends on a type parameter the one
// that stands in for all that share the code.
func (t *Type) Underlying() *Type { return t.info.typeAt(t.base) }

// Direct reports whether an interface holds a value of the type in its data word, not a
// pointer to it: types that are one pointer and nothing else.
func (t *Type) Direct() bool { return t.direct(maxNesting) }

func (t *Type) direct(limit int) bool {
	if t == nil || t.Size != pointerSize || limit == 0 {
		return false
	}
	switch t.Kind {
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return true
	case reflect.Array:
		return t.Elem().direct(limit - 1)
	case reflect.Struct:
		for _, f := range t.Fields {
			if of := f.Type(); of != nil && of.Size > 0 {
				return of.direct(limit - 1)
			}
		}
	}
	return false
}

// Package is the import path of a named type's package, "" for types without a name and those
// of the language.
func (t *Type) Package() string {
	name, _, _ := strings.Cut(t.Name, "[")
	if strings.ContainsAny(name, "*({ ") {
		return ""
	}
	return name[:max(0, strings.LastIndexByte(name, '.'))]
}
