//go:build !unix

package cgi

import "os"

// needed are variables without which no program runs: Windows finds its libraries so.
var needed = []string{"SystemRoot"}

// There are no groups here without a job object, which the standard library does not know, and no
// way to ask a program to end: it is killed, and its children run on.

func terminateGroup(*os.Process) {}

func killGroup(p *os.Process) { _ = p.Kill() }

func groupAlive(*os.Process) bool { return false }

func endedBy(*os.ProcessState) string { return "" }
