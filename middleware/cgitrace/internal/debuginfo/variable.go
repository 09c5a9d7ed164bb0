//go:build dev

package debuginfo

import "github.com/surcoat/surcoat/middleware/cgitrace/internal/location"

// Role says what a variable is to its function.
type Role uint8

const (
	Local Role = iota
	Argument
	Result
	Captured // a closure's, of the function around it
	Package
)

// A Variable is a variable of the source.
type Variable struct {
	Name  string
	Type  *Type // nil: not known
	Role  Role
	Line  int // on which it is declared; 0: not known
	Depth int // of the block, 0 for the function's own
	// Boxed: the variable was moved to the heap. What Locate finds is a pointer to it; Type is
	// the variable's own type all the same.
	Boxed bool
}

// Locate finds the variable at pc. Neither pieces nor constant: optimised out.
func (v Variable) Locate(m location.Machine, pc uint64) (pieces []location.Piece, constant []byte, err error) {
	return nil, nil, ErrAbsent
}

// Global finds a package variable.
func (i *Info) Global(pkg, name string) (Variable, bool) { return Variable{}, false }
