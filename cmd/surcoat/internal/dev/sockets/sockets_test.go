//go:build unix

package sockets_test

import (
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"testing"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/sockets"
)

func TestListening(t *testing.T) {
	for _, at := range []string{"127.0.0.1:0", ":0", "[::1]:0"} {
		l, err := net.Listen("tcp", at)
		if err != nil {
			t.Log(err) // without IPv6
			continue
		}
		addr := l.Addr().(*net.TCPAddr).AddrPort()
		dialed := addr
		if addr.Addr().IsUnspecified() {
			dialed = netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), addr.Port())
		}
		if !sockets.Listening(dialed) {
			t.Errorf("%s is not seen at %s", addr, dialed)
		}
		_ = l.Close()
		if sockets.Listening(dialed) {
			t.Errorf("%s is seen when it is closed", addr)
		}
	}
}

func TestFree(t *testing.T) {
	addr, err := sockets.Free()
	if err != nil || !addr.Addr().IsLoopback() {
		t.Fatal(addr, err)
	}
	l, err := net.Listen("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
}

func TestOf(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	addr := l.Addr().(*net.TCPAddr).AddrPort()
	if got := sockets.Of(syscall.Getpgrp()); !slices.Contains(got, addr) {
		t.Errorf("%v has no %v; this is process %d", got, addr, os.Getpid())
	}
}

func TestPass(t *testing.T) {
	passed, err := sockets.Pass()
	if err != nil {
		t.Fatal(err)
	}
	defer passed.Close()
	if runtime.GOOS != "linux" {
		if passed.File != nil {
			t.Error("a socket is passed, and nobody can tell whether it is used")
		}
		return
	}
	if !sockets.Listening(passed.Addr) {
		t.Error("it does not listen")
	}
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", "read x; exec 5<&3; echo; read x")
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	cmd.ExtraFiles = []*os.File{passed.File}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if sockets.Taken(cmd.Process.Pid, passed.Addr) {
		t.Error("it is taken before it is")
	}
	_, _ = io.WriteString(in, "\n")
	_, _ = out.Read(make([]byte, 1))
	if !sockets.Taken(cmd.Process.Pid, passed.Addr) {
		t.Error("nobody sees that it is taken")
	}
	_ = in.Close()
	_ = cmd.Wait()
}
