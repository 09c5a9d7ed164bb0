package sockets

import (
	"encoding/binary"
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
	open := inodes(group)
	var addrs []netip.AddrPort
	for _, s := range all {
		if open[s.inode] {
			addrs = append(addrs, s.addr)
		}
	}
	return addrs
}

// Waiting reports whether connections to addr wait for somebody to accept them.
func Waiting(addr netip.AddrPort) bool {
	all, _ := listening()
	for _, s := range all {
		if s.covers(addr) && s.waiting > 0 {
			return true
		}
	}
	return false
}

// socket is one that listens.
type socket struct {
	addr    netip.AddrPort
	inode   string
	waiting uint64 // connections
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
// its number, the local address, the remote one, the state, the queues, and further on the inode.
func parse(table string) []socket {
	const (
		local, state, queues, inode = 1, 3, 4, 9
		listens                     = "0A"
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
		_, received, _ := strings.Cut(f[queues], ":")
		waiting, _ := strconv.ParseUint(received, 16, 64)
		all = append(all, socket{addr, f[inode], waiting})
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
	open := make(map[string]bool)
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range processes {
		if groupOf(dir) != group {
			continue
		}
		files, _ := filepath.Glob(dir + "/fd/*")
		for _, file := range files {
			target, _ := os.Readlink(file)
			if inode, ok := strings.CutPrefix(target, "socket:["); ok {
				open[strings.TrimSuffix(inode, "]")] = true
			}
		}
	}
	return open
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
