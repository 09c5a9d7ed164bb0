//go:build dev

// Package callframe says where a function's caller is to be found (DWARF 5 §6.4).
package callframe

import "errors"

// Table has the rules of a program.
type Table struct{}

// Rule says how to leave a frame.
type Rule struct {
	CFA    int64 // from the stack pointer to the canonical frame address
	Return int64 // from the canonical frame address to where the return address is saved
	Saved  bool  // it is saved there; else it is in the link register
	Top    bool  // there is no caller
}

// Parse reads a .debug_frame section.
func Parse(debugFrame []byte) (*Table, error) { return nil, errors.New("callframe: not yet") }

// At returns the rule at pc, an address as in the file.
func (t *Table) At(pc uint64) (Rule, bool) { return Rule{}, false }
