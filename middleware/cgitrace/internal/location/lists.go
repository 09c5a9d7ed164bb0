//go:build dev

package location

// Lists are the sections of a binary that hold location lists and range lists, nil
// where it has none. The zero value holds none. Safe for concurrent use.
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
	Base     uint64 // DW_AT_low_pc, from which the offsets of a list count
	AddrBase int64  // DW_AT_addr_base: where the unit's addresses begin in .debug_addr
}

// At returns the expression that a location list has for an instruction. The offset is
// into .debug_loclists or .debug_loc, and pc an address in the file. It returns false where the
// list has no such instruction: the variable is nowhere then.
func (l Lists) At(offset int64, unit Unit, pc uint64) ([]byte, bool) { return nil, false }
