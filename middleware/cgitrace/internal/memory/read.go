//go:build dev

// Package memory reads the memory of this process without ever faulting, whatever the address.
//
// # The problem
//
// What the traceback knows of a variable is an address and a layout. Both may be wrong: the
// variable may not have been assigned yet, so that its pointer is what an earlier call left on
// the stack; another goroutine may change a slice while it is read. An ordinary load from such
// an address kills the process, and not only by a segmentation fault: a Go pointer that points
// to no object, made by unsafe.Pointer or reflect.NewAt, is found by the garbage collector or
// the checks of a growing stack, which end the program with "found bad pointer in Go heap" when
// nobody can recover any more.
//
// # What is done instead
//
// Addresses are integers here and stay integers, and contents are bytes that are copied. On
// Linux the kernel does the copying: process_vm_readv(2), meant for debuggers, reads from the
// process itself as from any other and answers EFAULT for an address that is not mapped. Where
// the kernel has no such call, or a container's seccomp filter refuses it, the bytes are loaded
// with runtime/debug.SetPanicOnFault, under which a fault is a panic like others, and is
// recovered. That is also the way on macOS, where it was compiled but never run, and on
// Windows, where the system is asked first, for loads from some of its pages have effects.
//
// A goroutine's own stack is a special case, for it moves as it grows: [CopyStack].
//
// # What it costs
//
// A word read by the kernel takes about 0.9 µs, whether it is there or not; one that is loaded
// 10 ns, but 3 µs where it faults. A [View] bounds how many reads a variable may cost.
package memory

// lowest is the first address at which a program can have data: the page below it is never
// mapped, so that nil pointers, and fields reached through them, fault.
const lowest = 4096

// Read copies the memory at addr to dst and reports whether all of it could be read; where not,
// what dst holds is undefined. It is safe for concurrent use. That memory may be changed at the
// same time is the caller's concern: words may then be of different ages.
func Read(addr uint64, dst []byte) bool {
	if len(dst) == 0 {
		return true
	}
	last := addr + uint64(len(dst)) - 1
	if addr < lowest || last < addr || last > uint64(^uintptr(0)) {
		return false
	}
	if ok, answered := readByKernel(uintptr(addr), dst); answered {
		return ok
	}
	return readByLoad(uintptr(addr), dst)
}

// CopyStack copies the calling goroutine's stack to dst, which must lie on the heap: from from,
// a variable of the caller's that is on the stack, outwards until dst is full. It returns the
// address that from had when it was copied, and how many bytes there are. The stack's outer end
// is not known here: beyond it dst holds whatever lies there, up to the first address that
// cannot be read.
//
// The addresses on a stack change when it grows, which any call may make it do, and then the
// copy is the only thing that still agrees with them. Therefore the innermost function that is
// called here makes an address of from and copies, without a call in between that could move
// the stack: it and all that it calls are marked nosplit, which is to say that they run on what
// room there is, and the runtime preempts no such function. Until then from is a pointer, which
// the runtime keeps right.
func CopyStack(dst []byte, from *uint64) (base uint64, n int) {
	if len(dst) == 0 {
		return 0, 0
	}
	if at, n, answered := copyStackByKernel(dst, from); answered {
		return uint64(at), n
	}
	at, n := copyStackByLoad(dst, from)
	return uint64(at), n
}
