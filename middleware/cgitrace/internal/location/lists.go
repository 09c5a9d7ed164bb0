//go:build dev

package location

import (
	"iter"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/cursor"
)

// Lists are the sections of a binary that hold location lists and range lists, nil
// where it has none. The zero value holds none. Safe for concurrent use.
//
// A location list is a sequence of ranges of instructions, each with an expression; a range
// list is one without expressions, and tells where the code of a function or block is that
// does not lie in one piece.
type Lists struct {
	Loclists []byte // .debug_loclists, of DWARF 5
	Loc      []byte // .debug_loc, before
	Rnglists []byte // .debug_rnglists, of DWARF 5
	Ranges   []byte // .debug_ranges, before
	Addr     []byte // .debug_addr, to which lists of DWARF 5 refer
}

// A Unit is what a list takes from the compilation unit it belongs to.
type Unit struct {
	Version  int    // of DWARF: 4 or 5
	Base     uint64 // DW_AT_low_pc, from which the offsets in a list count
	AddrBase int64  // DW_AT_addr_base: where the unit's addresses begin in .debug_addr
}

// A Range is a run of instructions, by addresses in the file: the first, and the first that no
// longer belongs to it.
type Range struct{ Low, High uint64 }

// Holds reports whether pc is in the range.
func (r Range) Holds(pc uint64) bool { return r.Low <= pc && pc < r.High }

// maxEntries bounds how much of one list is read. The compiler's have less than 1,000.
const maxEntries = 1 << 14

// At returns the expression that a location list has for an instruction. The offset is
// into .debug_loclists or .debug_loc, pc an address in the file. It returns false where the
// list has nothing for pc: the variable is nowhere then.
func (l Lists) At(offset int64, unit Unit, pc uint64) ([]byte, bool) {
	var byDefault []byte
	for e := range l.locations(offset, unit) {
		switch {
		case e.always && byDefault == nil:
			byDefault = e.expression
		case e.Holds(pc):
			return e.expression, true
		}
	}
	return byDefault, byDefault != nil
}

// Code returns the ranges of a range list that are not empty, in its order. The offset is
// into .debug_rnglists or .debug_ranges.
func (l Lists) Code(offset int64, unit Unit) iter.Seq[Range] {
	return func(yield func(Range) bool) {
		for e := range l.ranges(offset, unit) {
			if e.Low < e.High && !yield(e.Range) {
				return
			}
		}
	}
}

// An entry is a range with what a location list has for it.
type entry struct {
	Range
	expression []byte
	always     bool // stands for all that the list's other entries leave
}

func (l Lists) locations(offset int64, unit Unit) iter.Seq[entry] {
	if unit.Version < 5 {
		expression := func(c *cursor.Cursor) []byte { return c.Bytes(uint64(c.Uint16())) }
		return pairs(cursor.At(l.Loc, offset), unit.Base, expression)
	}
	expression := func(c *cursor.Cursor) []byte { return c.Bytes(c.ULEB()) }
	return l.coded(cursor.At(l.Loclists, offset), unit, locationCodes, expression)
}

func (l Lists) ranges(offset int64, unit Unit) iter.Seq[entry] {
	if unit.Version < 5 {
		return pairs(cursor.At(l.Ranges, offset), unit.Base, nil)
	}
	return l.coded(cursor.At(l.Rnglists, offset), unit, rangeCodes, nil)
}
