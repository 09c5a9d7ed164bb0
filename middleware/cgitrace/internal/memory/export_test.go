//go:build dev

package memory

// The two ways of reading, for tests of each by itself.
var (
	ReadByKernel      = readByKernel
	ReadByLoad        = readByLoad
	CopyStackByKernel = copyStackByKernel
	CopyStackByLoad   = copyStackByLoad
)
