package doctor

import "syscall"

func selinuxLabel(path string) string {
	b := make([]byte, 256)
	n, err := syscall.Getxattr(path, "security.selinux", b)
	if err != nil {
		return ""
	}
	return string(b[:n])
}
