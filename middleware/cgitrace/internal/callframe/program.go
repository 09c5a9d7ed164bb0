//go:build dev

package callframe

import "github.com/surcoat/surcoat/middleware/cgitrace/internal/cursor"

// The instructions of an FDE's program (DWARF 5 §6.4.2 and §7.24). The first three have an
// operand in their lower six bits.
const (
	advanceLoc = 1 // << 6
	offset     = 2
	restore    = 3

	nop              = 0x00
	setLoc           = 0x01
	advanceLoc1      = 0x02
	advanceLoc2      = 0x03
	advanceLoc4      = 0x04
	offsetExtended   = 0x05
	restoreExtended  = 0x06
	undefined        = 0x07
	sameValue        = 0x08
	register         = 0x09
	rememberState    = 0x0a
	restoreState     = 0x0b
	defCFA           = 0x0c
	defCFARegister   = 0x0d
	defCFAOffset     = 0x0e
	defCFAExpression = 0x0f
	expression       = 0x10
	offsetExtendedSF = 0x11
	defCFASF         = 0x12
	defCFAOffsetSF   = 0x13
	valOffset        = 0x14
	valOffsetSF      = 0x15
	valExpression    = 0x16
)

// row is what holds at an address.
type row struct {
	Rule
	known bool   // the return address's place is one that Rule can express
	base  uint64 // the register from which the CFA is computed
	plain bool   // it is that register plus an offset, not an expression's result
}

// machine runs the programs.
type machine struct {
	common  *common
	row     row
	initial row // after the CIE's program
	saved   []row
	pc      uint64 // to which row applies
	bad     bool   // an instruction is not known or lacks an operand, so that all is doubtful
}

// maxSaved is how many rows a program may remember at a time. Compilers remember one.
const maxSaved = 16

// rule runs the function's program up to pc.
func (f *function) rule(pc uint64) (Rule, bool) {
	m := machine{common: f.common, row: row{known: true}, pc: f.low}
	m.run(f.common.program, pc)
	m.initial = m.row
	m.pc = f.low
	m.run(f.program, pc)
	r := m.row
	if m.bad || !r.known || !r.plain || r.base != f.common.stack {
		return Rule{}, false
	}
	return r.Rule, true
}

// run executes a program until it moves on beyond pc.
func (m *machine) run(program []byte, pc uint64) {
	c := cursor.New(program)
	for c.Len() > 0 && !m.bad && m.pc <= pc {
		op := c.Uint8()
		operand := uint64(op & 0x3f)
		switch op >> 6 {
		case advanceLoc:
			m.pc = m.advance(operand)
		case offset:
			m.savedAt(operand, int64(c.ULEB()))
		case restore:
			m.restore(operand)
		default:
			m.step(op, &c)
		}
		m.bad = m.bad || c.Failed()
	}
}

// step executes an instruction that has no operand of its own.
func (m *machine) step(op byte, c *cursor.Cursor) {
	switch op {
	case nop:
	case setLoc:
		m.pc = c.Uint64()
	case advanceLoc1:
		m.pc = m.advance(uint64(c.Uint8()))
	case advanceLoc2:
		m.pc = m.advance(uint64(c.Uint16()))
	case advanceLoc4:
		m.pc = m.advance(uint64(c.Uint32()))

	case defCFA:
		m.define(c.ULEB(), int64(c.ULEB()))
	case defCFASF:
		m.define(c.ULEB(), c.SLEB()*m.common.dataFactor)
	case defCFARegister:
		m.row.base = c.ULEB()
	case defCFAOffset:
		m.row.CFA = int64(c.ULEB())
	case defCFAOffsetSF:
		m.row.CFA = c.SLEB() * m.common.dataFactor
	case defCFAExpression:
		c.Bytes(c.ULEB())
		m.row.plain = false

	case offsetExtended:
		m.savedAt(c.ULEB(), int64(c.ULEB()))
	case offsetExtendedSF:
		m.savedAt(c.ULEB(), c.SLEB())
	case restoreExtended:
		m.restore(c.ULEB())
	case sameValue:
		m.link(c.ULEB(), Rule{}, true)
	case undefined:
		m.link(c.ULEB(), Rule{Top: true}, true)
	case register:
		m.link(c.ULEB(), Rule{}, false)
		c.ULEB()
	case valOffset:
		m.link(c.ULEB(), Rule{}, false)
		c.ULEB()
	case valOffsetSF:
		m.link(c.ULEB(), Rule{}, false)
		c.SLEB()
	case expression, valExpression:
		m.link(c.ULEB(), Rule{}, false)
		c.Bytes(c.ULEB())

	case rememberState:
		if len(m.saved) == maxSaved {
			m.bad = true
			return
		}
		m.saved = append(m.saved, m.row)
	case restoreState:
		if len(m.saved) == 0 {
			m.bad = true
			return
		}
		m.row, m.saved = m.saved[len(m.saved)-1], m.saved[:len(m.saved)-1]
	default:
		m.bad = true
	}
}

// advance returns the address so many units further on.
func (m *machine) advance(units uint64) uint64 { return m.pc + units*m.common.codeFactor }

// define says that the CFA is what is in a register, plus an offset.
func (m *machine) define(base uint64, offset int64) {
	m.row.base, m.row.CFA, m.row.plain = base, offset, true
}

// savedAt says that a register was saved so many units from the CFA.
func (m *machine) savedAt(column uint64, units int64) {
	m.link(column, Rule{Return: units * m.common.dataFactor, Saved: true}, true)
}

// restore says that a register's rule is again that of the CIE.
func (m *machine) restore(column uint64) {
	m.link(column, m.initial.Rule, m.initial.known)
}

// link takes over where the return address is, if column is its own.
func (m *machine) link(column uint64, r Rule, known bool) {
	if column != m.common.link {
		return
	}
	m.row.Return, m.row.Saved, m.row.Top, m.row.known = r.Return, r.Saved, r.Top, known
}
