//go:build dev

package location

import (
	"errors"
	"fmt"
	"math"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/cursor"
)

// Operations (DWARF 5 §7.7.1, table 7.9).
const (
	opAddr         = 0x03
	opDeref        = 0x06
	opConst1u      = 0x08
	opConst1s      = 0x09
	opConst2u      = 0x0a
	opConst2s      = 0x0b
	opConst4u      = 0x0c
	opConst4s      = 0x0d
	opConst8u      = 0x0e
	opConst8s      = 0x0f
	opConstu       = 0x10
	opConsts       = 0x11
	opMinus        = 0x1c
	opPlus         = 0x22
	opPlusUconst   = 0x23
	opLit0         = 0x30
	opReg0         = 0x50
	opBreg0        = 0x70
	opRegx         = 0x90
	opFbreg        = 0x91
	opBregx        = 0x92
	opPiece        = 0x93
	opNop          = 0x96
	opCallFrameCFA = 0x9c
	opStackValue   = 0x9f
)

// numbered is how many registers and literals have an operation of their own.
const numbered = 32

var (
	errShort    = errors.New("location: expression ends within an operation")
	errStack    = errors.New("location: expression needs more on its stack than is there")
	errDeep     = errors.New("location: expression fills its stack")
	errRegister = errors.New("location: expression counts from a register that is not known")
	errMemory   = errors.New("location: expression follows a pointer that cannot be read")
	errPieces   = errors.New("location: expression of more or larger pieces than a variable has")
)

// An evaluation is an expression on its way. What it has described since the last piece
// is the top of the stack, an address, unless place says otherwise.
type evaluation struct {
	Machine
	stack  []uint64
	place  *Piece
	pieces []Piece
}

func (e *evaluation) run(expression []byte) ([]Piece, error) {
	c := cursor.New(expression)
	for c.Len() > 0 {
		err := e.step(&c)
		switch {
		case c.Failed():
			return nil, errShort
		case err != nil:
			return nil, err
		}
	}
	if len(e.stack) > 0 || e.place != nil {
		e.pieces = append(e.pieces, e.described())
	}
	return e.pieces, nil
}

func (e *evaluation) step(c *cursor.Cursor) error {
	switch op := int(c.Uint8()); {
	case op >= opLit0 && op < opLit0+numbered:
		return e.push(uint64(op - opLit0))
	case op >= opReg0 && op < opReg0+numbered:
		return e.register(uint64(op - opReg0))
	case op >= opBreg0 && op < opBreg0+numbered:
		return e.based(uint64(op-opBreg0), c.SLEB())
	default:
		return e.other(op, c)
	}
}

func (e *evaluation) other(op int, c *cursor.Cursor) error {
	switch op {
	case opAddr:
		return e.push(c.Uint64() + e.Slide)
	case opConst1u:
		return e.push(uint64(c.Uint8()))
	case opConst1s:
		return e.push(uint64(int8(c.Uint8())))
	case opConst2u:
		return e.push(uint64(c.Uint16()))
	case opConst2s:
		return e.push(uint64(int16(c.Uint16())))
	case opConst4u:
		return e.push(uint64(c.Uint32()))
	case opConst4s:
		return e.push(uint64(int32(c.Uint32())))
	case opConst8u, opConst8s:
		return e.push(c.Uint64())
	case opConstu:
		return e.push(c.ULEB())
	case opConsts:
		return e.push(uint64(c.SLEB()))
	case opCallFrameCFA:
		return e.push(e.CFA)
	case opFbreg:
		// Every function of the Go compiler has the CFA as its frame base.
		return e.push(e.CFA + uint64(c.SLEB()))
	case opRegx:
		return e.register(c.ULEB())
	case opBregx:
		return e.based(c.ULEB(), c.SLEB())
	case opPlusUconst:
		return e.add(c.ULEB())
	case opPlus, opMinus:
		term, err := e.pop()
		if err != nil {
			return err
		}
		if op == opMinus {
			term = -term
		}
		return e.add(term)
	case opDeref:
		return e.follow()
	case opStackValue:
		v, err := e.pop()
		e.place = &Piece{Kind: Value, Value: v}
		return err
	case opPiece:
		return e.piece(c.ULEB())
	case opNop:
		return nil
	}
	return fmt.Errorf("location: operation %#02x is not understood", op)
}

func (e *evaluation) push(v uint64) error {
	if len(e.stack) == maxStack {
		return errDeep
	}
	e.stack = append(e.stack, v)
	return nil
}

func (e *evaluation) pop() (uint64, error) {
	if len(e.stack) == 0 {
		return 0, errStack
	}
	v := e.stack[len(e.stack)-1]
	e.stack = e.stack[:len(e.stack)-1]
	return v, nil
}

// add adds to the top of the stack, and wraps around as an address does.
func (e *evaluation) add(term uint64) error {
	v, err := e.pop()
	if err != nil {
		return err
	}
	return e.push(v + term)
}

// follow replaces the address on top of the stack by the word that lies there.
func (e *evaluation) follow() error {
	address, err := e.pop()
	if err != nil {
		return err
	}
	if e.Memory == nil {
		return errMemory
	}
	word, ok := e.Memory(address)
	if !ok {
		return errMemory
	}
	return e.push(word)
}

// register says that the bytes are in a register, and which they are if that is known.
func (e *evaluation) register(number uint64) error {
	e.place = &Piece{}
	if v, ok := e.contents(number); ok {
		e.place = &Piece{Kind: Value, Value: v}
	}
	return nil
}

// based pushes what is in a register, and offset more.
func (e *evaluation) based(number uint64, offset int64) error {
	v, ok := e.contents(number)
	if !ok {
		return errRegister
	}
	return e.push(v + uint64(offset))
}

func (e *evaluation) contents(number uint64) (uint64, bool) {
	if number > math.MaxInt32 {
		return 0, false
	}
	v, ok := e.Registers[int(number)]
	return v, ok
}

// piece ends the description of so many bytes.
func (e *evaluation) piece(size uint64) error {
	if len(e.pieces) == maxPieces || size > maxSize {
		return errPieces
	}
	p := e.described()
	p.Size = int64(size)
	e.pieces = append(e.pieces, p)
	e.stack, e.place = e.stack[:0], nil
	return nil
}

// described is what the operations since the last piece come to.
func (e *evaluation) described() Piece {
	switch {
	case e.place != nil:
		return *e.place
	case len(e.stack) > 0:
		return Piece{Kind: Memory, Value: e.stack[len(e.stack)-1]}
	}
	return Piece{}
}
