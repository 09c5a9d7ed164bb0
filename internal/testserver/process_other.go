//go:build !unix

package testserver

import (
	"os"
	"syscall"
)

// There are no such signals here, nor, as a rule, such servers.
var terminate, interrupt, pause, resume = os.Kill, os.Kill, os.Kill, os.Kill

type account struct{}

func attributes(account) *syscall.SysProcAttr { return nil }

func chown(string, account) error { return nil }

func serverAccount() (account, error) { return account{}, nil }
