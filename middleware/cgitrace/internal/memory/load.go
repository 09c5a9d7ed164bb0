//go:build dev

package memory

import (
	"runtime/debug"
	"unsafe"
)

// progress is how far a copy came before it faulted.
type progress struct {
	base uintptr // of what is copied
	size int     // bytes that are to be copied
	done int     // bytes that were
}

// readByLoad is Read with loads of this program's own.
func readByLoad(addr uintptr, dst []byte) bool {
	if loadable(addr, len(dst)) < len(dst) {
		return false
	}
	p := progress{base: addr, size: len(dst)}
	recovering(func() { load(dst, &p) })
	return p.done == len(dst)
}

// copyStackByLoad is CopyStack with loads of this program's own.
func copyStackByLoad(dst []byte, from *uint64) (base uintptr, n int) {
	for range 3 { // it can move after it was found out how much may be loaded
		at := uintptr(unsafe.Pointer(from))
		p := progress{base: at, size: loadable(at, len(dst))}
		recovering(func() { loadStack(dst, from, &p) })
		if p.done > 0 {
			return p.base, p.done
		}
	}
	return 0, 0
}

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

// loadStack loads from a variable on the stack outwards, if it is still where p says.
//
//go:nosplit
//go:noinline
//go:norace
//go:nocheckptr
func loadStack(dst []byte, from *uint64, p *progress) {
	if p.base == uintptr(unsafe.Pointer(from)) {
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
	for p.done < p.size {
		from := unsafe.Add(unsafe.Pointer(nil), p.base+uintptr(p.done))
		if aligned && p.size-p.done >= 8 {
			*(*uint64)(unsafe.Add(to, p.done)) = *(*uint64)(from)
			p.done += 8
			continue
		}
		*(*byte)(unsafe.Add(to, p.done)) = *(*byte)(from)
		p.done++
	}
}
