//go:build unix

package sockets_test

import (
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

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
	if sockets.Waiting(addr) {
		t.Error("nobody waits yet")
	}
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for deadline := time.Now().Add(10 * time.Second); !sockets.Waiting(addr); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the connection is not seen to wait")
		}
	}
}
