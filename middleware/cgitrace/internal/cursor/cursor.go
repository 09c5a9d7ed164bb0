//go:build dev

// Package cursor reads the numbers of which DWARF sections are made: little-endian ones of a
// fixed size, and those of variable length (LEB128).
//
// The bytes come from a file that may be cut short or damaged, so nothing here trusts them:
// what would lie beyond the end fails the cursor, and a failed cursor yields zeros and has
// nothing left. A loop that goes on while bytes are left therefore ends, and a reader of many
// numbers may ask once, at the end, whether all of them were there.
package cursor

import (
	"bytes"
	"encoding/binary"
	"math"
)

// A Cursor is a place in a section. The zero value is at the end of an empty one.
// It is not safe for concurrent use; the bytes it reads may be shared.
type Cursor struct {
	rest   []byte
	failed bool
}

// New returns a cursor at the beginning of b, which it does not copy.
func New(b []byte) Cursor { return Cursor{rest: b} }

// At returns a cursor at an offset of b; one that has failed where b has no such offset.
func At(b []byte, offset int64) Cursor {
	if offset < 0 || offset > int64(len(b)) {
		return Cursor{failed: true}
	}
	return Cursor{rest: b[offset:]}
}

// Len is the number of bytes left, 0 after a failure.
func (c *Cursor) Len() int { return len(c.rest) }

// Failed reports whether something was read that was not there.
func (c *Cursor) Failed() bool { return c.failed }

// Fail makes the cursor a failed one.
func (c *Cursor) Fail() { c.rest, c.failed = nil, true }

// Bytes returns the next n bytes, which are the section's own: they must not be changed.
// It returns nil where fewer are left.
func (c *Cursor) Bytes(n uint64) []byte {
	if n > uint64(len(c.rest)) {
		c.Fail()
		return nil
	}
	b := c.rest[:n:n]
	c.rest = c.rest[n:]
	return b
}

// String returns the bytes up to the next NUL, and passes the NUL.
func (c *Cursor) String() []byte {
	n := bytes.IndexByte(c.rest, 0)
	if n < 0 {
		c.Fail()
		return nil
	}
	b := c.rest[:n:n]
	c.rest = c.rest[n+1:]
	return b
}

// Uint8 reads one byte.
func (c *Cursor) Uint8() uint8 {
	if len(c.rest) == 0 {
		c.Fail()
		return 0
	}
	b := c.rest[0]
	c.rest = c.rest[1:]
	return b
}

// Uint16 reads two bytes.
func (c *Cursor) Uint16() uint16 { return uint16(c.Uint(2)) }

// Uint32 reads four bytes.
func (c *Cursor) Uint32() uint32 { return uint32(c.Uint(4)) }

// Uint64 reads eight bytes.
func (c *Cursor) Uint64() uint64 { return c.Uint(8) }

// Uint reads a number of size bytes, of which there are up to eight.
func (c *Cursor) Uint(size uint64) uint64 {
	if size > 8 {
		c.Fail()
		return 0
	}
	var word [8]byte
	copy(word[:], c.Bytes(size))
	return binary.LittleEndian.Uint64(word[:])
}

// longest is how many bytes a number of 64 bits has in LEB128.
const longest = 10

// ULEB reads an unsigned LEB128 number (DWARF 5 §7.6). One that needs more than 64 bits
// fails the cursor.
func (c *Cursor) ULEB() uint64 {
	var v uint64
	for i := range c.rest {
		b := c.rest[i]
		if i == longest-1 && b > 1 {
			break
		}
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			c.rest = c.rest[i+1:]
			return v
		}
	}
	c.Fail()
	return 0
}

// SLEB reads a signed LEB128 number (DWARF 5 §7.6). One that needs more than 64 bits fails
// the cursor.
func (c *Cursor) SLEB() int64 {
	var v int64
	for i := range c.rest {
		b := c.rest[i]
		if i == longest-1 && b != 0 && b != 0x7f {
			break
		}
		v |= int64(b&0x7f) << (7 * i)
		if b < 0x80 {
			c.rest = c.rest[i+1:]
			if bits := 7 * (i + 1); b&0x40 != 0 && bits < 64 {
				v |= math.MinInt64 >> (63 - bits)
			}
			return v
		}
	}
	c.Fail()
	return 0
}
