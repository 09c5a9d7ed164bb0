//go:build unix

package gobuild

import (
	"os/exec"
	"syscall"
)

// isolate gives the go command a process group, so that its compilers end with it and a
// Ctrl-C in the terminal is for surcoat alone.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
