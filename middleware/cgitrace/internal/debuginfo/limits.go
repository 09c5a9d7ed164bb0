//go:build dev

package debuginfo

// What one question may cost at most, and how large its answer may be. Compilers stay far below; the
// limits are for files that are damaged, where one part may refer to another one that
// is large, again and again.
const (
	// maxEntries is how many entries of the tree are read, beside one pass through a unit.
	maxEntries = 1 << 19
	// maxRanges is how many ranges of instructions are read.
	maxRanges = 1 << 19
	// maxVariables is how many variables a machine function has.
	maxVariables = 1 << 12
	// maxCalls is how deep calls are inlined into one another.
	maxCalls = 1 << 9
	// maxNesting is how deep types contain one another by value.
	maxNesting = 64
	// maxFields is how many fields a struct has.
	maxFields = 1 << 13
	// maxSize is how many bytes a value has. There are 2^47 addresses for a program.
	maxSize = 1 << 47
)
