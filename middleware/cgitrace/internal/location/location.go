//go:build dev

// Package location finds out where a variable is while the program stands at some instruction.
//
// A compiled variable has no single place. Its bytes may lie on the stack, in registers, partly
// in one and partly in the other, or nowhere, and this changes from one instruction to the next.
// DWARF, the debug information of a binary, therefore holds for each variable either an
// expression or a list of expressions, each with the range of instructions for which it is right.
// An expression is a small program for a stack machine: "push the address of the frame, add
// -24" ends with an address on the stack, which is where the variable is.
//
// [Eval] runs such a program (DWARF 5 §2.5 and §2.6, numbers in §7.7). [Lists] finds the right
// one in a list (§2.6.2 and §7.7.3; before version 5, DWARF 4 §2.6.2), and reads range lists
// (§2.17.3 and §7.25), which are encoded alike.
//
// Of the operations those are understood that the Go compiler and linker emit, and some
// neighbours. There is no jump among them: an expression runs once from its first byte to its
// last. Every length and count is bounded, every read is checked, so that a damaged file leads to
// an error or to a wrong place, not to a crash or a loop; that a wrong place is harmless is the
// concern of whoever reads there (package memory).
package location

import "fmt"

// Kind says where a [Piece] is.
type Kind uint8

const (
	// Missing is nowhere: the compiler did not keep it, or it is in a register not known.
	Missing Kind = iota
	// Memory is at an address.
	Memory
	// Value has no address: it is in a register, or computed.
	Value
)

// A Piece is a run of a variable's bytes that are together in one place.
type Piece struct {
	Kind Kind
	// Value is the address of a Memory, and the bytes themselves, the first lowest, of a Value.
	// 0 for one that is Missing.
	Value uint64
	// Size is the piece's length in bytes; 0 stands for the whole variable, or where other
	// pieces come first for the rest of it. A Value has its bytes in eight.
	Size int64
}

// A Machine is the state in which a program stands, as far as it is known.
type Machine struct {
	// CFA is the canonical frame address (DWARF 5 §6.4): the stack pointer as it was in the
	// caller just before the call. The Go compiler counts a variable's place from there.
	CFA uint64
	// Registers maps DWARF's numbers of registers to what is in them. Of a register that is not
	// here the contents are not known; nil: of none.
	Registers map[int]uint64
	// Slide is added to the addresses in an expression: how far from its address in the file
	// the program was loaded.
	Slide uint64
	// Memory reads the word of eight bytes at an address, for expressions that follow a pointer.
	// nil: they fail.
	Memory func(addr uint64) (uint64, bool)
}

// What an expression may be and describe. The compiler's are shorter than 100 bytes.
const (
	maxExpression = 4096
	maxStack      = 64
	maxPieces     = 256
	maxSize       = 1 << 20 // of a piece, in bytes
)

// Eval runs an expression and returns the pieces of the variable it describes, in the order of
// their bytes. None: the compiler kept nothing of it. It returns an error for an operation it does
// not know, or where the expression needs a register or a word of memory it cannot have.
func Eval(expression []byte, m Machine) ([]Piece, error) {
	if len(expression) > maxExpression {
		return nil, fmt.Errorf("location: expression of %d bytes", len(expression))
	}
	e := evaluation{Machine: m}
	return e.run(expression)
}
