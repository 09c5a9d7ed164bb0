// Package sockets tells who listens where on this machine, without connecting: a server
// would take a connection for a client, and one with TLS would log it.
package sockets

import (
	"net"
	"net/netip"
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

// answers reports by a connection whether something listens at addr.
func answers(addr netip.AddrPort) bool {
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}
