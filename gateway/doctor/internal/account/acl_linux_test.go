package account_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/surcoat/surcoat/gateway/doctor/internal/account"
)

// The kernel says of lists what is computed.
func TestAskACL(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: only root can become another user")
	}
	a, err := account.Lookup("nobody")
	if err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	dir, err := os.MkdirTemp("", "acl")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "f")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const none = 1<<32 - 1
	for named := range account.Access(8) {
		for mask := range account.Access(8) {
			for _, tag := range []uint16{account.ACLUser, account.ACLGroup} {
				id := a.UID
				if tag == account.ACLGroup {
					id = a.GID
				}
				list := []account.Entry{{Tag: account.ACLUserObj, Perm: 7, ID: none}}
				if tag == account.ACLUser {
					list = append(list, account.Entry{Tag: tag, Perm: named, ID: id})
				}
				list = append(list, account.Entry{Tag: account.ACLGroupObj, Perm: 5, ID: none})
				if tag == account.ACLGroup {
					list = append(list, account.Entry{Tag: tag, Perm: named, ID: id})
				}
				list = append(list, account.Entry{Tag: account.ACLMask, Perm: mask, ID: none}, account.Entry{Tag: account.ACLOther, Perm: 4, ID: none})
				if err := syscall.Setxattr(path, "system.posix_acl_access", encode(list), 0); err != nil {
					t.Skipf("NOT TESTED: no lists here: %v", err)
				}
				f, err := account.Stat(path)
				if err != nil || len(f.ACL) != len(list) {
					t.Fatalf("%v, %v", f, err)
				}
				for _, want := range []account.Access{account.Read, account.Write, account.Execute} {
					if may, err := a.Ask(path, want); err != nil || may != a.May(f, want) {
						t.Errorf("%+v, %d: the kernel says %v, %v", list, want, may, err)
					}
				}
			}
		}
	}
}

func encode(list []account.Entry) []byte {
	b := []byte{2, 0, 0, 0}
	for _, e := range list {
		b = binary.LittleEndian.AppendUint16(b, e.Tag)
		b = binary.LittleEndian.AppendUint16(b, uint16(e.Perm))
		b = binary.LittleEndian.AppendUint32(b, uint32(e.ID))
	}
	return b
}
