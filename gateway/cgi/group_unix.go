//go:build unix

package cgi

import (
	"os"
	"syscall"
)

// needed are variables without which no program runs.
var needed []string

// A group has the number of its first process as long as there is anything in it, so that no
// other group can be meant.

func terminateGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGTERM) }

func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

func groupAlive(p *os.Process) bool { return syscall.Kill(-p.Pid, 0) == nil }

// endedBy names the signal that ended a program, "" if none did.
func endedBy(state *os.ProcessState) string {
	if state == nil {
		return ""
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return status.Signal().String()
	}
	return ""
}
