//go:build unix

package front

import (
	"net"
	"syscall"
)

// shutdown ends l for everybody who has it. What the program has started may have inherited
// the socket, and live on: clients would wait for it for ever, and nobody else could listen there.
func shutdown(l *net.TCPListener) {
	if c, err := l.SyscallConn(); err == nil {
		_ = c.Control(func(fd uintptr) { _ = syscall.Shutdown(int(fd), syscall.SHUT_RDWR) }) // Linux alone can
	}
}
