//go:build dev

// Package memory reads this process's memory without ever faulting.
package memory

// Read copies the memory at addr to dst and reports whether all of it could be read.
func Read(addr uint64, dst []byte) bool { return false }
