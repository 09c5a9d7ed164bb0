//go:build dev

package debuginfo

import (
	"math"
	"reflect"
	"slices"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo/entry"
)

// pointerSize is that of the architectures whose debug information is read, in bytes.
const pointerSize = 8

// typeAt returns the type described at an offset, nil if none is. It reads it when it is first
// asked for.
func (i *Info) typeAt(offset int64) *Type {
	if i == nil || offset == 0 {
		return nil
	}
	return (&typeReader{info: i}).read(offset)
}

// A typeReader reads one type, and those it contains by value, of which it has to know
// the size.
type typeReader struct {
	info    *Info
	open    []int64 // the types it is within
	entries int     // how many have been read
}

func (r *typeReader) read(offset int64) *Type {
	r.info.mu.RLock()
	t, known := r.info.types[offset]
	r.info.mu.RUnlock()
	if known {
		return t
	}
	if len(r.open) == maxNesting {
		return nil
	}
	if slices.Contains(r.open, offset) {
		return nil // no type of Go contains itself
	}
	r.open = append(r.open, offset)
	t = r.describe(offset)
	r.open = r.open[:len(r.open)-1]

	r.info.mu.Lock()
	defer r.info.mu.Unlock()
	if first, known := r.info.types[offset]; known {
		return first
	}
	r.info.types[offset] = t
	return t
}

// next comes to the next entry below a type's.
func (r *typeReader) next(w *entry.Reader) bool {
	r.entries++
	return r.entries < maxEntries && w.Next()
}

// describe reads the entry of a type.
func (r *typeReader) describe(offset int64) *Type {
	w := r.info.data.Walk(offset)
	if !w.Next() {
		return nil
	}
	e := w.Entry
	t := &Type{Name: typeName(e.Text(entry.Name)), Dictionary: -1, info: r.info}
	if size, ok := e.Constant(entry.ByteSize); ok {
		if size < 0 || size > maxSize {
			return nil
		}
		t.Size = size
	}
	switch e.Tag {
	case entry.BaseType:
	case entry.Typedef:
		return r.typedef(e, t)
	case entry.PointerType:
		r.pointer(e, t)
	case entry.SubroutineType:
		t.Kind, t.Size = reflect.Func, pointerSize
	case entry.StructureType:
		t.Kind = reflect.Struct
		r.fields(w, t)
	case entry.ArrayType:
		t.Kind = reflect.Array
		r.array(w, t)
	default:
		return nil
	}
	refine(e, t)
	return t
}

// refine adds what Go's own attributes say, which is more exact than the rest.
func refine(e entry.Entry, t *Type) {
	const kinds = 1<<5 - 1 // above are flags of the runtime
	if kind, ok := e.Constant(entry.GoKind); ok && kind&kinds != 0 {
		t.Kind = reflect.Kind(kind & kinds)
	}
	if elem, ok := e.Reference(entry.GoElem); ok {
		t.elem = elem
	}
	if key, ok := e.Reference(entry.GoKey); ok {
		t.key = key
	}
	if index, ok := e.Constant(entry.GoDictIndex); ok && index >= 0 && index <= math.MaxUint16 {
		t.Dictionary = int(index)
	}
}

// typedef makes t another name for what it stands for: Go has them for named types, and for maps
// and channels, which are pointers to structs of the runtime.
func (r *typeReader) typedef(e entry.Entry, t *Type) *Type {
	offset, ok := e.Reference(entry.Type)
	if !ok {
		return nil
	}
	under := r.read(offset)
	if under == nil {
		return nil
	}
	copied := *under
	copied.Name = t.Name
	if copied.base == 0 {
		copied.base = offset
	}
	refine(e, &copied)
	if copied.Dictionary >= 0 {
		copied.Name = under.Name
	}
	return &copied
}

// pointer reads a pointer. unsafe.Pointer is one to nothing.
func (r *typeReader) pointer(e entry.Entry, t *Type) {
	t.Kind, t.Size = reflect.UnsafePointer, pointerSize
	if elem, ok := e.Reference(entry.Type); ok {
		t.Kind, t.elem = reflect.Pointer, elem
	}
}

// fields reads the members of a struct, and leaves out those that do not lie within it.
func (r *typeReader) fields(w *entry.Reader, t *Type) {
	for r.next(w) {
		if w.Depth != 1 || w.Entry.Tag != entry.Member {
			continue
		}
		f := Field{Name: w.Entry.Text(entry.Name), Embedded: w.Entry.Flag(entry.GoEmbeddedField), info: r.info}
		f.Offset, _ = w.Entry.Constant(entry.DataMemberLocation)
		f.of, _ = w.Entry.Reference(entry.Type)
		of := r.read(f.of)
		if of == nil || f.Offset < 0 || f.Offset > t.Size-of.Size {
			continue
		}
		if t.Fields = append(t.Fields, f); len(t.Fields) == maxFields {
			return
		}
	}
}

// array reads how many elements there are, 0 if they would not lie within the array.
func (r *typeReader) array(w *entry.Reader, t *Type) {
	t.elem, _ = w.Entry.Reference(entry.Type)
	of := r.read(t.elem)
	for r.next(w) {
		if w.Depth == 1 && w.Entry.Tag == entry.SubrangeType {
			t.Count, _ = w.Entry.Constant(entry.Count)
		}
	}
	if of == nil || t.Count < 0 || of.Size > 0 && t.Count > t.Size/of.Size {
		t.Count = 0
	}
}
