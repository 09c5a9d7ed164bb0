//go:build dev

package stack

// Hold keeps the garbage collector from running until release, which may be called more than once.
func Hold() (release func()) { return func() {} }

// Cycles returns how many collections have been completed.
func Cycles() uint64 { return 0 }
