package cgi

import (
	"os"
	"runtime"
	"sync"
	"syscall"
)

// Linux tells a child by a signal when the thread ends that started it (prctl(2), PR_SET_PDEATHSIG),
// and Go's threads may end before the process does (golang.org/issue/27505). Programs are therefore
// started by a thread that is kept for it, and ends with the process only.
var launcher = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for do := range work {
			do()
		}
	}()
	return work
})

func launch(c command, files []*os.File) (p *os.Process, err error) {
	done := make(chan struct{})
	launcher() <- func() {
		defer close(done)
		p, err = startProcess(c, files)
	}
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
