//go:build unix

package htpasswd_test

import (
	"os"
	"syscall"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth/htpasswd"
)

// What root edits for a web server stays readable to it.
func TestSetKeepsTheOwner(t *testing.T) {
	path := write(t, "users", "ada:"+bcrypted+"\n")
	if err := os.Chown(path, 12345, 23456); err != nil {
		t.Skip("only root can give files away: ", err)
	}
	if err := htpasswd.Set(path, "grace", bcrypted); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if s := info.Sys().(*syscall.Stat_t); s.Uid != 12345 || s.Gid != 23456 || info.Mode().Perm() != 0o600 {
		t.Errorf("owner %d, group %d, mode %v", s.Uid, s.Gid, info.Mode())
	}
}
