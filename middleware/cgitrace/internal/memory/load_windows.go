//go:build dev

package memory

import (
	"syscall"
	"unsafe"
)

var virtualQuery = syscall.NewLazyDLL("kernel32.dll").NewProc("VirtualQuery")

// region is MEMORY_BASIC_INFORMATION of winnt.h.
type region struct {
	base              uintptr
	allocationBase    uintptr
	allocationProtect uint32
	partition         uint16
	size              uintptr
	state             uint32
	protect           uint32
	kind              uint32
}

// loadable returns how many of the size bytes at addr can be loaded. A load from a guard page,
// by which Windows has a thread's stack grow, would not be a fault that the Go runtime can make
// a panic of, and would take the guard away.
func loadable(addr uintptr, size int) int {
	const committed, noAccess, guard = 0x1000, 0x01, 0x100
	end := addr + uintptr(size)
	for at := addr; ; {
		var r region
		n, _, _ := syscall.SyscallN(virtualQuery.Addr(), at, uintptr(unsafe.Pointer(&r)), unsafe.Sizeof(r))
		if n == 0 || r.state != committed || r.protect&(noAccess|guard) != 0 {
			return int(at - addr)
		}
		if at = r.base + r.size; at >= end {
			return size
		}
	}
}
