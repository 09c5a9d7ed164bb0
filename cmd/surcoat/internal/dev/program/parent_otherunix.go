//go:build unix && !linux

package program

import "syscall"

// endWithParent cannot be had here: a program outlives a surcoat that is killed.
func endWithParent(*syscall.SysProcAttr) {}
