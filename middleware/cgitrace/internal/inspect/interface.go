//go:build dev

package inspect

import "encoding/binary"

// An interface is two words. The second is the value, or a pointer to it where the value is
// not itself one pointer ([debuginfo.Type.Direct]). The first says which type it has: of an
// empty interface it points to the type's descriptor, of one with methods to a table
// (runtime.itab) whose second word does.

// dynamic is what is in v, an interface.
func (v Value) dynamic() Value {
	descriptor, why := v.word(0)
	switch {
	case why != "":
		return v.without(why)
	case descriptor == 0:
		return v.without(unreadable)
	case v.hasMethods():
		b, why := v.in.read(descriptor+wordSize, wordSize)
		if why != "" {
			return v.without(why)
		}
		descriptor = binary.LittleEndian.Uint64(b)
	}
	t := v.in.info.RuntimeType(descriptor)
	switch {
	case t == nil:
		return v.without(unknownType)
	case t.Direct():
		return v.part(wordSize, t)
	}
	addr, why := v.word(wordSize)
	if why != "" {
		return Value{in: v.in, typ: t, lack: why}
	}
	return v.at(addr, t)
}

// hasMethods reports whether v's type is an interface with methods.
func (v Value) hasMethods() bool {
	return len(v.typ.Fields) > 0 && v.typ.Fields[0].Name == "tab"
}
