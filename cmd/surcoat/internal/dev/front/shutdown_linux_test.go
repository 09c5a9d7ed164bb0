package front_test

import (
	"errors"
	"net"
	"syscall"
	"testing"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/front"
)

// A process that has inherited the socket does not keep the address after the end.
func TestCloseEndsInherited(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	inherited, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer inherited.Close()
	front.New(l.(*net.TCPListener), nil).Close()
	if c, err := net.Dial("tcp", l.Addr().String()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a client got %v, %v", c, err)
	}
	again, err := net.Listen("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
}
