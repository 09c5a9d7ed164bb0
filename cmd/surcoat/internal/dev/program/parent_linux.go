package program

import "syscall"

// endWithParent ends the program also when this process is killed and cannot.
func endWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
