package front

import (
	"net"
	"net/netip"
)

// dial connects to addr on behalf of client.
//
// The program sees that connection's address for the client's. To a client on this machine
// it is a loopback address; for one that is not it must be none, as programs trust
// those: package cgitrace shows its tracebacks there. It is the address of this machine
// at which the client came in, so that a program that trusts a local network at least tells
// its clients from those of another.
func dial(client net.Conn, addr string) (*net.TCPConn, error) {
	var d net.Dialer
	if !loopback(client.RemoteAddr()) {
		from, err := entrance(client.LocalAddr())
		if err != nil {
			return nil, err
		}
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
	}
	c, err := d.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return c.(*net.TCPConn), nil
}

func loopback(a net.Addr) bool {
	at, err := netip.ParseAddrPort(a.String())
	return err == nil && at.Addr().Unmap().IsLoopback()
}

// entrance returns local, or where the program cannot be reached from there, which has an
// IPv4 address, another address of this machine that is no loopback address.
func entrance(local net.Addr) (netip.Addr, error) {
	at, err := netip.ParseAddrPort(local.String())
	if addr := at.Addr().Unmap(); err == nil && addr.Is4() && !addr.IsLoopback() {
		return addr, nil
	}
	return outside()
}

// outside returns an address of this machine that is no loopback address.
func outside() (netip.Addr, error) {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return netip.Addr{}, err
	}
	for _, a := range addrs {
		prefix, err := netip.ParsePrefix(a.String())
		if err == nil && prefix.Addr().Is4() && !prefix.Addr().IsLoopback() && !prefix.Addr().IsLinkLocalUnicast() {
			return prefix.Addr(), nil
		}
	}
	return netip.Addr{}, &net.AddrError{Err: "this machine has none but loopback addresses", Addr: "tcp4"}
}
