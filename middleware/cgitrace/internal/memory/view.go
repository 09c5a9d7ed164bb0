//go:build dev

package memory

import (
	"encoding/binary"
	"time"
)

// A View is a goroutine's stack as it was when it was copied, laid over the live memory of the
// process: an address in the copied range is read from the copy, any other from memory as it is
// now. So the pointers in the copied frames find what they pointed to, though the stack has
// moved meanwhile or is used otherwise.
//
// A View has a budget, for what it is asked to read may be garbage: a map header that is none
// can claim 2⁶³ entries, a list can be a ring. A new View has nothing to spend; [View.Allow]
// gives for what is read next. A View serves one goroutine at a time.
type View struct {
	base     uint64
	snapshot []byte
	left     int
	until    time.Time
	spent    bool
}

// The limits of one read.
const (
	maxRead = 1 << 20
	page    = 4096
)

// NewView returns a view in which snapshot, which is not copied, lies at the address base. The
// bytes of snapshot must not be changed while the view is in use.
func NewView(base uint64, snapshot []byte) *View {
	if base+uint64(len(snapshot)) < base {
		snapshot = nil
	}
	return &View{base: base, snapshot: snapshot}
}

// Copied returns the range of addresses that the copied stack had, until exclusive. Whatever
// lies in it is as it was at the time of the copy.
func (v *View) Copied() (from, until uint64) {
	return v.base, v.base + uint64(len(v.snapshot))
}

// Allow sets the budget, and what is left of an earlier one is forfeited: so many reads, one
// more for each 4 KiB of a long one, and none after until.
func (v *View) Allow(reads int, until time.Time) {
	v.left, v.until, v.spent = reads, until, false
}

// Spent reports whether a read was refused since Allow because the budget was used up. What was
// not read then need not be unreadable.
func (v *View) Spent() bool { return v.spent }

// Bytes returns the n bytes at addr, up to 1 MiB. They may be the copied stack's own and must
// not be changed. False: they cannot be read, or the budget is spent. What lies half in the
// copied stack and half outside is no variable, and is not read.
func (v *View) Bytes(addr uint64, n int) ([]byte, bool) {
	if n < 0 || n > maxRead {
		return nil, false
	}
	if n == 0 {
		return nil, true
	}
	if !v.spend(1 + n/page) {
		return nil, false
	}
	size, offset := uint64(len(v.snapshot)), addr-v.base
	if offset < size {
		if uint64(n) > size-offset {
			return nil, false
		}
		return v.snapshot[offset : offset+uint64(n) : offset+uint64(n)], true
	}
	if size > 0 && addr < v.base && uint64(n) > v.base-addr {
		return nil, false
	}
	b := make([]byte, n)
	if !Read(addr, b) {
		return nil, false
	}
	return b, true
}

// Word returns the eight bytes at addr as the machine would load them. It fails as [View.Bytes]
// does.
func (v *View) Word(addr uint64) (uint64, bool) {
	b, ok := v.Bytes(addr, 8)
	if !ok {
		return 0, false
	}
	return binary.LittleEndian.Uint64(b), true
}

// spend takes a read of so many pages off the budget. The first that it cannot pay for ends it.
func (v *View) spend(reads int) bool {
	if v.left < reads || !time.Now().Before(v.until) {
		v.left, v.spent = 0, true
		return false
	}
	v.left -= reads
	return true
}
