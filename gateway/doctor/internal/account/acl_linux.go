package account

import "syscall"

// acl reads the list of a file. Most have none.
func acl(path string) []Entry {
	b := make([]byte, 4<<10)
	n, err := syscall.Getxattr(path, "system.posix_acl_access", b)
	if err != nil {
		return nil
	}
	return parseACL(b[:n])
}
