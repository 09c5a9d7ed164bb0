//go:build unix

package program

import (
	"os/exec"
	"syscall"
)

func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithParent(cmd.SysProcAttr)
}

// withPID returns the command that runs path with its own id in LISTEN_PID, which cannot be
// known before there is a process.
func withPID(path string, args []string) (string, []string) {
	const script = `export LISTEN_PID=$$; exec "$0" "$@"`
	return "/bin/sh", append([]string{"-c", script, path}, args...)
}

func terminate(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }

// killGroup ends all that is left of cmd's process group. Where nothing is, its number is
// still not another's: numbers are given out again only after all others.
func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
