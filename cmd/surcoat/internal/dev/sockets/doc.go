// Package sockets tells who listens where on this machine, without connecting: a server
// would take a connection for a client, and one with TLS would log it.
package sockets

import (
	"errors"
	"net"
	"net/netip"
	"os"
)

// Free returns a loopback address with a port at which nothing listens, as of now.
func Free() (netip.AddrPort, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return netip.AddrPort{}, err
	}
	defer l.Close()
	return netip.ParseAddrPort(l.Addr().String())
}

// Passed is a listening socket to pass to a program. Its zero value is none.
type Passed struct {
	Addr netip.AddrPort
	File *os.File
}

// Close closes the socket here.
func (p Passed) Close() error {
	if p.File == nil {
		return nil
	}
	return p.File.Close()
}

// Pass returns a new socket to pass at a loopback address; none on systems where Taken
// cannot tell what becomes of it.
func Pass() (p Passed, err error) {
	if !tells {
		return p, nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return p, err
	}
	p.Addr = l.Addr().(*net.TCPAddr).AddrPort()
	p.File, err = l.(*net.TCPListener).File()
	return p, errors.Join(err, l.Close())
}

// answers reports by a connection whether something listens at addr.
func answers(addr netip.AddrPort) bool {
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}
