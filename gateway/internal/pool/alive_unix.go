//go:build unix

package pool

import (
	"net"
	"syscall"
)

// alive reports whether an unused connection is still open, as far as this machine knows. An
// application that has closed it, or sent what nobody asked for, is found before a request is
// risked on it.
func alive(c net.Conn) bool {
	s, ok := c.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return false
	}
	open := false
	err = raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, err := syscall.Read(int(fd), b[:])
		open = err == syscall.EAGAIN
		return true
	})
	return err == nil && open
}
