// Package account tells what a user of this machine may do with files: by asking the kernel as that
// user where this process may become it, and by computing it from modes and ACLs where not.
package account

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/user"
	"slices"
	"strconv"
)

// Account is a user with all groups.
type Account struct {
	Name     string
	UID, GID int
	Groups   []int // the supplementary ones; GID may be among them
	Home     string
}

// ErrOther is the error of [Account.Do] where this process may not become the user.
var ErrOther = errors.New("account: only root can become another user")

// Lookup finds an account by its name or its number.
func Lookup(name string) (Account, error) {
	u, err := user.Lookup(name)
	if err != nil {
		if _, notNumber := number(name); notNumber == nil {
			u, err = user.LookupId(name)
		}
	}
	if err != nil {
		return Account{}, fmt.Errorf("account: there is no user %q: %w", name, err)
	}
	return from(u)
}

// Current is the account that this process runs as.
func Current() Account {
	a := Account{Name: strconv.Itoa(os.Geteuid()), UID: os.Geteuid(), GID: os.Getegid()}
	if u, err := user.LookupId(a.Name); err == nil {
		a.Name, a.Home = u.Username, u.HomeDir
	}
	a.Groups, _ = os.Getgroups()
	return a
}

func from(u *user.User) (Account, error) {
	a := Account{Name: u.Username, Home: u.HomeDir}
	var err, err2 error
	a.UID, err = number(u.Uid)
	a.GID, err2 = number(u.Gid)
	if err = errors.Join(err, err2); err != nil {
		return Account{}, fmt.Errorf("account: %s has no number: %w", u.Username, err)
	}
	ids, err := u.GroupIds()
	if err != nil {
		return Account{}, fmt.Errorf("account: the groups of %s: %w", u.Username, err)
	}
	for _, id := range ids {
		if n, err := number(id); err == nil {
			a.Groups = append(a.Groups, n)
		}
	}
	return a, nil
}

// number reads the number of a user or group. The greatest is none: to the kernel it means no
// change, so that a process that became it would stay root.
func number(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err == nil && n == math.MaxUint32 {
		err = strconv.ErrRange
	}
	return int(n), err
}

// In reports whether the account is in the group.
func (a Account) In(gid int) bool { return gid == a.GID || slices.Contains(a.Groups, gid) }

// IsCurrent reports whether this process runs as a.
func (a Account) IsCurrent() bool { return a.UID == os.Geteuid() }

// UserName is the name of a user's number, or the number.
func UserName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return strconv.Itoa(uid)
}

// GroupName is the name of a group's number, or the number.
func GroupName(gid int) string {
	if g, err := user.LookupGroupId(strconv.Itoa(gid)); err == nil {
		return g.Name
	}
	return strconv.Itoa(gid)
}
