//go:build dev && !(linux && (amd64 || arm64))

package memory

func readByKernel(uintptr, []byte) (ok, answered bool) { return false, false }

func copyStackByKernel([]byte, *uint64) (base uintptr, n int, answered bool) { return 0, 0, false }
