//go:build dev

package debuginfo

import (
	"encoding/binary"
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo/entry"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/location"
)

// Role says what a variable is to its function.
type Role uint8

const (
	// Local is declared in the function's body.
	Local Role = iota
	// Argument is handed in. Receivers are among them.
	Argument
	// Result is handed back, under a name.
	Result
	// Captured is one of the function around a closure.
	Captured
	// Package is declared outside of functions; constants are among them.
	Package
)

// A Variable is a variable of the source. The zero value is nowhere.
type Variable struct {
	Name  string
	Type  *Type // nil: not known
	Role  Role
	Line  int // on which it is declared; 0: not known
	Depth int // how many blocks within its function; 0 for the function's own
	// Boxed: the variable was moved to the heap. What Locate finds is a pointer to it, nil as
	// long as it is not declared; Type is the variable's own type all the same.
	Boxed bool

	unit  *unit
	place place
}

// A place is what the compiler noted about where a variable is. The zero value is nowhere.
type place struct {
	expression []byte
	list       int64 // offset of a location list; -1: there is none
	constant   entry.Value
}

const (
	// dictionary is the name of the argument that a generic function has for its dictionary.
	dictionary = ".dict"
	// boxed marks what is not the variable but a pointer to it.
	boxed = "&"
)

// madeUp reports whether it was not the programmer who gave this name: results without a name,
// loops over functions, temporaries.
func madeUp(name string) bool {
	return name == "" || name == "_" || strings.ContainsAny(name[:1], ".~#")
}

// variable reads a variable's entry, save how deep it is.
func (u *unit) variable(e entry.Entry) Variable {
	v := Variable{Name: e.Text(entry.Name), unit: u, place: u.place(e)}
	if line, ok := e.Constant(entry.DeclLine); ok {
		v.Line = int(line)
	}
	if offset, ok := e.Reference(entry.Type); ok {
		v.Type = u.info.typeAt(offset)
	}
	if name, ok := strings.CutPrefix(v.Name, boxed); ok && v.Type != nil {
		v.Name, v.Boxed, v.Type = name, true, v.Type.Elem()
	}
	closure, captured := e.Constant(entry.GoClosureOffset)
	switch {
	case e.Flag(entry.VariableParameter):
		v.Role = Result
	case e.Tag == entry.FormalParameter:
		v.Role = Argument
	case captured && closure > 0:
		v.Role = Captured
	}
	return v
}

func (u *unit) place(e entry.Entry) place {
	p := place{list: -1, constant: e.Value(entry.ConstValue)}
	switch v := e.Value(entry.Location); v.Class {
	case entry.Block:
		p.expression = v.Bytes
	case entry.List:
		p.list = int64(v.Number)
	}
	return p
}

// Locate finds where the variable is while the program stands at pc, an address at run time. Of a
// constant it returns the bytes instead. Where it returns neither, the variable was optimised
// out, or is not kept at pc. The machine's Slide need not be set.
func (v Variable) Locate(m location.Machine, pc uint64) (pieces []location.Piece, constant []byte, err error) {
	if v.unit == nil {
		return nil, nil, nil
	}
	switch c := v.place.constant; c.Class {
	case entry.Constant:
		return nil, binary.LittleEndian.AppendUint64(nil, c.Number), nil
	case entry.Block, entry.Text:
		return nil, c.Bytes, nil
	}
	m.Slide = v.unit.info.slide
	pieces, err = location.Eval(v.expression(pc-m.Slide), m)
	return pieces, nil, err
}

// expression returns what says where the variable is at pc, an address in the file. Empty: it
// is nowhere.
func (v Variable) expression(pc uint64) []byte {
	if v.place.list < 0 {
		return v.place.expression
	}
	expression, _ := v.unit.info.lists.At(v.place.list, v.unit.base, pc)
	return expression
}

// kept reports whether anything of the variable is somewhere at pc, an address in the file.
func (v Variable) kept(pc uint64) bool {
	return v.place.constant.Class != entry.None || len(v.expression(pc)) > 0
}
