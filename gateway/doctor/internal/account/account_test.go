package account_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/surcoat/surcoat/gateway/doctor/internal/account"
)

func TestMay(t *testing.T) {
	ada := account.Account{UID: 100, GID: 100, Groups: []int{7}}
	acl := func(entries ...account.Entry) []account.Entry {
		return append(entries,
			account.Entry{Tag: account.ACLUserObj, Perm: 7}, account.Entry{Tag: account.ACLGroupObj, Perm: 5}, account.Entry{Tag: account.ACLOther, Perm: 4})
	}
	const r, x = account.Read, account.Execute
	for _, tt := range []struct {
		name string
		file account.File
		want account.Access
		may  bool
	}{
		{"owner", account.File{Mode: 0o700, UID: 100}, x, true},
		{"owner, though others may", account.File{Mode: 0o077, UID: 100}, x, false},
		{"group", account.File{Mode: 0o070, GID: 100}, x, true},
		{"supplementary group", account.File{Mode: 0o070, GID: 7}, x, true},
		{"group, though others may", account.File{Mode: 0o007, GID: 7}, x, false},
		{"others", account.File{Mode: 0o005, GID: 8}, r | x, true},
		{"others, half", account.File{Mode: 0o004, GID: 8}, r | x, false},
		{"no owners", account.File{UID: -1}, x, true},
		{"ACL, user", account.File{Mode: 0o070, GID: 8, ACL: acl(account.Entry{Tag: account.ACLUser, Perm: 1, ID: 100})}, x, true},
		{"ACL, other user", account.File{Mode: 0o070, GID: 8, ACL: acl(account.Entry{Tag: account.ACLUser, Perm: 1, ID: 101})}, x, false},
		{"ACL, user masked", account.File{Mode: 0o070, GID: 8, ACL: acl(account.Entry{Tag: account.ACLUser, Perm: 7, ID: 100}, account.Entry{Tag: account.ACLMask, Perm: 4})}, x, false},
		{"ACL, user none, though others may", account.File{Mode: 0o070, GID: 8, ACL: acl(account.Entry{Tag: account.ACLUser, ID: 100})}, r, false},
		{"ACL, group", account.File{Mode: 0o070, GID: 8, ACL: acl(account.Entry{Tag: account.ACLGroup, Perm: 1, ID: 7})}, x, true},
		{"ACL, owning group", account.File{Mode: 0o070, GID: 7, ACL: acl()}, x, true},
		{"ACL, two groups, one may", account.File{Mode: 0o070, GID: 7, ACL: acl(account.Entry{Tag: account.ACLGroup, Perm: 0, ID: 100})}, x, true},
		{"ACL, groups may not, others may", account.File{Mode: 0o070, GID: 8, ACL: acl(account.Entry{Tag: account.ACLGroup, Perm: 1, ID: 7})}, r, false},
		{"ACL, others", account.File{Mode: 0o070, GID: 8, ACL: acl()}, r, true},
		{"ACL, with an empty mask", account.File{Mode: 0o004, GID: 8, ACL: acl(account.Entry{Tag: account.ACLUser, ID: 100}, account.Entry{Tag: account.ACLMask})}, r, true},
	} {
		if got := ada.May(tt.file, tt.want); got != tt.may {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.may)
		}
	}
	root := account.Account{}
	if root.May(account.File{Mode: 0o600, UID: 1}, x) || !root.May(account.File{Mode: 0o010, UID: 1}, x) || !root.May(account.File{UID: 1}, r) || !root.May(account.File{Mode: fs.ModeDir, UID: 1}, x) {
		t.Error("root")
	}
}

func TestParseACL(t *testing.T) {
	b := []byte{2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 5, 0, 33, 0, 0, 0}
	want := []account.Entry{{Tag: account.ACLUserObj, Perm: 7, ID: 1<<32 - 1}, {Tag: account.ACLUser, Perm: 5, ID: 33}}
	if got := account.ParseACL(b); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	for _, bad := range [][]byte{nil, {2, 0, 0}, {1, 0, 0, 0}, b[:7], {2, 0, 0, 0, 1}} {
		if got := account.ParseACL(bad); got != nil {
			t.Errorf("%v: %+v", bad, got)
		}
	}
}

func FuzzParseACL(f *testing.F) {
	f.Add([]byte{2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		a := account.Account{UID: 5, GID: 5}
		for _, e := range account.ParseACL(b) {
			if e.Perm > 7 {
				t.Errorf("%+v", e)
			}
		}
		a.May(account.File{ACL: account.ParseACL(b)}, account.Read)
	})
}

func TestLookup(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("NOT TESTED: no numbers")
	}
	root, err := account.Lookup("root")
	number, err2 := account.Lookup("0")
	if err != nil || err2 != nil || root.UID != 0 || number.Name != "root" || account.UserName(0) != "root" {
		t.Errorf("%+v, %+v, %v, %v", root, number, err, err2)
	}
	for _, name := range []string{"", "no such user", "-1", "4294967295", "4294967299"} {
		if a, err := account.Lookup(name); err == nil {
			t.Errorf("%q is %+v", name, a)
		}
	}
	if c := account.Current(); c.UID != os.Geteuid() || !c.IsCurrent() || account.UserName(987654321) != "987654321" {
		t.Errorf("%+v", c)
	}
}

// What the kernel says is what is computed, and this process is what it was afterwards.
func TestAsk(t *testing.T) {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("NOT TESTED: only root of Linux can become another user")
	}
	a, err := account.Lookup("nobody")
	if err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	dir, err := os.MkdirTemp("", "ask")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, own := range [][2]int{{0, 0}, {a.UID, 0}, {0, a.GID}} {
		for mode := range fs.FileMode(0o1000) {
			if mode%7 != 0 && mode != 0o755 { // a sample
				continue
			}
			path := filepath.Join(dir, "f")
			if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chown(path, own[0], own[1]), os.Chmod(path, mode)); err != nil {
				t.Fatal(err)
			}
			f, err := account.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []account.Access{account.Read, account.Write, account.Execute} {
				may, err := a.Ask(path, want)
				if computed := a.May(f, want); err != nil || may != computed {
					t.Errorf("%v wants %d: the kernel says %v (%v), and %v is computed", f, want, may, err, computed)
				}
			}
		}
	}
	for range 100 {
		if os.Geteuid() != 0 || os.Getuid() != 0 {
			t.Fatal("a thread has stayed another user's")
		}
		runtime.Gosched()
	}
	if _, err := os.ReadDir("/root"); err != nil {
		t.Errorf("root's rights are lost: %v", err)
	}
}
