//go:build !unix

package cgi

import (
	"os"
	"syscall"
)

func launch(c command, files []*os.File) (*os.Process, error) { return startProcess(c, files) }

func attributes() *syscall.SysProcAttr { return nil }

const (
	busy     = syscall.Errno(32)  // ERROR_SHARING_VIOLATION
	noFormat = syscall.Errno(193) // ERROR_BAD_EXE_FORMAT
)
