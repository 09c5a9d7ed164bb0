//go:build dev

package memory

import (
	"runtime/debug"
	"unsafe"
)

// progress is how far a copy came before it faulted.
type progress struct {
	base      uintptr // of what is copied
	low, high uintptr // base must lie in this range, and nothing beyond is copied
	done      int     // bytes
}

// readByLoad is Read with loads of this program's own.
func readByLoad(addr uintptr, dst []byte) bool {
	if loadable(addr, len(dst)) < len(dst) {
		return false
	}
	p := progress{base: addr, high: ^uintptr(0)}
	recovering(func() { load(dst, &p) })
	return p.done == len(dst)
}

// copyStackByLoad is CopyStack with loads of this program's own.
func copyStackByLoad(dst []byte) (base uintptr, n int) {
	for range 3 { // the stack can move after it was found out what may be loaded
		var here byte
		at := uintptr(unsafe.Pointer(&here))
		p := new(progress)
		p.low, p.high = at-window, at+uintptr(loadable(at, len(dst)))
		recovering(func() { loadStack(dst, p) })
		if p.done > 0 {
			return p.base, p.done
		}
	}
	return 0, 0
}

// window is how far below the frame of copyStackByLoad that of loadStack may be.
const window = 64 << 10

// recovering calls f and returns also when f faults. The goroutine's setting, which is the
// program's affair, is as before.
func recovering(f func()) {
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		_ = recover()
	}()
	f()
}

// loadStack loads from its own frame outwards.
//
//go:nosplit
//go:noinline
//go:norace
//go:nocheckptr
func loadStack(dst []byte, p *progress) {
	var here uint64
	p.base = uintptr(unsafe.Pointer(&here))
	if p.low <= p.base && p.base < p.high {
		load(dst, p)
	}
}

// load copies from p.base to dst, a word at a time where both are aligned, so that a pointer
// that is being written is read as it was or as it will be. The race detector and checkptr are
// kept out, for they would look at the address.
//
//go:nosplit
//go:noinline
//go:norace
//go:nocheckptr
func load(dst []byte, p *progress) {
	to := unsafe.Pointer(unsafe.SliceData(dst))
	aligned := (uintptr(to)|p.base)%8 == 0
	size := len(dst)
	if most := p.high - p.base; most < uintptr(size) {
		size = int(most)
	}
	for p.done < size {
		from := unsafe.Add(unsafe.Pointer(nil), p.base+uintptr(p.done))
		if aligned && size-p.done >= 8 {
			*(*uint64)(unsafe.Add(to, p.done)) = *(*uint64)(from)
			p.done += 8
			continue
		}
		*(*byte)(unsafe.Add(to, p.done)) = *(*byte)(from)
		p.done++
	}
}
