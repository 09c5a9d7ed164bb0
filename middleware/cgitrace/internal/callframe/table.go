//go:build dev

// Package callframe says how to get from a function's frame on the stack to its caller's.
//
// # The problem
//
// While a function runs, its variables lie on the stack at fixed distances from an address that
// stays the same until it returns: the canonical frame address, CFA, which is the value of the
// stack pointer before the call. Nothing in memory says where that is, for the stack pointer
// moves within a function. The linker knows, and has written it down for debuggers in the
// section .debug_frame (DWARF 5 §6.4): for each instruction, how far the CFA is from the stack
// pointer and where the return address is. From these two follows the caller's frame: its stack
// pointer is the CFA, and it stands at the return address. So one goes outwards from frame to
// frame.
//
// # What is read
//
// The section is a list of two kinds of entries. A common information entry, CIE, has what
// functions share; Go's linker writes one per program. A frame description entry, FDE, has one
// function: its range of addresses, and a little program (§6.4.2) of which the instructions
// either move on in the function ("from 12 bytes further on") or change the rules ("the CFA is
// the stack pointer plus 32"). [Table.At] runs it up to the address in question:
//
//	def_cfa_offset_sf 8     from the function's beginning: CFA = SP+8
//	advance_loc 11          after 11 bytes, in which the frame is made,
//	def_cfa_offset_sf 112   CFA = SP+112
//	advance_loc 200         …
//
// On machines whose call instruction leaves the return address in a register (arm64), there is
// also where it was saved, or that it was not yet. Other registers' rules are of no use here:
// Go functions save none for their callers.
//
// What C compilers add when a program is linked with C may compute the CFA from another
// register, or be in a form that is not read; such a function has no rule.
//
// # Why it cannot crash
//
// The bytes are read with package cursor, which ends where they end. An FDE's program has no
// jumps, so that it ends with its bytes. A rule may be wrong, as in a file that does not belong
// to the running program; who uses it must check where it leads.
package callframe

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/cursor"
)

// Table has the rules of all functions of a program. It is safe for concurrent use.
type Table struct {
	functions []function // by their first address
}

// Rule says how to leave a frame.
type Rule struct {
	CFA    int64 // from the stack pointer to the canonical frame address, in bytes
	Return int64 // from the canonical frame address to where the return address is
	Saved  bool  // the return address is in memory, as Return says; else it is in the link register
	Top    bool  // there is no return address: this is where the stack begins
}

// common is a CIE: what its functions share.
type common struct {
	codeFactor uint64
	dataFactor int64
	stack      uint64 // the stack pointer's number
	link       uint64 // the number of the return address's column
	program    []byte // what holds at the beginning of each function
}

// function is an FDE.
type function struct {
	low, high uint64 // its addresses, without high
	common    *common
	program   []byte
}

// Parse reads a .debug_frame section of a 64-bit program, of which it keeps debugFrame. It
// fails where entries do not follow one another to the section's end, as in one that is cut or
// damaged. Entries of a form that Go's linker does not write are left out.
func Parse(debugFrame []byte) (*Table, error) {
	if uint64(len(debugFrame)) >= math.MaxUint32 {
		return nil, errors.New("callframe: the section has more than 4 GiB")
	}
	t := new(Table)
	commons := make(map[uint32]*common)
	for at := 0; at < len(debugFrame); {
		c := cursor.At(debugFrame, int64(at))
		length := c.Uint32()
		entry := cursor.New(c.Bytes(uint64(length))) // 0xffffffff, for the format of 64 bits, is beyond the end
		if c.Failed() {
			return nil, fmt.Errorf("callframe: the entry at offset %d of %d is cut short, or damaged", at, len(debugFrame))
		}
		start := uint32(at)
		at = len(debugFrame) - c.Len()
		if length == 0 {
			continue // padding
		}
		id := entry.Uint32()
		if id == math.MaxUint32 {
			commons[start] = parseCommon(entry)
		} else if cie := commons[id]; cie != nil {
			if f, ok := parseFunction(entry, cie); ok {
				t.functions = append(t.functions, f)
			}
		}
	}
	if len(t.functions) == 0 {
		return nil, errors.New("callframe: the section describes no function")
	}
	slices.SortStableFunc(t.functions, func(a, b function) int { return cmp.Compare(a.low, b.low) })
	t.functions = slices.Clip(t.functions)
	return t, nil
}

// parseCommon reads what follows a CIE's id (§6.4.1), or returns nil where its form is not known.
func parseCommon(c cursor.Cursor) *common {
	version := c.Uint8()
	augmentation := c.String()
	if version != 1 && version != 3 && version != 4 || len(augmentation) > 0 {
		return nil
	}
	if version == 4 && (c.Uint8() != 8 || c.Uint8() != 0) { // the sizes of an address and of a segment selector
		return nil
	}
	cie := &common{codeFactor: c.ULEB(), dataFactor: c.SLEB()}
	if version == 1 {
		cie.link = uint64(c.Uint8())
	} else {
		cie.link = c.ULEB()
	}
	// Which register is the stack pointer, the format does not tell, but which column is the
	// return address's tells the machine.
	switch cie.link {
	case 16: // amd64: the column of rip
		cie.stack = 7 // rsp
	case 30: // arm64: x30
		cie.stack = 31 // sp
	default:
		return nil
	}
	cie.program = c.Bytes(uint64(c.Len()))
	if c.Failed() {
		return nil
	}
	return cie
}

// parseFunction reads what follows an FDE's reference to its CIE (§6.4.1).
func parseFunction(c cursor.Cursor, cie *common) (f function, ok bool) {
	f.low = c.Uint64()
	size := c.Uint64()
	f.high = f.low + size
	f.common = cie
	f.program = c.Bytes(uint64(c.Len()))
	// A function that the linker dropped is at 0, or around the end.
	return f, !c.Failed() && f.low != 0 && f.high > f.low
}

// At returns the rule at pc, an address as in the file. False: no function is known to be
// there, or none whose frames are made as Go's are.
func (t *Table) At(pc uint64) (Rule, bool) {
	i := sort.Search(len(t.functions), func(i int) bool { return t.functions[i].low > pc }) - 1
	if i < 0 || pc >= t.functions[i].high {
		return Rule{}, false
	}
	return t.functions[i].rule(pc)
}
