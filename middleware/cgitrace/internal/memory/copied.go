//go:build dev

package memory

// Copied returns the range of addresses that the copied stack had, until exclusive. Whatever
// lies in it is as it was at the time of the copy.
func (v *View) Copied() (from, until uint64) {
	return v.base, v.base + uint64(len(v.snapshot))
}
