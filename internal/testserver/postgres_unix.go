//go:build unix

package testserver

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// serverAccount returns whose rights Postgres gets: it refuses those of root.
func serverAccount() (account, error) {
	if os.Getuid() != 0 {
		return account{}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return account{}, err
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err1 != nil || err2 != nil {
		return account{}, fmt.Errorf("the user postgres has the numbers %s and %s", u.Uid, u.Gid)
	}
	return account{&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}
