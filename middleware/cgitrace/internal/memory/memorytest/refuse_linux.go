//go:build dev && (amd64 || arm64)

// Package memorytest makes the kernel behave as in a container, for tests of what reads memory.
package memorytest

import (
	"fmt"
	"runtime"
	"syscall"
	"unsafe"
)

// Refuse has the kernel answer EPERM to process_vm_readv from now on, in all threads of this
// process and all processes that it starts, as the seccomp filter of some container runtimes
// does. It cannot be undone: call it in a process of the test's own.
func Refuse() error {
	const (
		setNoNewPrivs = 38   // PR_SET_NO_NEW_PRIVS, which spares the privilege to set a filter
		filterMode    = 1    // SECCOMP_SET_MODE_FILTER
		allThreads    = 1    // SECCOMP_FILTER_FLAG_TSYNC
		load          = 0x20 // BPF_LD|BPF_W|BPF_ABS
		jumpEqual     = 0x15 // BPF_JMP|BPF_JEQ|BPF_K
		ret           = 0x06 // BPF_RET|BPF_K
		refuse        = 0x00050000 | uint32(syscall.EPERM)
		allow         = 0x7fff0000
	)
	seccomp, readv := uintptr(317), uint32(310)
	if runtime.GOARCH == "arm64" {
		seccomp, readv = 277, 270
	}
	filter := []syscall.SockFilter{
		{Code: load, K: 0}, // the call's number
		{Code: jumpEqual, K: readv, Jf: 1},
		{Code: ret, K: refuse},
		{Code: ret, K: allow},
	}
	program := syscall.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}

	runtime.LockOSThread() // no_new_privs is a thread's, until the filter passes it on
	defer runtime.UnlockOSThread()
	if _, _, errno := syscall.Syscall6(syscall.SYS_PRCTL, setNoNewPrivs, 1, 0, 0, 0, 0); errno != 0 {
		return fmt.Errorf("memorytest: prctl: %w", errno)
	}
	if r, _, errno := syscall.Syscall(seccomp, filterMode, allThreads, uintptr(unsafe.Pointer(&program))); errno != 0 || r != 0 {
		return fmt.Errorf("memorytest: seccomp: %w (thread %d)", errno, r)
	}
	return nil
}
