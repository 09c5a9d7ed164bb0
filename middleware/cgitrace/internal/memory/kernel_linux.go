//go:build dev && (amd64 || arm64)

package memory

import (
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// iovec is one of process_vm_readv's ranges. The address is an integer: nothing need be there.
type iovec struct {
	base uintptr
	size uintptr
}

var self = uintptr(os.Getpid())

// refused is set once the kernel has shown that it will not read for this process.
var refused atomic.Bool

// readByKernel is Read by process_vm_readv. answered is false where the kernel refused.
func readByKernel(addr uintptr, dst []byte) (ok, answered bool) {
	if refused.Load() {
		return false, false
	}
	n, errno := readv(addr, dst)
	if refusal(errno) {
		return false, false
	}
	return n == len(dst), true
}

// copyStackByKernel is CopyStack by process_vm_readv.
func copyStackByKernel(dst []byte, from *uint64) (base uintptr, n int, answered bool) {
	if refused.Load() {
		return 0, 0, false
	}
	base, n, errno := readvStack(dst, from)
	return base, n, !refusal(errno)
}

// refusal reports whether the kernel failed to answer, and remembers it. EFAULT is an answer:
// the memory cannot be read. All others, of which a seccomp filter may choose any, are not
// about the address.
func refusal(errno syscall.Errno) bool {
	if errno == 0 || errno == syscall.EFAULT {
		return false
	}
	refused.Store(true)
	return true
}

// readvStack reads from a variable on the stack outwards.
//
//go:nosplit
//go:noinline
//go:norace
func readvStack(dst []byte, from *uint64) (base uintptr, n int, errno syscall.Errno) {
	base = uintptr(unsafe.Pointer(from))
	n, errno = readv(base, dst)
	return base, n, errno
}

// readv reads what is at addr, up to the first page that cannot be read. It is nosplit so that
// dst, the ranges and what addr stands for stay where they are until the kernel has seen them.
//
//go:nosplit
//go:noinline
//go:norace
func readv(addr uintptr, dst []byte) (n int, errno syscall.Errno) {
	local := iovec{uintptr(unsafe.Pointer(unsafe.SliceData(dst))), uintptr(len(dst))}
	remote := iovec{addr, uintptr(len(dst))}
	r, _, errno := syscall.RawSyscall6(processVMReadv, self, uintptr(unsafe.Pointer(&local)), 1, uintptr(unsafe.Pointer(&remote)), 1, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(r), 0
}
