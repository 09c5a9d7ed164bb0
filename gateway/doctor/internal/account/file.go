package account

import (
	"encoding/binary"
	"fmt"
	"io/fs"
)

// Access is what is wanted of a file: bits of its mode for one class of users.
type Access uint8

// For a folder, Execute is to enter it.
const (
	Execute Access = 1 << iota
	Write
	Read
)

// File is what decides who may do what with a file or folder.
type File struct {
	Mode     fs.FileMode
	UID, GID int // -1 where the system has none
	ACL      []Entry
}

// Entry is one of an access control list.
type Entry struct {
	Tag  uint16
	Perm Access
	ID   int // of a named user or group
}

// Tags of entries (linux/posix_acl.h).
const (
	ACLUserObj  = 0x01
	ACLUser     = 0x02
	ACLGroupObj = 0x04
	ACLGroup    = 0x08
	ACLMask     = 0x10
	ACLOther    = 0x20
)

// String is as "drwxr-x--- ada:staff".
func (f File) String() string {
	s := f.Mode.String()
	if f.UID >= 0 {
		s += " " + UserName(f.UID) + ":" + GroupName(f.GID)
	}
	if len(f.ACL) > 0 {
		s += fmt.Sprintf(" and an ACL of %d entries", len(f.ACL))
	}
	return s
}

// May computes what the kernel would say (path_resolution(7), acl(5)), which also asks what is not
// seen in a file: security modules, a file server.
func (a Account) May(f File, want Access) bool {
	switch {
	case f.UID < 0:
		return true
	case a.UID == 0:
		return want&Execute == 0 || f.Mode.IsDir() || f.Mode&0o111 != 0
	case a.UID == f.UID:
		return Access(f.Mode>>6)&want == want
	case len(f.ACL) > 0 && f.Mode&0o070 != 0: // without, Linux does not look at the list (fs/namei.c)
		return a.mayByACL(f, want)
	case a.In(f.GID):
		return Access(f.Mode>>3)&want == want
	}
	return Access(f.Mode)&want == want
}

// mayByACL is the algorithm of acl(5), from its second step.
func (a Account) mayByACL(f File, want Access) bool {
	mask := Read | Write | Execute
	for _, e := range f.ACL {
		if e.Tag == ACLMask {
			mask = e.Perm
		}
	}
	for _, e := range f.ACL {
		if e.Tag == ACLUser && e.ID == a.UID {
			return e.Perm&mask&want == want
		}
	}
	member := false
	for _, e := range f.ACL {
		if e.Tag == ACLGroupObj && a.In(f.GID) || e.Tag == ACLGroup && a.In(e.ID) {
			if member = true; e.Perm&mask&want == want {
				return true
			}
		}
	}
	if member {
		return false
	}
	for _, e := range f.ACL {
		if e.Tag == ACLOther {
			return e.Perm&want == want
		}
	}
	return false
}

// parseACL reads the extended attribute system.posix_acl_access (linux/posix_acl_xattr.h): a
// version, 2, and entries of 8 bytes. What is not of that form is no list.
func parseACL(b []byte) []Entry {
	if len(b) < 4 || len(b)%8 != 4 || binary.LittleEndian.Uint32(b) != 2 {
		return nil
	}
	var list []Entry
	for b = b[4:]; len(b) > 0; b = b[8:] {
		list = append(list, Entry{
			Tag:  binary.LittleEndian.Uint16(b),
			Perm: Access(b[2] & 7),
			ID:   int(binary.LittleEndian.Uint32(b[4:])),
		})
	}
	return list
}
