//go:build dev

package entry

import (
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/cursor"
)

// A form says how a value is written (DWARF 5 §7.5.6, table 7.6).
type form uint32

const (
	formAddr          form = 0x01
	formBlock2        form = 0x03
	formBlock4        form = 0x04
	formData2         form = 0x05
	formData4         form = 0x06
	formData8         form = 0x07
	formString        form = 0x08
	formBlock         form = 0x09
	formBlock1        form = 0x0a
	formData1         form = 0x0b
	formFlag          form = 0x0c
	formSdata         form = 0x0d
	formStrp          form = 0x0e
	formUdata         form = 0x0f
	formRefAddr       form = 0x10
	formRef1          form = 0x11
	formRef2          form = 0x12
	formRef4          form = 0x13
	formRef8          form = 0x14
	formRefUdata      form = 0x15
	formSecOffset     form = 0x17
	formExprloc       form = 0x18
	formFlagPresent   form = 0x19
	formStrx          form = 0x1a
	formAddrx         form = 0x1b
	formRefSup4       form = 0x1c
	formStrpSup       form = 0x1d
	formData16        form = 0x1e
	formLineStrp      form = 0x1f
	formRefSig8       form = 0x20
	formImplicitConst form = 0x21
	formLoclistx      form = 0x22
	formRnglistx      form = 0x23
	formRefSup8       form = 0x24
	formStrx1         form = 0x25
	formStrx4         form = 0x28
	formAddrx1        form = 0x29
	formAddrx4        form = 0x2c
)

// decode reads a value and passes it. What stands in another section is still a number
// then, for resolve to follow. A form that is not known fails the cursor, as its length
// is not known either; so does DW_FORM_indirect, which compilers do not use.
func (u *Unit) decode(a attribute, c *cursor.Cursor) Value {
	switch f := a.form; f {
	case formAddr:
		return Value{Class: Address, Number: c.Uint64()}
	case formAddrx:
		return Value{Class: Address, Number: c.ULEB()}
	case formAddrx1, formAddrx1 + 1, formAddrx1 + 2, formAddrx4:
		return Value{Class: Address, Number: c.Uint(uint64(f-formAddrx1) + 1)}

	case formData1:
		return Value{Class: Constant, Number: uint64(c.Uint8())}
	case formData2:
		return Value{Class: Constant, Number: c.Uint(2)}
	case formData4:
		return Value{Class: Constant, Number: c.Uint(4)}
	case formData8:
		return Value{Class: Constant, Number: c.Uint64()}
	case formSdata:
		return Value{Class: Constant, Number: uint64(c.SLEB())}
	case formUdata:
		return Value{Class: Constant, Number: c.ULEB()}
	case formImplicitConst:
		return Value{Class: Constant, Number: uint64(a.implicit)}

	case formFlag:
		return Value{Class: Flag, Number: uint64(c.Uint8())}
	case formFlagPresent:
		return Value{Class: Flag, Number: 1}

	case formBlock1:
		return Value{Class: Block, Bytes: c.Bytes(uint64(c.Uint8()))}
	case formBlock2:
		return Value{Class: Block, Bytes: c.Bytes(c.Uint(2))}
	case formBlock4:
		return Value{Class: Block, Bytes: c.Bytes(c.Uint(4))}
	case formBlock, formExprloc:
		return Value{Class: Block, Bytes: c.Bytes(c.ULEB())}
	case formData16:
		return Value{Class: Block, Bytes: c.Bytes(16)}

	case formRefAddr:
		return Value{Class: Reference, Number: c.Uint(4)}
	case formRef1:
		return u.reference(uint64(c.Uint8()))
	case formRef2:
		return u.reference(c.Uint(2))
	case formRef4:
		return u.reference(c.Uint(4))
	case formRef8:
		return u.reference(c.Uint64())
	case formRefUdata:
		return u.reference(c.ULEB())

	case formString:
		return Value{Class: Text, Bytes: c.String()}
	case formStrp, formLineStrp:
		return Value{Class: Text, Number: c.Uint(4)}
	case formStrx:
		return Value{Class: Text, Number: c.ULEB()}
	case formStrx1, formStrx1 + 1, formStrx1 + 2, formStrx4:
		return Value{Class: Text, Number: c.Uint(uint64(f-formStrx1) + 1)}

	case formSecOffset:
		return Value{Class: List, Number: c.Uint(4)}
	case formLoclistx, formRnglistx:
		return Value{Class: Unsupported, Number: c.ULEB()}
	case formRefSup4, formStrpSup:
		return Value{Class: Unsupported, Number: c.Uint(4)}
	case formRefSup8, formRefSig8:
		return Value{Class: Unsupported, Number: c.Uint64()}
	}
	c.Fail()
	return Value{}
}

// reference is one that counts from the beginning of the unit.
func (u *Unit) reference(offset uint64) Value {
	return Value{Class: Reference, Number: uint64(u.Offset) + offset}
}

// resolve fetches what decode left in another section.
func (u *Unit) resolve(f form, v Value) Value {
	var c cursor.Cursor
	switch f {
	case formStrp:
		c = cursor.At(u.data.Str, int64(v.Number))
	case formLineStrp:
		c = cursor.At(u.data.LineStr, int64(v.Number))
	case formStrx, formStrx1, formStrx1 + 1, formStrx1 + 2, formStrx4:
		index := cursor.At(u.data.StrOffsets, element(u.strOffsets, v.Number, 4))
		c = cursor.At(u.data.Str, int64(index.Uint32()))
		if index.Failed() {
			return Value{}
		}
	case formAddrx, formAddrx1, formAddrx1 + 1, formAddrx1 + 2, formAddrx4:
		c = cursor.At(u.data.Addr, element(u.AddrBase, v.Number, 8))
		v.Number = c.Uint64()
		if c.Failed() {
			return Value{}
		}
		return v
	default:
		return v
	}
	v.Bytes = c.String()
	if c.Failed() {
		return Value{}
	}
	return v
}

// element is the offset of an array's i-th element, -1 where it has no such element.
func element(base int64, i, size uint64) int64 {
	if base < 0 || i > maxIndex {
		return -1
	}
	return base + int64(i*size)
}

const maxIndex = 1 << 32
