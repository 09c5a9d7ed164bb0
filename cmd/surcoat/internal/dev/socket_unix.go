//go:build unix

package dev

import (
	"os"
	"syscall"
)

// socket returns the listening socket to pass to the program. Its caller closes it.
func (d *developer) socket() (*os.File, error) { return d.listener.File() }

// keep undoes what os/exec does to a file that it passes: that it blocks, for every owner
// of the same socket, this process included.
func (d *developer) keep() {
	if c, err := d.listener.SyscallConn(); err == nil {
		_ = c.Control(func(fd uintptr) { _ = syscall.SetNonblock(int(fd), true) })
	}
}
