//go:build !unix

package doctor

import (
	"os"
	"os/exec"

	"github.com/surcoat/surcoat/gateway/doctor/internal/account"
)

func become(*exec.Cmd, account.Account) error { return nil }

func endGroup(*exec.Cmd) {}

func signalled(*os.ProcessState) string { return "" }

func me() string { return account.Current().Name }
