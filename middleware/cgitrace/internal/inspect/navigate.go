//go:build dev

package inspect

import (
	"reflect"
)

// maxText bounds what [Value.Text] returns.
const maxText = 64 << 10

// Int is a signed integer.
func (v Value) Int() (int64, bool) {
	if v.typ == nil || v.typ.Kind < reflect.Int || v.typ.Kind > reflect.Int64 {
		return 0, false
	}
	n, lack := v.number(0, v.typ.Size)
	return signed(n, v.typ.Size), lack == ""
}

// signed extends the sign of an integer of so many bytes.
func signed(n uint64, size int64) int64 {
	if size < 1 || size > 8 {
		return 0
	}
	unused := uint(64 - 8*size)
	return int64(n<<unused) >> unused
}

// Uint is an unsigned integer, a uintptr too.
func (v Value) Uint() (uint64, bool) {
	if v.typ == nil || v.typ.Kind < reflect.Uint || v.typ.Kind > reflect.Uintptr {
		return 0, false
	}
	n, lack := v.number(0, v.typ.Size)
	return n, lack == ""
}

// Bool is a truth value.
func (v Value) Bool() (value, ok bool) {
	if v.typ == nil || v.typ.Kind != reflect.Bool {
		return false, false
	}
	n, lack := v.number(0, 1)
	return n != 0, lack == ""
}

// Text is a string, cut after 64 KiB. It is as the program has it: secrets are in it.
func (v Value) Text() (string, bool) {
	if v.typ == nil || v.typ.Kind != reflect.String {
		return "", false
	}
	b, _, lack := v.content(maxText)
	return string(b), lack == ""
}

// content is the first bytes of a string or of a slice of bytes, at most so many, and how
// many it has.
func (v Value) content(most int64) (b []byte, length int64, why lack) {
	addr, why := v.word(0)
	if why != "" {
		return nil, 0, why
	}
	n, why := v.word(wordSize)
	if why != "" {
		return nil, 0, why
	}
	if n > maxLength {
		return nil, 0, unreadable
	}
	b, why = v.in.read(addr, min(int64(n), most))
	return b, int64(n), why
}

// maxLength is above the length of anything that fits into memory.
const maxLength = 1 << 47

// IsNil reports whether v is nil, if it is of a kind that can be.
func (v Value) IsNil() (isNil, ok bool) {
	if v.typ == nil {
		return false, false
	}
	switch v.typ.Kind {
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.Slice, reflect.Interface, reflect.UnsafePointer:
		word, lack := v.word(0)
		return word == 0 && lack == "", lack == ""
	}
	return false, false
}

// Len is the length of a string, slice, array or pointer to one, map or channel.
func (v Value) Len() (int64, bool) {
	if v.typ == nil {
		return 0, false
	}
	var n uint64
	lack := unknownType
	switch v.typ.Kind {
	case reflect.String, reflect.Slice:
		n, lack = v.word(wordSize)
	case reflect.Array:
		return v.typ.Count, true
	case reflect.Pointer:
		if t := v.typ.Elem(); t != nil && t.Kind == reflect.Array {
			return t.Count, true
		}
	case reflect.Map, reflect.Chan:
		if isNil, ok := v.IsNil(); isNil || !ok {
			return 0, ok
		}
		name := "used"
		if v.typ.Kind == reflect.Chan {
			name = "qcount"
		}
		n, lack = v.header().field(name).word(0)
	}
	return int64(n), lack == "" && n <= maxLength
}

// Cap is the capacity of a slice, array or pointer to one, or channel.
func (v Value) Cap() (int64, bool) {
	if v.typ == nil {
		return 0, false
	}
	switch v.typ.Kind {
	case reflect.Slice:
		n, lack := v.word(2 * wordSize)
		return int64(n), lack == "" && n <= maxLength
	case reflect.Array, reflect.Pointer:
		return v.Len()
	case reflect.Chan:
		if isNil, ok := v.IsNil(); isNil || !ok {
			return 0, ok
		}
		n, lack := v.header().field("dataqsiz").word(0)
		return int64(n), lack == "" && n <= maxLength
	}
	return 0, false
}

// header is the structure in which the runtime keeps a map or channel that is not nil.
func (v Value) header() Value {
	pointer := v.typ.Underlying()
	if pointer == nil {
		return v.without(unknownType)
	}
	return v.part(0, pointer).target()
}

// Deref is what v, a pointer that is not nil, points to.
func (v Value) Deref() (Value, bool) {
	if v.typ == nil || v.typ.Kind != reflect.Pointer {
		return Value{}, false
	}
	t := v.target()
	return t, t.lack == ""
}

// Dynamic is what is in v, an interface that is not nil, with its own type. Of a v of
// any other kind it is v.
func (v Value) Dynamic() (Value, bool) {
	switch {
	case v.typ == nil:
		return Value{}, false
	case v.typ.Kind != reflect.Interface:
		return v, true
	}
	d := v.dynamic()
	return d, d.lack == ""
}

// Index is element i of a slice, array, or pointer to an array.
func (v Value) Index(i int64) (Value, bool) {
	n, ok := v.Len()
	if !ok || i < 0 || i >= n {
		return Value{}, false
	}
	elem := v.typ.Elem()
	switch v.typ.Kind {
	case reflect.Array:
		if elem == nil {
			return Value{}, false
		}
		e := v.part(i*elem.Size, elem)
		return e, e.lack == ""
	case reflect.Pointer:
		if array, ok := v.Deref(); ok {
			return array.Index(i)
		}
	case reflect.Slice:
		base, lack := v.word(0)
		if elem != nil && lack == "" && base != 0 {
			return v.at(base+uint64(i*elem.Size), elem), true
		}
	}
	return Value{}, false
}

// maxEmbedding bounds how deep fields of embedded structs are looked for.
const maxEmbedding = 6

// Field is the field that v.name selects in Go: of a struct, or of one that v points to, or
// promoted from a struct embedded there, the least deep one first.
func (v Value) Field(name string) (Value, bool) {
	level := []Value{v}
	for range maxEmbedding {
		var next []Value
		for _, v := range level {
			if v.typ != nil && v.typ.Kind == reflect.Pointer {
				var ok bool
				if v, ok = v.Deref(); !ok {
					continue
				}
			}
			if v.typ == nil || v.typ.Kind != reflect.Struct {
				continue
			}
			for _, f := range v.typ.Fields {
				part := v.part(f.Offset, f.Type())
				if f.Name == name {
					return part, part.lack == ""
				}
				if f.Embedded {
					next = append(next, part)
				}
			}
		}
		level = next
	}
	return Value{}, false
}
