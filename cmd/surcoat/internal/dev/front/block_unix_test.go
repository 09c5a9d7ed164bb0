//go:build unix

package front_test

import (
	"os"
	"syscall"
)

func block(f *os.File) error { return syscall.SetNonblock(int(f.Fd()), false) }
