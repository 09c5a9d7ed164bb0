//go:build !unix

package program

import "os/exec"

// On Windows and the like a program is ended by force, and what it started goes on.

func isolate(*exec.Cmd) {}

func withPID(path string, args []string) (string, []string) { return path, args }

func terminate(cmd *exec.Cmd) { killGroup(cmd) }

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
