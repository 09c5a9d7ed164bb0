//go:build unix

package front

import (
	"net"
	"syscall"
)

// nonblock makes sure that an Accept on l can be ended. Whether a socket blocks is the same
// for all who have it, and a program that it was passed to may have had its own idea.
func nonblock(l *net.TCPListener) {
	if c, err := l.SyscallConn(); err == nil {
		_ = c.Control(func(fd uintptr) { _ = syscall.SetNonblock(int(fd), true) })
	}
}
