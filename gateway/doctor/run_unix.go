//go:build unix

package doctor

import (
	"errors"
	"os"
	"os/exec"
	"syscall"

	"github.com/surcoat/surcoat/gateway/doctor/internal/account"
)

// become has the program run as the user, in a process group of its own, which is killed with it,
// and in a session of its own: into the terminal of this one it could type what root's shell would
// then do (TIOCSTI, ioctl_tty(2)). With an error it will run as this process's account.
func become(cmd *exec.Cmd, a account.Account) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if a.IsCurrent() {
		return nil
	}
	if os.Geteuid() != 0 {
		return errors.New("only root can run a program as another user")
	}
	cred := &syscall.Credential{Uid: uint32(a.UID), Gid: uint32(a.GID)}
	for _, g := range a.Groups {
		cred.Groups = append(cred.Groups, uint32(g))
	}
	cmd.SysProcAttr.Credential = cred
	return nil
}

// endGroup kills what the program has left running.
func endGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
}

// signalled names the signal that ended the program, "" for none.
func signalled(state *os.ProcessState) string {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return status.Signal().String()
	}
	return ""
}

func me() string { return account.Current().Name }
