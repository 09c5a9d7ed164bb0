//go:build dev

package inspect

import (
	"encoding/binary"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
)

// lack is why bytes are not known, in the words of the page; "" for bytes that are.
type lack string

const (
	optimizedOut lack = "optimized out"
	unassigned   lack = "not yet assigned"
	unreadable   lack = "unreadable"
	unknownType  lack = "of a type that is not known"
	moved        lack = "gone: it was on the stack before the stack moved"
	tooMuch      lack = "left out: reading it takes too long"
)

// Value is a variable or a part of one: a type, and where the bytes are. They are read when
// they are asked for, and what is asked for may turn out not to be known: its methods
// report this by their last result. The zero Value is one of which nothing is known.
type Value struct {
	in   *Inspector
	typ  *debuginfo.Type
	addr uint64 // of the bytes in memory, where data is nil
	data []byte // the bytes themselves
	gaps []bool // bytes of data that are optimized out; nil: none
	lack lack   // why there is neither
}

// Type is v's type, nil for the zero Value. It is the concrete one where the source has a type
// parameter.
func (v Value) Type() *debuginfo.Type { return v.typ }

// wordSize is that of the architectures on which there are values.
const wordSize = 8

// bytes returns n bytes of v.
func (v Value) bytes(offset, n int64) ([]byte, lack) {
	switch {
	case v.lack != "":
		return nil, v.lack
	case v.typ == nil:
		return nil, unknownType
	case offset < 0 || n < 0:
		return nil, unreadable
	case v.data == nil:
		return v.in.read(v.addr+uint64(offset), n)
	case n > int64(len(v.data))-offset:
		return nil, unreadable
	}
	if v.gaps != nil {
		for _, gap := range v.gaps[offset : offset+n] {
			if gap {
				return nil, optimizedOut
			}
		}
	}
	return v.data[offset : offset+n], ""
}

// number is an unsigned integer of so many bytes.
func (v Value) number(offset, size int64) (uint64, lack) {
	b, lack := v.bytes(offset, size)
	if lack != "" {
		return 0, lack
	}
	switch size {
	case 1:
		return uint64(b[0]), ""
	case 2:
		return uint64(binary.LittleEndian.Uint16(b)), ""
	case 4:
		return uint64(binary.LittleEndian.Uint32(b)), ""
	case 8:
		return binary.LittleEndian.Uint64(b), ""
	}
	return 0, unreadable
}

func (v Value) word(offset int64) (uint64, lack) { return v.number(offset, wordSize) }

// part is the part of v at offset that has type t.
func (v Value) part(offset int64, t *debuginfo.Type) Value {
	p := Value{in: v.in, typ: t, lack: v.lack}
	switch {
	case v.lack != "":
	case t == nil:
		p.lack = unknownType
	case v.data == nil:
		p.addr = v.addr + uint64(offset)
	case offset < 0 || t.Size < 0 || t.Size > int64(len(v.data))-offset:
		p.lack = unreadable
	default:
		p.data = v.data[offset : offset+t.Size : offset+t.Size]
		if v.gaps != nil {
			p.gaps = v.gaps[offset : offset+t.Size]
		}
	}
	return p
}

// at is the value of type t in memory at addr.
func (v Value) at(addr uint64, t *debuginfo.Type) Value {
	p := Value{in: v.in, typ: t, addr: addr}
	if t == nil {
		p.lack = unknownType
	}
	return p
}

// without is v's place with nothing known of it.
func (v Value) without(why lack) Value {
	return Value{in: v.in, typ: v.typ, lack: why}
}

// maxLoaded is the size up to which a value is copied as a whole.
const maxLoaded = 4 << 10

// load copies v out of memory, so that its parts are of one moment and cost one read. A
// large value, and one that cannot be read as a whole, stays where it is.
func (v Value) load() Value {
	if v.lack != "" || v.data != nil || v.typ.Size <= 0 || v.typ.Size > maxLoaded {
		return v
	}
	if b, lack := v.in.read(v.addr, v.typ.Size); lack == "" {
		v.data = b
	}
	return v
}

// field is a field of a struct by its name, and not by those of embedded structs. It serves for the
// structs of the runtime and the standard library.
func (v Value) field(name string) Value {
	if v.typ != nil {
		for _, f := range v.typ.Fields {
			if f.Name == name {
				return v.part(f.Offset, f.Type())
			}
		}
	}
	return v.without(unknownType)
}

// target is what v, a pointer, points to. Its lack is unreadable for nil.
func (v Value) target() Value {
	addr, lack := v.word(0)
	switch {
	case lack != "":
		return v.without(lack)
	case addr == 0:
		return v.without(unreadable)
	}
	return v.at(addr, v.typ.Elem())
}

// zero reports whether all that is known of v is zero bytes.
func (v Value) zero() bool {
	if v.lack != "" {
		return true
	}
	const most = 64 << 10
	b, gaps := v.data, v.gaps
	if b == nil {
		var lack lack
		if b, lack = v.in.read(v.addr, min(v.typ.Size, most)); lack != "" {
			return false
		}
		if v.typ.Size > most {
			return false
		}
	}
	for i, c := range b {
		if c != 0 && (gaps == nil || !gaps[i]) {
			return false
		}
	}
	return true
}
