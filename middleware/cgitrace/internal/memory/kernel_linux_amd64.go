//go:build dev

package memory

// processVMReadv is the system call's number; package syscall has none.
const processVMReadv = 310
