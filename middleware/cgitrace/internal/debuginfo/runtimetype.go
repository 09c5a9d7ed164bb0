//go:build dev

package debuginfo

import (
	"cmp"
	"slices"
	"sync"
	"time"
	"unsafe"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo/entry"
)

// runtimeTypes are the types that have a descriptor in memory, by where it is.
//
// An interface value holds the address of its type's descriptor. The debug information has, as an
// attribute of the type (DW_AT_go_runtime_type), how far the descriptor is from the beginning of
// all descriptors; older linkers write the address. Where they begin stands in a structure of
// the runtime that is nobody's business. It follows, however, from one type of which both are
// known; here several have to agree.
type runtimeTypes struct {
	once       sync.Once
	known      []described // by their offsets
	base       uint64
	calibrated bool
}

type described struct {
	descriptor uint64 // offset
	entry      int64
}

// RuntimeType returns the type whose descriptor in memory is at addr, nil if there is none. The
// first call reads the unit that describes all types, which takes some milliseconds.
func (i *Info) RuntimeType(addr uint64) *Type {
	r := &i.runtimeTypes
	r.once.Do(func() {
		if i.own {
			i.calibrate()
		}
	})
	if !r.calibrated {
		return nil
	}
	byDescriptor := func(d described, offset uint64) int { return cmp.Compare(d.descriptor, offset) }
	n, ok := slices.BinarySearchFunc(r.known, addr-r.base, byDescriptor)
	if !ok {
		return nil
	}
	return i.typeAt(r.known[n].entry)
}

// measures are types whose descriptors' addresses the running program can say itself.
func measures() map[string]uint64 {
	return map[string]uint64{
		"bool": descriptor(false), "int": descriptor(0), "uint8": descriptor(uint8(0)),
		"float64": descriptor(0.0), "string": descriptor(""),
		"time.Duration": descriptor(time.Duration(0)), "time.Month": descriptor(time.January),
	}
}

// descriptor is the address of the descriptor of v's type: the first word of an interface
// value.
func descriptor(v any) uint64 { return uint64(*(*uintptr)(unsafe.Pointer(&v))) }

// agreeing is how many measures have to give the same base.
const agreeing = 4

// calibrate reads the units until one has the measures: the linker puts all types into one.
func (i *Info) calibrate() {
	known := measures()
	for _, u := range i.typeUnits() {
		bases := make(map[uint64]int)
		var all []described
		for r := u.Walk(); r.Next(); {
			if r.Depth != 1 {
				continue
			}
			offset, ok := r.Entry.Address(entry.GoRuntimeType)
			if !ok || offset == 0 {
				continue
			}
			all = append(all, described{offset, r.Entry.Offset})
			if addr := known[string(r.Entry.Value(entry.Name).Bytes)]; addr != 0 {
				bases[addr-offset]++
			}
		}
		for base, n := range bases {
			if n < agreeing {
				continue
			}
			slices.SortStableFunc(all, func(a, b described) int { return cmp.Compare(a.descriptor, b.descriptor) })
			r := &i.runtimeTypes
			r.known, r.base, r.calibrated = slices.Clip(all), base, true
			return
		}
	}
}

// typeUnits returns the units, that of the runtime first, where the linker puts the types.
func (i *Info) typeUnits() []*unit {
	isRuntime := func(u *unit) bool { return u.name == "runtime" }
	n := max(0, slices.IndexFunc(i.units, isRuntime))
	return slices.Concat(i.units[n:], i.units[:n])
}
