package sockets

import (
	"encoding/binary"
	"iter"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Listening reports whether something listens at addr, or at its port everywhere.
func Listening(addr netip.AddrPort) bool {
	all, err := listening()
	if err != nil {
		return answers(addr) // a container without /proc
	}
	for _, s := range all {
		if s.covers(addr) {
			return true
		}
	}
	return false
}

// Of returns where the processes of a group listen, as far as this user may know.
func Of(group int) []netip.AddrPort {
	all, err := listening()
	if err != nil {
		return nil
	}
	theirs := inodes(group)
	var addrs []netip.AddrPort
	for _, s := range all {
		if theirs[s.inode] {
			addrs = append(addrs, s.addr)
		}
	}
	return addrs
}

// tells says whether Taken can.
const tells = true

// Taken reports whether a process uses the socket at addr that it was passed as file
// descriptor 3: Go programs make a copy of it first.
func Taken(pid int, addr netip.AddrPort) bool {
	all, _ := listening()
	for _, s := range all {
		if s.addr != addr {
			continue
		}
		for fd, inode := range open("/proc/" + strconv.Itoa(pid)) {
			if fd != "3" && inode == s.inode {
				return true
			}
		}
	}
	return false
}

// socket is one that listens.
type socket struct {
	addr  netip.AddrPort
	inode string
}

func (s socket) covers(addr netip.AddrPort) bool {
	return s.addr.Port() == addr.Port() && (s.addr.Addr() == addr.Addr() || s.addr.Addr().IsUnspecified())
}

func listening() ([]socket, error) {
	v4, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		return nil, err
	}
	v6, _ := os.ReadFile("/proc/net/tcp6") // not there without IPv6
	return append(parse(string(v4)), parse(string(v6))...), nil
}

// parse reads a table of the kernel's (proc_pid_net(5)): in each line of a socket, after
// its number, the local address, the remote one, the state, and further on the inode.
func parse(table string) []socket {
	const (
		local, state, inode = 1, 3, 9
		listens             = "0A"
	)
	var all []socket
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) <= inode || f[state] != listens {
			continue
		}
		addr, ok := address(f[local])
		if !ok {
			continue
		}
		all = append(all, socket{addr, f[inode]})
	}
	return all
}

// address reads "0100007F:1F90": words of 32 bits, in the machine's order of bytes, and a port.
func address(s string) (netip.AddrPort, bool) {
	digits, port, _ := strings.Cut(s, ":")
	p, err := strconv.ParseUint(port, 16, 16)
	if err != nil || len(digits) != 8 && len(digits) != 32 {
		return netip.AddrPort{}, false
	}
	var b []byte
	for ; digits != ""; digits = digits[8:] {
		word, err := strconv.ParseUint(digits[:8], 16, 32)
		if err != nil {
			return netip.AddrPort{}, false
		}
		b = binary.NativeEndian.AppendUint32(b, uint32(word))
	}
	addr, ok := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(addr.Unmap(), uint16(p)), ok
}

// inodes are those of the sockets that the processes of a group have open.
func inodes(group int) map[string]bool {
	all := make(map[string]bool)
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range processes {
		if groupOf(dir) != group {
			continue
		}
		for _, inode := range open(dir) {
			all[inode] = true
		}
	}
	return all
}

// open yields the descriptors of the sockets that the process whose folder dir is has open,
// with their inodes.
func open(dir string) iter.Seq2[string, string] {
	return func(yield func(fd, inode string) bool) {
		files, _ := filepath.Glob(dir + "/fd/*")
		for _, file := range files {
			target, _ := os.Readlink(file)
			if inode, ok := strings.CutPrefix(target, "socket:["); ok && !yield(filepath.Base(file), strings.TrimSuffix(inode, "]")) {
				return
			}
		}
	}
}

// groupOf returns the process group of the process whose folder dir is; 0: unknown. The
// name before the fields that count may have spaces and parentheses in it (proc_pid_stat(5)).
func groupOf(dir string) int {
	stat, _ := os.ReadFile(dir + "/stat")
	_, after, _ := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " ")
	f := strings.Fields(after)
	if len(f) < 3 {
		return 0
	}
	group, _ := strconv.Atoi(f[2])
	return group
}
