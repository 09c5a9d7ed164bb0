//go:build dev

package debuginfo

// Concrete finds the type that t is in one call of a generic function.
//
// Functions whose type arguments look alike in memory share their code. What tells them apart is a
// hidden argument, the address of a dictionary ([Scope.Dictionary]): a table that has, among
// others, the descriptors of all types that depend on the type parameters. dictionary is that
// address, and memory reads a word. nil: t depends on no type parameter, or the word cannot be
// read, or the binary has no description of the type.
func (t *Type) Concrete(dictionary uint64, memory func(addr uint64) (uint64, bool)) *Type {
	if t.Dictionary < 0 || dictionary == 0 {
		return nil
	}
	descriptor, ok := memory(dictionary + uint64(t.Dictionary)*pointerSize)
	if !ok {
		return nil
	}
	return t.info.RuntimeType(descriptor)
}
