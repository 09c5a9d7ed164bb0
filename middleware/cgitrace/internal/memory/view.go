//go:build dev

package memory

import (
	"encoding/binary"
	"time"
)

// View is a goroutine's stack as it was when it was copied, laid over the live memory of the
// process, with a budget of what may be read. It serves one goroutine at a time.
type View struct {
	base     uint64
	snapshot []byte
	left     int
	until    time.Time
}

// NewView returns a view in which snapshot lies at address base, and all else is live.
// Nothing may be read before [View.Allow].
func NewView(base uint64, snapshot []byte) *View {
	return &View{base: base, snapshot: snapshot}
}

// Allow sets the budget for what is read next.
func (v *View) Allow(reads int, until time.Time) { v.left, v.until = reads, until }

// Bytes returns the n bytes at addr, which the caller must not change.
func (v *View) Bytes(addr uint64, n int) ([]byte, bool) { return nil, false }

// Word returns the eight bytes at addr, as the machine would load them.
func (v *View) Word(addr uint64) (uint64, bool) {
	b, ok := v.Bytes(addr, 8)
	if !ok {
		return 0, false
	}
	return binary.LittleEndian.Uint64(b), true
}
