//go:build unix

package account

import (
	"os"
	"syscall"
)

// Stat reads what decides about path, of what a link names.
func Stat(path string) (File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return File{}, err
	}
	f := File{Mode: info.Mode(), UID: -1, GID: -1}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		f.UID, f.GID = int(st.Uid), int(st.Gid)
	}
	f.ACL = acl(path)
	return f, nil
}
