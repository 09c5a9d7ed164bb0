//go:build unix && !linux

package cgi

import (
	"os"
	"syscall"
)

func launch(c command, files []*os.File) (*os.Process, error) { return startProcess(c, files) }

// attributes make a group of its own of a program.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

const (
	busy     = syscall.ETXTBSY
	noFormat = syscall.ENOEXEC
)
