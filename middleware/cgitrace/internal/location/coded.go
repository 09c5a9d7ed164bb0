//go:build dev

package location

import (
	"iter"
	"math"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/cursor"
)

// code says how an entry of a list is written.
type code uint8

const (
	endOfList code = iota
	baseAddressx
	startxEndx
	startxLength
	offsetPair
	defaultLocation
	baseAddress
	startEnd
	startLength
)

// The codes by their numbers: DW_LLE_* (DWARF 5 §7.7.3, table 7.10) and DW_RLE_* (§7.25, table 7.30).
var (
	locationCodes = []code{
		endOfList, baseAddressx, startxEndx, startxLength, offsetPair, defaultLocation, baseAddress, startEnd, startLength,
	}
	rangeCodes = []code{
		endOfList, baseAddressx, startxEndx, startxLength, offsetPair, baseAddress, startEnd, startLength,
	}
)

// A body reads what a location list has after a range; nil for a range list.
type body func(*cursor.Cursor) []byte

// coded yields a list of DWARF 5, in which every entry begins with a code. An address is
// written out, or an index to the unit's part of .debug_addr, or counts from a base, which is
// the unit's until the list names another one.
func (l Lists) coded(c cursor.Cursor, unit Unit, codes []code, read body) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		base := unit.Base
		for range maxEntries {
			n := c.Uint8()
			if int(n) >= len(codes) {
				return
			}
			var e entry
			switch codes[n] {
			case endOfList:
				return
			case baseAddressx:
				base = l.address(&c, unit)
				continue
			case baseAddress:
				base = c.Uint64()
				continue
			case startxEndx:
				e.Low = l.address(&c, unit)
				e.High = l.address(&c, unit)
			case startxLength:
				e.Low = l.address(&c, unit)
				e.High = e.Low + c.ULEB()
			case offsetPair:
				e.Low = base + c.ULEB()
				e.High = base + c.ULEB()
			case startEnd:
				e.Low = c.Uint64()
				e.High = c.Uint64()
			case startLength:
				e.Low = c.Uint64()
				e.High = e.Low + c.ULEB()
			case defaultLocation:
				e.always = true
			}
			if read != nil {
				e.expression = read(&c)
			}
			if c.Failed() || !yield(e) {
				return
			}
		}
	}
}

// address reads an index and returns the address that it stands for. One that .debug_addr does not
// have fails the cursor, so that the list ends.
func (l Lists) address(c *cursor.Cursor, unit Unit) uint64 {
	const size = 8
	index := c.ULEB()
	if index > math.MaxInt32 {
		c.Fail()
		return 0
	}
	at := cursor.At(l.Addr, unit.AddrBase+int64(index)*size)
	v := at.Uint64()
	if at.Failed() {
		c.Fail()
	}
	return v
}

// pairs yields a list as it was before DWARF 5 (DWARF 4 §2.6.2, §2.17.3): two addresses for each
// range, which count from a base. Two zeros are the end; where the first is the largest number,
// the second is the base from there on.
func pairs(c cursor.Cursor, base uint64, read body) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for range maxEntries {
			low, high := c.Uint64(), c.Uint64()
			switch {
			case low == 0 && high == 0:
				return
			case low == math.MaxUint64:
				base = high
				continue
			}
			e := entry{Range: Range{Low: base + low, High: base + high}}
			if read != nil {
				e.expression = read(&c)
			}
			if c.Failed() || !yield(e) {
				return
			}
		}
	}
}
