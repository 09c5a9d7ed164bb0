//go:build dev

package debuginfo

import "reflect"

// A Type is a type of the program. It is not changed once returned.
type Type struct {
	Name   string
	Kind   reflect.Kind // Invalid: not known
	Size   int64
	Fields []Field // of a struct, and of what a string, slice or interface is made of
	Count  int64   // elements of an array
	// Dictionary is, for a type that depends on a type parameter, its index in the dictionary; -1 for any other.
	Dictionary int
}

// A Field is a field of a struct.
type Field struct {
	Name     string
	Offset   int64
	Embedded bool
}

// Type is the field's type, nil if not known.
func (f Field) Type() *Type { return nil }

// Elem is what a pointer points to; the type of the elements of an array, slice or channel;
// and of the values of a map.
func (t *Type) Elem() *Type { return nil }

// Key is the type of the keys of a map.
func (t *Type) Key() *Type { return nil }

// Underlying is what the runtime makes of a map or channel: a pointer to its own structure.
func (t *Type) Underlying() *Type { return nil }

// Package is the import path of a named type's package, "" for any other.
func (t *Type) Package() string { return "" }

// Direct reports whether a value of the type is stored in an interface's word itself.
func (t *Type) Direct() bool { return false }

// Concrete finds the type that stands for t in this call of a generic function.
func (t *Type) Concrete(dictionary uint64, memory func(addr uint64) (uint64, bool)) *Type { return nil }

// RuntimeType returns the type whose descriptor in memory is at addr.
func (i *Info) RuntimeType(addr uint64) *Type { return nil }
