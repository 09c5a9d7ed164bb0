//go:build unix

package testserver

import (
	"os"
	"syscall"
)

const (
	terminate = syscall.SIGTERM
	interrupt = syscall.SIGINT
	pause     = syscall.SIGSTOP
	resume    = syscall.SIGCONT
)

// account is whose rights a server has; zero is the test's own.
type account struct{ credential *syscall.Credential }

func chown(path string, a account) error {
	if a.credential == nil {
		return nil
	}
	return os.Chown(path, int(a.credential.Uid), int(a.credential.Gid))
}
