//go:build dev

package memory

// The two ways of reading, for tests of each by itself.

func ReadByKernel(addr uintptr, dst []byte) (ok, answered bool) { return readByKernel(addr, dst) }

func ReadByLoad(addr uintptr, dst []byte) bool { return readByLoad(addr, dst) }

func CopyStackByKernel(dst []byte, from *uint64) (base uintptr, n int, answered bool) {
	return copyStackByKernel(dst, from)
}

func CopyStackByLoad(dst []byte, from *uint64) (base uintptr, n int) {
	return copyStackByLoad(dst, from)
}
