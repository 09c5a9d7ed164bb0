//go:build dev && !windows

package memory

// loadable returns how many of the size bytes at addr can be tried to load.
func loadable(_ uintptr, size int) int { return size }
