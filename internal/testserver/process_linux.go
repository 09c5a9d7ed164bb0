package testserver

import "syscall"

// attributes makes a process of that account which does not outlive its parent.
func attributes(a account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: a.credential, Pdeathsig: syscall.SIGKILL}
}
