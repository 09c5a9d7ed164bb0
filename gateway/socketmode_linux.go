package gateway

import "syscall"

// closed makes a Unix socket that is about to be bound one that only its owner can connect to, until
// it is given its mode: Linux makes the file with the mode of the descriptor (unix(7), bind).
func closed(_, _ string, c syscall.RawConn) error {
	var err error
	if e := c.Control(func(fd uintptr) { err = syscall.Fchmod(int(fd), 0o600) }); e != nil {
		return e
	}
	return err
}
