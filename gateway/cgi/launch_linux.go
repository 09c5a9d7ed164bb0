package cgi

import (
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
)

// Linux tells a child by a signal when the thread ends that started it (prctl(2),
// PR_SET_PDEATHSIG), and Go's threads may end before the process does (golang.org/issue/27505).
// Programs are therefore started by threads that are kept for it, and end with the process only.
var threads = struct {
	work chan func() // to one that has nothing to do
	n    atomic.Int32
}{work: make(chan func())}

// maxThreads is how many are kept. One would do, but for a program on a file system that hangs.
const maxThreads = 16

// onThread lets a kept thread do something.
func onThread(do func()) {
	select {
	case threads.work <- do:
		return
	default:
	}
	if threads.n.Add(1) > maxThreads {
		threads.n.Add(-1)
		threads.work <- do
		return
	}
	go func() {
		runtime.LockOSThread()
		for {
			do()
			do = <-threads.work
		}
	}()
}

func launch(c command, files []*os.File) (p *os.Process, err error) {
	done := make(chan struct{})
	onThread(func() {
		defer close(done)
		p, err = startProcess(c, files)
	})
	<-done
	return p, err
}

// attributes make a group of its own of a program, which does not outlive this process.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

const (
	busy     = syscall.ETXTBSY
	noFormat = syscall.ENOEXEC
)
