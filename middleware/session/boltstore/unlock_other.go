//go:build !unix || aix || android || solaris

package boltstore

import "os"

// abandon closes a file that bbolt has mapped and will not unmap any more. Its lock goes
// with the descriptor.
func abandon(f *os.File) error { return f.Close() }
