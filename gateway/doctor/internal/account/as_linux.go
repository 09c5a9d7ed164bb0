package account

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// Do calls f with the rights of a: on a thread that has become the user and is ended afterwards.
// Only system calls that f itself makes are the user's; it starts no process and no goroutine.
// Where this process may not become a, it is [ErrOther], and f is not called.
func (a Account) Do(f func()) error {
	if a.IsCurrent() {
		f()
		return nil
	}
	if os.Geteuid() != 0 {
		return ErrOther
	}
	done := make(chan error)
	go a.onThread(f, done)
	return <-done
}

func (a Account) onThread(f func(), done chan<- error) {
	runtime.LockOSThread()
	if syscall.Gettid() == os.Getpid() {
		// The main thread does not end with a goroutine, and its user is what others see of the
		// process. It is held while another thread is found.
		inner := make(chan error)
		go a.onThread(f, inner)
		err := <-inner
		runtime.UnlockOSThread()
		done <- err
		return
	}
	// No UnlockOSThread: the thread ends with this goroutine, and no other is ever made from it.
	err := a.become()
	if err == nil {
		f()
	}
	done <- err
}

// become changes this thread alone; package syscall's functions would change all. The last call
// also drops root's capabilities.
func (a Account) become() error {
	groups := make([]uint32, 0, len(a.Groups)+1)
	for _, g := range a.Groups {
		groups = append(groups, uint32(g))
	}
	groups = append(groups, uint32(a.GID))
	for _, call := range []struct {
		name       string
		trap       uintptr
		a1, a2, a3 uintptr
	}{
		{"setgroups", syscall.SYS_SETGROUPS, uintptr(len(groups)), uintptr(unsafe.Pointer(&groups[0])), 0},
		{"setresgid", syscall.SYS_SETRESGID, uintptr(a.GID), uintptr(a.GID), uintptr(a.GID)},
		{"setresuid", syscall.SYS_SETRESUID, uintptr(a.UID), uintptr(a.UID), uintptr(a.UID)},
	} {
		if _, _, errno := syscall.RawSyscall(call.trap, call.a1, call.a2, call.a3); errno != 0 {
			return fmt.Errorf("account: becoming %s: %s: %w", a.Name, call.name, errno)
		}
	}
	runtime.KeepAlive(groups)
	return nil
}

// Ask has the kernel say whether a may do that with path. An error is [ErrOther], or of becoming
// the user, not the kernel's answer.
func (a Account) Ask(path string, want Access) (may bool, err error) {
	err = a.Do(func() { may = syscall.Access(path, uint32(want)) == nil })
	return may, err
}
