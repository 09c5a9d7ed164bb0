//go:build unix && !aix && !android && !solaris

package boltstore

import (
	"errors"
	"os"
	"syscall"
)

// abandon closes a file that bbolt has mapped and will not unmap any more. The map
// keeps the file, and with it the lock, unless that is released first.
func abandon(f *os.File) error {
	return errors.Join(syscall.Flock(int(f.Fd()), syscall.LOCK_UN), f.Close())
}
