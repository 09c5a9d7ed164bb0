//go:build dev

package inspect

import (
	"reflect"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
)

// A map (internal/runtime/maps, since Go 1.24) is a header, a directory of tables, and in each
// table groups of eight slots for a key and an element. A group begins with a control
// word: one byte for each slot, whose high bit is set where the slot is empty or was
// deleted. A map of up to eight entries has no directory: its header points to its only
// group. Keys and elements above 128 bytes are elsewhere, and the slot has a pointer.
//
// The map is walked in the order of its slots and no key is hashed or compared, for
// that would be code of the program.

// slots is how a map's groups are laid out.
type slots struct {
	group           *debuginfo.Type
	count           int64
	size            int64 // of a slot
	key, elem       int64 // offsets in the group of the first slot's
	keyType         *debuginfo.Type
	elemType        *debuginfo.Type
	keyPtr, elemPtr bool // the slot has a pointer
}

// Bounds on what a header may say before it is taken for garbage.
const (
	maxTables = 1 << 24
	maxGroups = 1 << 20 // of one table
)

// entries calls yield with the entries of v, a map that is not nil, until it returns false.
// The result is why not all were seen, where it was not for that.
func (v Value) entries(yield func(key, elem Value) bool) lack {
	header := v.header().load()
	tables, why := header.field("dirLen").word(0)
	if why != "" {
		return why
	}
	directory := header.field("dirPtr")
	first, why := directory.word(0)
	if why != "" {
		return why
	}
	if first == 0 {
		return "" // made, and never filled
	}
	table := directory.typ.Elem() // a pointer to a table
	if table == nil || table.Elem() == nil {
		return unknownType
	}
	groups := v.at(0, table.Elem()).field("groups")
	data := groups.field("data")
	if data.typ == nil {
		return unknownType
	}
	layout, ok := slotsOf(v.typ, data.typ.Elem())
	switch {
	case !ok:
		return unknownType
	case tables == 0:
		_, why := layout.walk(v.at(first, layout.group), yield)
		return why
	case tables > maxTables:
		return unreadable
	}
	return v.walkTables(first, tables, table, layout, yield)
}

// walkTables goes through a directory, in which one table can stand several times.
func (v Value) walkTables(directory, n uint64, table *debuginfo.Type, layout slots, yield func(key, elem Value) bool) lack {
	seen := make(map[uint64]bool)
	for i := range n {
		pointer := v.at(directory+i*wordSize, table)
		addr, why := pointer.word(0)
		switch {
		case why != "":
			return why
		case seen[addr]:
			continue
		}
		seen[addr] = true
		groups := v.at(addr, table.Elem()).field("groups").load()
		data, why := groups.field("data").word(0)
		if why != "" {
			return why
		}
		mask, why := groups.field("lengthMask").word(0)
		switch {
		case why != "":
			return why
		case mask >= maxGroups:
			return unreadable
		}
		for g := range mask + 1 {
			more, why := layout.walk(v.at(data+g*uint64(layout.group.Size), layout.group), yield)
			if why != "" || !more {
				return why
			}
		}
	}
	return ""
}

// walk goes through the slots of a group. more is false when yield has had enough.
func (s slots) walk(group Value, yield func(key, elem Value) bool) (more bool, why lack) {
	group = group.load()
	control, why := group.field("ctrl").word(0)
	if why != "" {
		return false, why
	}
	for i := range s.count {
		if control>>(8*i)&0x80 != 0 {
			continue
		}
		key := group.slot(s.key+i*s.size, s.keyType, s.keyPtr)
		elem := group.slot(s.elem+i*s.size, s.elemType, s.elemPtr)
		if !yield(key, elem) {
			return false, ""
		}
	}
	return true, ""
}

func (v Value) slot(offset int64, t *debuginfo.Type, pointer bool) Value {
	if !pointer {
		return v.part(offset, t)
	}
	addr, why := v.word(offset)
	if why != "" {
		return Value{in: v.in, typ: t, lack: why}
	}
	return v.at(addr, t)
}

// slotsOf works out the layout of group for a map of type t.
func slotsOf(t, group *debuginfo.Type) (s slots, ok bool) {
	s = slots{group: group, keyType: t.Key(), elemType: t.Elem()}
	if group == nil || s.keyType == nil || s.elemType == nil {
		return s, false
	}
	pairs, at := fieldOf(group, "slots")
	if pairs == nil || pairs.Kind != reflect.Array || pairs.Elem() == nil || pairs.Count < 1 || pairs.Count > 8 {
		return s, false
	}
	pair := pairs.Elem()
	key, keyAt := fieldOf(pair, "key")
	elem, elemAt := fieldOf(pair, "elem")
	if key == nil || elem == nil {
		return s, false
	}
	s.count, s.size = pairs.Count, pair.Size
	s.key, s.keyPtr = at+keyAt, key.Size != s.keyType.Size
	s.elem, s.elemPtr = at+elemAt, elem.Size != s.elemType.Size
	return s, true
}

func fieldOf(t *debuginfo.Type, name string) (*debuginfo.Type, int64) {
	for _, f := range t.Fields {
		if f.Name == name {
			return f.Type(), f.Offset
		}
	}
	return nil, 0
}

// Lookup is what a map with keys of strings or integers has under key, which is a string,
// int64 or uint64. A key that is not in the map has no value; [Value.Has] tells that from a
// map that cannot be read.
func (v Value) Lookup(key any) (Value, bool) {
	elem, found, _ := v.find(key)
	return elem, found
}

// Has reports whether key, as of [Value.Lookup], is in a map. A nil map has none.
func (v Value) Has(key any) (has, ok bool) {
	_, has, why := v.find(key)
	return has, why == ""
}

func (v Value) find(key any) (elem Value, found bool, why lack) {
	if v.typ == nil || v.typ.Kind != reflect.Map {
		return Value{}, false, unknownType
	}
	switch isNil, ok := v.IsNil(); {
	case !ok:
		return Value{}, false, unreadable
	case isNil:
		return Value{}, false, ""
	}
	why = v.entries(func(k, e Value) bool {
		if found = k.equals(key); found {
			elem = e
		}
		return !found
	})
	return elem, found, why
}

// equals compares v with a string, int64 or uint64.
func (v Value) equals(key any) bool {
	switch key := key.(type) {
	case string:
		if n, ok := v.Len(); !ok || v.typ.Kind != reflect.String || n != int64(len(key)) {
			return false
		}
		s, ok := v.Text()
		return ok && s == key
	case int64:
		if n, ok := v.Int(); ok {
			return n == key
		}
		n, ok := v.Uint()
		return ok && key >= 0 && n == uint64(key)
	case uint64:
		if n, ok := v.Uint(); ok {
			return n == key
		}
		n, ok := v.Int()
		return ok && n >= 0 && uint64(n) == key
	}
	return false
}
