//go:build unix && !linux

package testserver

import "syscall"

func attributes(a account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: a.credential}
}
