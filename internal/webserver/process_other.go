//go:build !linux

package webserver

import "syscall"

func attributes() *syscall.SysProcAttr { return nil }

func killGroup(int) {}
